/** The log in Redis: what it has of its own, beside what every log must do. */

import { memoryLog, type EventLog, type FollowedEvent } from '@iron-stack/sync/server'
import { redisLog, type RedisClient } from '@iron-stack/sync/redis'
import * as fc from 'fast-check'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { until } from '../support/until.ts'
import { connectIoredis, freshPrefix, openLog, REDIS_URL } from './support/clients.ts'
import { followed, numbers, startNode } from './support/node.ts'

const url = REDIS_URL ?? ''

test('an object that is no client is refused, with what to give instead', () => {
  expect(() => redisLog({ client: {} as RedisClient })).toThrow('Give it a client of `ioredis`')
})

test.each([
  [{ prefix: '' }, 'Give it some text that does not begin with "}".'],
  [{ prefix: '}x' }, 'Give it some text that does not begin with "}".'],
  [{ maxEventsPerRoom: 0 }, 'was given 0 as `maxEventsPerRoom`. Give it a whole number'],
  [{ maxEventsPerRoom: 1.5 }, 'was given 1.5 as `maxEventsPerRoom`. Give it a whole number'],
  [{ maxEventsPerRoom: Number.NaN }, 'was given NaN as `maxEventsPerRoom`.'],
  [{ maxAgeMs: 0 }, 'was given 0 as `maxAgeMs`. Give it a number of milliseconds from 1'],
  [{ maxAgeMs: Infinity }, 'was given Infinity as `maxAgeMs`.'],
  [{ commandTimeoutMs: Infinity }, 'milliseconds from 1 to 2147483647.'],
  [{ heartbeatMs: -1 }, 'was given -1 as `heartbeatMs`.'],
  [{ barrierTimeoutMs: 2 ** 31 }, 'was given 2147483648 as `barrierTimeoutMs`.'],
])('what no option may be is refused: %o', (options, message) => {
  // Options are looked at first.
  expect(() => redisLog({ client: {} as RedisClient, ...options })).toThrow(message)
})

