/** Between the log and Redis: what is under way when a connection is lost, stalls, or is slow. */

import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KEEP } from '../../src/redis/scripts/rooms.ts'
import { defer } from '../support/defer.ts'
import { watchRejections } from '../support/rejections.ts'
import { until } from '../support/until.ts'
import {
  connectClient,
  connectIoredis,
  freshPrefix,
  PACKAGES,
  REDIS_PORT,
  REDIS_URL,
  urlOf,
} from './support/clients.ts'
import { numbers, startNode } from './support/node.ts'
import { startProxy } from '../support/proxy.ts'

describe.skipIf(REDIS_URL === undefined)('a log behind a wire to Redis', () => {
  test.each(PACKAGES)(
    'tells all, once and in order, though its listening connection is lost again and again, with %s',
    async (used) => {
      const prefix = freshPrefix()
      const wire = await startProxy(REDIS_PORT)
      const [listens, appends] = [
        await startNode({
          prefix,
          used,
          subscriber: undefined,
          client: await connectClient(urlOf(wire.port), used),
        }),
        await startNode({ prefix, used }),
      ]
      for (const count of numbers(600)) {
        await appends.append(`room ${count % 7}`, count)
        if (count % 100 === 50) wire.cut()
      }
      await until(() => {
        expect(listens.told).toEqual(numbers(600))
      })
      expect(listens.renewed).toEqual([])
    },
  )

  test.each(PACKAGES)(
    'appends once what was sent when its connection was lost, with %s',
    async (used) => {
      const prefix = freshPrefix()
      const wire = await startProxy(REDIS_PORT)
      const hears = await startNode({ prefix })
      const node = await startNode({
        prefix,
        used,
        client: await connectClient(urlOf(wire.port), used),
      })
      const places = new Map<number, number>()
      const failed = new Set<number>()
      for (const round of numbers(10)) {
        wire.stallAnswers()
        const sending = numbers(20).map(async (count) => {
          const data = round * 100 + count
          try {
            places.set(data, (await node.append('a', data)).offset)
          } catch {
            failed.add(data)
          }
        })
        // Redis has them all; its answers have not arrived, and never will.
        await until(() => {
          expect(hears.told.length).toBeGreaterThanOrEqual((round - 1) * 20 + 20)
        })
        wire.cut()
        wire.resume()
        await Promise.all(sending)
      }
      await hears.log.barrier?.()
      expect(hears.told).toHaveLength(200)
      expect(new Set(hears.told).size).toBe(200)
      // ioredis asks again, and is answered the places from before; node-redis rejects.
      expect(places.size).toBe(used === 'ioredis' ? 200 : 0)
      for (const [data, offset] of places) expect(hears.told[offset - 1]).toBe(data)
    },
  )

  test.each(PACKAGES)(
    'rejects in time while Redis can not be reached, and appends nothing of it later, with %s',
    async (used) => {
      const rejections = watchRejections()
      const prefix = freshPrefix()
      const wire = await startProxy(REDIS_PORT)
      const hears = await startNode({ prefix })
      const node = await startNode({
        prefix,
        used,
        client: await connectClient(urlOf(wire.port), used),
        commandTimeoutMs: 300,
      })
      await node.append('a', 'before')
      wire.stall()
      const unreachable = { code: 'log-unreachable' }
      await expect(node.append('a', 'meanwhile')).rejects.toMatchObject(unreachable)
      await expect(node.log.heads(['a'])).rejects.toMatchObject(unreachable)
      await expect(node.since('a', 0)).rejects.toMatchObject(unreachable)
      await until(() => {
        expect(node.codes()).toEqual(['log-unreachable'])
      })
      await hears.append('a', 'from elsewhere')
      wire.resume()
      await until(async () => {
        await node.append('a', 'after')
      })
      await hears.log.barrier?.()
      expect(hears.told).not.toContain('meanwhile')
      await until(() => {
        expect(node.told).toEqual(hears.told)
      })
      expect(node.renewed).toEqual([])
      expect(await rejections.reasons()).toEqual([])
    },
  )

  test.each(PACKAGES)(
    'reads what it is not told, where only its listening connection is dead, with %s',
    async (used) => {
      const prefix = freshPrefix()
      const wire = await startProxy(REDIS_PORT)
      const subscriber = await connectClient(urlOf(wire.port), used)
      const node = await startNode({ prefix, used, subscriber })
      const appends = await startNode({ prefix })
      wire.stall()
      for (const count of numbers(10)) await appends.append('a', count)
      await until(() => {
        expect(node.told).toEqual(numbers(10))
      })
      wire.resume()
      for (const count of numbers(10)) await appends.append('a', count + 10)
      await until(() => {
        expect(node.told).toEqual(numbers(20))
      })
    },
  )

  test('makes another listening connection where the one that it has is dead', async () => {
    const prefix = freshPrefix()
    const wire = await startProxy(REDIS_PORT)
    const direct = await connectClient(REDIS_URL ?? '')
    const client = spread(direct as Redis, urlOf(wire.port))
    const node = await startNode({ prefix, client })
    const appends = await startNode({ prefix })
    wire.stall()
    await until(() => {
      expect(client.made).toBeGreaterThan(1)
    })
    wire.resume()
    for (const count of numbers(10)) await appends.append('a', count)
    await until(() => {
      expect(node.told).toEqual(numbers(10))
    })
  })

  test('a barrier names the node that does not answer, and forgets the one that has died', async () => {
    const prefix = freshPrefix()
    const wire = await startProxy(REDIS_PORT)
    const here = await startNode({ prefix, barrierTimeoutMs: 150, heartbeatMs: 200 })
    const there = await startNode({
      prefix,
      nodeId: 'the other one',
      heartbeatMs: 200,
      client: await connectClient(urlOf(wire.port)),
    })
    await here.log.barrier?.()
    wire.stall()
    await expect(here.log.barrier?.()).rejects.toMatchObject({
      code: 'node-silent',
      message: expect.stringContaining('the other one') as string,
    })
    // It has not said for three heartbeats that it is there.
    await until(async () => {
      await here.log.barrier?.()
    })
    await here.append('a', 'while it was silent')
    wire.resume()
    await until(() => {
      expect(there.told).toEqual(['while it was silent'])
    })
  })

  test('a node is waited for, however long it takes to keep its rooms', async () => {
    const prefix = freshPrefix()
    const client = await connectIoredis(REDIS_URL ?? '')
    const keeping = holdKeeping(client)
    const there = await startNode({
      prefix,
      client,
      nodeId: 'there',
      heartbeatMs: 50,
      maxAgeMs: 200,
    })
    await there.log.heads(['a'])
    await startNode({ prefix, nodeId: 'here', hasMembers: () => false })
    await until(() => {
      expect(keeping.isHeld()).toBe(true)
    })
    const asking = await connectIoredis(REDIS_URL ?? '')
    const saidLast = async (name: string) => {
      const said = await asking.zrange(`{${prefix}}:nodes`, 0, '-1', 'WITHSCORES')
      return Number(said[said.findIndex((text) => text.startsWith(name)) + 1])
    }
    const before = await saidLast('here')
    await until(async () => {
      expect(await saidLast('here')).toBeGreaterThan(before + 300)
    })
    expect(await saidLast('there')).toBeGreaterThan(before + 100)
    keeping.release()
  })

  test.each(PACKAGES)('closes, though nothing answers any more, with %s', async (used) => {
    const prefix = freshPrefix()
    const wire = await startProxy(REDIS_PORT)
    const client = await connectClient(urlOf(wire.port), used)
    const node = await startNode({ prefix, client, commandTimeoutMs: 500 })
    wire.stall()
    await node.log.close()
    await expect(node.append('a', 1)).rejects.toMatchObject({ code: 'closed' })
    wire.resume()
  })

  test('a node that missed more of a room than is kept of it has it renewed, and no other', async () => {
    const prefix = freshPrefix()
    const wire = await startProxy(REDIS_PORT)
    const subscriber = await connectClient(urlOf(wire.port))
    const options = { prefix, maxEventsPerRoom: 5 }
    const node = await startNode({ ...options, subscriber, heartbeatMs: 60_000 })
    const appends = await startNode(options)
    wire.stall()
    for (const count of numbers(10)) await appends.append('busy', `busy ${count}`)
    for (const count of numbers(3)) await appends.append('quiet', `quiet ${count}`)
    wire.cut()
    wire.resume()
    await until(() => {
      expect(node.renewed).toEqual(['busy'])
    })
    await appends.append('busy', 'after')
    await until(() => {
      expect(node.told.at(-1)).toBe('after')
    })
    expect(node.told).toEqual([
      ...[6, 7, 8, 9, 10].map((count) => `busy ${count}`),
      ...[1, 2, 3].map((count) => `quiet ${count}`),
      'after',
    ])
  })

  test('a node that missed more than anybody knows the order of has everything renewed', async () => {
    const prefix = freshPrefix()
    const wire = await startProxy(REDIS_PORT)
    const subscriber = await connectClient(urlOf(wire.port))
    const node = await startNode({ prefix, subscriber, heartbeatMs: 60_000 })
    const appends = await startNode({ prefix })
    wire.stall()
    const longName = 'x'.repeat(1024 * 1024)
    for (const count of numbers(6)) await appends.append([longName, 'a'], count)
    wire.cut()
    wire.resume()
    await until(() => {
      expect(node.renewed).toEqual(['all'])
    })
    await appends.append('a', 7)
    await until(() => {
      expect(node.told).toEqual([7])
    })
  })

  test('a node that missed something has everything renewed where the order was evicted', async () => {
    const prefix = freshPrefix()
    const wire = await startProxy(REDIS_PORT)
    const subscriber = await connectClient(urlOf(wire.port))
    const node = await startNode({ prefix, subscriber, heartbeatMs: 60_000 })
    const client = await connectIoredis(REDIS_URL ?? '')
    const appends = await startNode({ prefix, client })
    wire.stall()
    await appends.append('a', 1)
    await client.del(`{${prefix}}:${appends.log.epoch}:order`)
    await appends.append('a', 2)
    wire.cut()
    wire.resume()
    await until(() => {
      expect(node.renewed).toEqual(['all'])
    })
  })

  test('a node that missed large events of many rooms reads a few at once', async () => {
    const prefix = freshPrefix()
    const wire = await startProxy(REDIS_PORT)
    const subscriber = await connectClient(urlOf(wire.port))
    const client = await connectIoredis(REDIS_URL ?? '')
    const answers = measureAnswers(client)
    const node = await startNode({ prefix, client, subscriber, heartbeatMs: 60_000 })
    const appends = await startNode({ prefix, hasMembers: () => false })
    wire.stall()
    const long = 'x'.repeat(1024 * 1024)
    const rooms = numbers(3).map((count) => `room ${count}`)
    for (const count of numbers(12)) await appends.append(rooms, `${count} ${long}`)
    wire.cut()
    wire.resume()
    await until(() => {
      expect(node.told).toHaveLength(12)
    })
    expect(node.told.map((text) => Number.parseInt(String(text), 10))).toEqual(numbers(12))
    expect([node.renewed, node.errors]).toEqual([[], []])
    expect(answers.most()).toBeLessThan(10 * 1024 * 1024)
  })

  test('a node that was not told of a membership is told of nothing behind it first', async () => {
    const prefix = freshPrefix()
    const wire = await startProxy(REDIS_PORT)
    const node = await startNode({ prefix, client: await connectClient(urlOf(wire.port)) })
    const appends = await startNode({ prefix })
    for (const round of numbers(5)) {
      wire.cut()
      await appends.append('user:bob', `out ${round}`)
      for (const count of numbers(20))
        await appends.append(`room ${count}`, `${round}.${count}`)
    }
    await until(() => {
      expect(node.told).toHaveLength(105)
    })
    expect(node.told).toEqual(appends.told)
  })
})