describe.skipIf(REDIS_URL === undefined)('a log in Redis', () => {
  test('answers as the log in memory does, whatever is asked', async () => {
    const room = fc.constantFrom('a', 'b', 'c')
    const step = fc.oneof(
      fc.record({
        append: fc.array(fc.uniqueArray(room, { minLength: 1 }), {
          minLength: 1,
          maxLength: 4,
        }),
      }),
      fc.record({
        read: fc.array(
          fc.record({
            room: fc.constantFrom('a', 'b', 'c', 'unknown'),
            since: fc.oneof(fc.nat(12), fc.constant(Number.MAX_SAFE_INTEGER)),
            byAge: fc.boolean(),
          }),
          { maxLength: 4 },
        ),
        maxEvents: fc.integer({ min: 1, max: 8 }),
        maxBytes: fc.constantFrom(1, 1000, 100_000),
      }),
      fc.record({ heads: fc.array(room, { maxLength: 4 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const ours = await openLog({ prefix: freshPrefix(), maxEventsPerRoom: 5 })
        const theirs = memoryLog({ maxEventsPerRoom: 5 })
        expect(await outcomes(ours, steps)).toEqual(await outcomes(theirs, steps))
        await ours.close()
      }),
      { numRuns: 40 },
    )
  })

  test('nodes may have different clients', async () => {
    const prefix = freshPrefix()
    const here = await startNode({ prefix, used: 'ioredis' })
    const there = await startNode({ prefix, used: 'redis' })
    await here.append('a', { text: 'ä' })
    await there.append('a', new Uint8Array([1, 2]))
    const expected = [{ text: 'ä' }, new Uint8Array([1, 2])]
    await until(() => {
      expect([here.told, there.told]).toEqual([expected, expected])
    })
    expect(await here.since('a', 0)).toEqual(expected)
  })

  test('a node hears, though its client keeps nothing while it is not connected', async () => {
    const client = new Redis(url, { enableOfflineQueue: false })
    onTestFinished(() => client.disconnect())
    await until(() => {
      expect(client.status).toBe('ready')
    })
    const node = await startNode({ prefix: freshPrefix(), client })
    await node.append('a', 1)
    await node.log.barrier?.()
    expect([node.told, node.errors]).toEqual([[1], []])
  })

  test('two appends in a row stay in their order, and what is appended at once is told at once', async () => {
    const log = await openLog({ prefix: freshPrefix() })
    const told: unknown[][] = []
    log.keep(() => true)
    log.follow?.({
      deliver: (events) => told.push(events.map(({ data }) => data)),
      renew: () => {},
      onError: () => {},
    })
    await log.barrier?.()
    const event = { rooms: ['a'], event: 'said' }
    void log.append([
      { ...event, data: 1 },
      { ...event, data: 2 },
    ])
    await log.append([{ ...event, data: 3 }])
    await until(() => {
      expect(told).toEqual([[1, 2], [3]])
    })
  })

  test('a node is told nothing of what was before it, whenever it is that Redis answers', async () => {
    const prefix = freshPrefix()
    const earlier = await startNode({ prefix })
    for (const count of numbers(5)) await earlier.append(['a', 'user:bob'], count)
    const client = await connectIoredis(url)
    const log = redisLog({ client, prefix, heartbeatMs: 50 })
    onTestFinished(() => log.close())
    // Redis has not answered yet.
    const node = followed(log)
    await node.append('a', 'now')
    await log.barrier?.()
    expect([node.told, node.renewed, node.errors]).toEqual([['now'], [], []])
  })

  test('says when an event was appended that it tells of, published or read', async () => {
    const prefix = freshPrefix()
    const subscriber = await connectIoredis(url)
    const log = await openLog({ prefix, subscriber, heartbeatMs: 60_000 })
    const told: FollowedEvent[] = []
    log.follow?.({
      deliver: (events) => told.push(...events),
      renew: () => {},
      onError: () => {},
    })
    await log.barrier?.()
    const event = { rooms: ['a'], event: 'said', data: 1 }
    await log.append([event])
    await until(() => {
      expect(told).toHaveLength(1)
    })
    await subscriber.unsubscribe(`{${prefix}}:events`)
    await log.append([event])
    await subscriber.subscribe(`{${prefix}}:events`)
    await log.append([event])
    await until(() => {
      expect(told).toHaveLength(3)
    })
    const { events } = await log.read({
      questions: [{ room: 'a', since: 0 }],
      maxEvents: 10,
      maxBytes: 10_000,
    })
    expect(told.map(({ at }) => at)).toEqual(events.map(([, , , , at]) => at))
  })

  test.each([
    { maxAgeMs: 10_000 / 3 },
    { maxEventsPerRoom: Infinity },
    { maxEventsPerRoom: 1 },
  ])('appends with %o', async (options) => {
    const node = await startNode({ prefix: freshPrefix(), ...options })
    const places = [await node.append('a', 1), await node.append('a', 2)]
    expect(places.map(({ offset }) => offset)).toEqual([1, 2])
    expect(places[1]?.handle).toBe(places[0]?.handle)
    expect(await node.since('a', 1)).toEqual([2])
  })

  test('appends as many events as there are', async () => {
    const node = await startNode({ prefix: freshPrefix(), maxEventsPerRoom: 3000 })
    const events = numbers(2500).map((data) => ({ rooms: ['a', 'b'], event: 'said', data }))
    const appended = await node.log.append(events)
    expect(appended.map(({ places }) => places[1]?.[1])).toEqual(numbers(2500))
    await until(() => {
      expect(node.told).toEqual(numbers(2500))
    })
  })

  test('appends events of many rooms, in steps that a client can send', async () => {
    const client = await connectIoredis(url)
    const { evalsha } = client
    const sizes: number[] = []
    Object.assign(client, {
      evalsha(...args: Parameters<typeof evalsha>) {
        sizes.push(args.length)
        return evalsha.apply(client, args)
      },
    })
    const node = await startNode({ prefix: freshPrefix(), client, hasMembers: () => false })
    const rooms = numbers(100).map((count) => `room ${count}`)
    const events = numbers(250).map((data) => ({ rooms, event: 'said', data }))
    const appended = await node.log.append(events)
    expect(appended.map(({ places }) => places[99]?.[1])).toEqual(numbers(250))
    expect(Math.max(...sizes)).toBeLessThan(11_000)
  })

  test('says how many events are in it, where it took more than one step and not all worked', async () => {
    const client = await connectIoredis(url)
    let steps = 0
    const failing = new Proxy(client, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        const method = value as (...args: unknown[]) => unknown
        return (...args: unknown[]) => {
          // The events of a step are among the arguments.
          if (name === 'evalsha' && args.length > 1000 && ++steps > 1) throw new Error('cut')
          return method.apply(target, args)
        }
      },
    })
    const node = await startNode({
      prefix: freshPrefix(),
      client: failing,
      maxEventsPerRoom: 3000,
    })
    const events = numbers(2500).map((data) => ({ rooms: ['a'], event: 'said', data }))
    // Redis does not know the script yet: that is no step.
    await node.append('a', 0)
    await expect(node.log.append(events)).rejects.toMatchObject({
      code: 'log-unreachable',
      message: expect.stringContaining('Only the first 1000 events are in the log') as string,
    })
    expect((await node.log.heads(['a']))[0]?.head).toBe(1001)
  })

  test('an event of no room is nowhere', async () => {
    const node = await startNode({ prefix: freshPrefix() })
    expect(await node.log.append([{ rooms: [], event: 'said', data: 1 }])).toMatchObject([
      { places: [] },
    ])
    await node.log.barrier?.()
    expect(node.told).toEqual([])
  })

  test('names may have whatever characters in them', async () => {
    const prefix = `${freshPrefix()} with\nlines {and} braces`
    const node = await startNode({ prefix, nodeId: 'a node' })
    const names = ['', ' ', 'a\nb', '{x}', '"', '\\', '\u0000', 'é', '!["a"]', '__proto__']
    for (const name of names) {
      await node.log.append([{ rooms: [name], event: name, data: name }])
    }
    await until(() => {
      expect(node.told).toEqual(names)
    })
    for (const name of names) expect(await node.since(name, 0)).toEqual([name])
    await node.log.barrier?.()
  })

  test('databases and key prefixes keep logs apart, though their channels are the same', async () => {
    const prefix = freshPrefix()
    const clients = [
      await connectIoredis(url),
      await connectIoredis(`${url}/1`),
      await prefixed('other:'),
    ]
    const nodes = await Promise.all(clients.map((client) => startNode({ prefix, client })))
    for (const [at, node] of nodes.entries()) await node.append('a', at)
    for (const { log } of nodes) await log.barrier?.()
    for (const [at, node] of nodes.entries()) {
      await until(() => {
        expect(node.told).toEqual([at])
      })
      expect(await node.since('a', 0)).toEqual([at])
      expect([node.renewed, node.errors]).toEqual([[], []])
    }
    await clients[1]?.flushdb()
  })

  test('a key that is something else’s is told, and no room of the event has it', async () => {
    const prefix = freshPrefix()
    const client = await connectIoredis(url)
    const node = await startNode({ prefix, client })
    await node.append('fine', 1)
    await client.set(`{${prefix}}:${node.log.epoch}:+taken`, 'x')
    await expect(node.append(['fine', 'taken'], 2)).rejects.toMatchObject({
      code: 'log-refused',
      message: expect.stringContaining('give redisLog() another `prefix`') as string,
    })
    expect((await node.append('fine', 3)).offset).toBe(2)
    expect(await node.since('fine', 0)).toEqual([1, 3])
  })

  test('a room that somebody is in is kept, and one that nobody is in is forgotten', async () => {
    const node = await startNode({
      prefix: freshPrefix(),
      maxAgeMs: 40,
      hasMembers: (room) => room === 'kept',
    })
    const kept = await node.append('kept', 1)
    const left = await node.append('left', 1)
    await node.log.heads(['kept', 'left'])
    await until(async () => {
      expect(await node.since('left', 0)).toBe('lost')
    })
    expect(await node.log.heads(['kept', 'left'])).toEqual([
      { handle: kept.handle, head: 1 },
      { handle: expect.not.stringMatching(left.handle) as string, head: 0 },
    ])
    expect(node.renewed).toEqual([])
  })

  test('a room that nobody is in lives for as long as something is appended, and a while', async () => {
    const node = await startNode({
      prefix: freshPrefix(),
      maxAgeMs: 100,
      hasMembers: () => false,
    })
    const { handle } = await node.append('a', 0)
    const began = node.log.now()
    let count = 0
    // Without a pause, for three lives of a room.
    while (node.log.now() < began + 600 && count < 50_000) {
      expect((await node.append('a', ++count)).handle).toBe(handle)
    }
    await until(async () => {
      expect(await node.since('a', count)).toBe('lost')
    })
  })

  test('an event that is too old goes with the next one', async () => {
    const node = await startNode({ prefix: freshPrefix(), maxAgeMs: 100 })
    await node.append('a', 0)
    let count = 0
    await until(async () => {
      await node.append('a', ++count)
      expect(await node.since('a', 0)).toBe('lost')
    })
    expect(await node.since('a', count)).toEqual([count])
  })

  test('what nobody on a node is in, it is not told; but memberships are for every node', async () => {
    const prefix = freshPrefix()
    const node = await startNode({ prefix, hasMembers: (room) => room === 'here' })
    const event = { rooms: ['user:bob'], event: 'sync:member', data: ['leave', 'c1'] }
    await node.log.append([{ ...event, rooms: ['elsewhere'], event: 'said' }])
    await node.log.append([event])
    await node.append(['elsewhere', 'here'], 'here, too')
    await until(() => {
      expect(node.told).toEqual([['leave', 'c1'], 'here, too'])
    })
  })

  test('time goes on while nothing happens, and is never ahead of what is appended', async () => {
    const node = await startNode({ prefix: freshPrefix() })
    for (const count of numbers(20)) {
      const before = node.log.now()
      await node.append('a', count)
      const { events } = await node.log.read({
        questions: [{ room: 'a', since: count - 1 }],
        maxEvents: 1,
        maxBytes: 1000,
      })
      expect(events[0]?.[4]).toBeGreaterThanOrEqual(before)
    }
    const now = node.log.now()
    await until(() => {
      expect(node.log.now()).toBeGreaterThan(now)
    })
  })

  test('after close it is refused, and its client goes on', async () => {
    const client = await connectIoredis(url)
    const listeners = client.eventNames().map((name) => [name, client.listenerCount(name)])
    const node = await startNode({ prefix: freshPrefix(), client })
    await node.log.close()
    await node.log.close()
    await expect(node.append('a', 1)).rejects.toMatchObject({ code: 'closed' })
    expect(await client.ping()).toBe('PONG')
    expect(client.eventNames().map((name) => [name, client.listenerCount(name)])).toEqual(
      listeners,
    )
  })

  test('a barrier is answered just after its own server has closed', async () => {
    const prefix = freshPrefix()
    await startNode({ prefix })
    const log = await openLog({ prefix, barrierTimeoutMs: 500 })
    const stop = log.follow?.({ deliver() {}, renew() {}, onError() {} })
    await log.barrier?.()
    stop?.()
    await expect(log.barrier?.()).resolves.toBeUndefined()
    await expect(log.barrier?.()).resolves.toBeUndefined()
  })

  test('a node that has closed is not waited for', async () => {
    const options = { prefix: freshPrefix(), heartbeatMs: 60_000, barrierTimeoutMs: 100 }
    const here = await startNode(options)
    const there = await startNode(options)
    await there.log.close()
    await expect(here.log.barrier?.()).resolves.toBeUndefined()
  })

  test('a subscriber that it was given is left as it was', async () => {
    const prefix = freshPrefix()
    const subscriber = await connectIoredis(url)
    await subscriber.subscribe(`${prefix}:own`)
    const heard: string[] = []
    subscriber.on('message', (_, text) => heard.push(text))
    const node = await startNode({ prefix, subscriber })
    await node.append('a', 1)
    await until(() => {
      expect(node.told).toEqual([1])
    })
    await node.log.close()
    const other = await connectIoredis(url)
    heard.length = 0
    await other.publish(`{${prefix}}:events`, 'for the log')
    await other.publish(`${prefix}:own`, 'for the application')
    await until(() => {
      expect(heard).toEqual(['for the application'])
    })
  })
})

type Step =
  | { readonly append: readonly string[][] }
  | { readonly heads: readonly string[] }
  | {
      readonly read: readonly { room: string; since: number; byAge: boolean }[]
      readonly maxEvents: number
      readonly maxBytes: number
    }

/** What a log answers, without what is its own: handles and times. */
async function outcomes(log: EventLog, steps: readonly Step[]): Promise<unknown[]> {
  const found: unknown[] = []
  let count = 0
  for (const step of steps) {
    if ('append' in step) {
      const events = step.append.map((rooms) => ({ rooms, event: 'said', data: ++count }))
      const appended = await log.append(events)
      found.push(appended.map(({ places }) => places.map(([, offset]) => offset)))
    } else if ('heads' in step) {
      found.push((await log.heads(step.heads)).map(({ head }) => head))
    } else {
      const { read, maxEvents, maxBytes } = step
      const questions = read.map(({ room, since, byAge }) => ({
        room,
        since,
        after: byAge ? 0 : undefined,
      }))
      // Items have other sizes; that a page holds what fits is for its own test.
      const { events, rooms } = await log.read({
        questions,
        maxEvents,
        maxBytes: maxBytes === 1 ? 1 : 100_000,
      })
      found.push({
        data: events.map(([event, data]) => [event, data]),
        rooms: rooms.map(({ head, isLost, through }) => [head, isLost, through]),
      })
    }
  }
  return found
}

async function prefixed(keyPrefix: string): Promise<Redis> {
  const client = new Redis(url, { lazyConnect: true, keyPrefix })
  await client.connect()
  onTestFinished(() => {
    client.disconnect()
  })
  return client
}