/** What keeps rooms is asked when it is released. */
function holdKeeping(client: Redis): { readonly isHeld: () => boolean; release: () => void } {
  const held = defer<void>()
  const { evalsha } = client
  let isHeld = false
  Object.assign(client, {
    async evalsha(...args: Parameters<typeof evalsha>) {
      isHeld ||= args[0] === KEEP.sha
      if (args[0] === KEEP.sha) await held.promise
      return evalsha.apply(client, args)
    },
  })
  return { isHeld: () => isHeld, release: () => held.resolve() }
}

function measureAnswers(client: Redis): { readonly most: () => number } {
  const { evalsha } = client
  let most = 0
  Object.assign(client, {
    async evalsha(...args: Parameters<typeof evalsha>) {
      const answer = await evalsha.apply(client, args)
      most = Math.max(most, lengthOf(answer))
      return answer
    },
  })
  return { most: () => most }
}

function lengthOf(answer: unknown): number {
  if (!Array.isArray(answer)) return String(answer).length
  return answer.reduce<number>((sum, item) => sum + lengthOf(item), 0)
}

/** An ioredis client whose duplicates go by another way. */
function spread(client: Redis, url: string): Redis & { readonly made: number } {
  let made = 0
  return new Proxy(client, {
    get(target, name) {
      if (name === 'made') return made
      if (name !== 'duplicate') {
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return () => {
        made++
        const duplicate = new Redis(url, { retryStrategy: () => 20 })
        onTestFinished(() => duplicate.disconnect())
        return duplicate
      }
    },
  }) as Redis & { readonly made: number }
}
