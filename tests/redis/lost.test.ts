/**
 * A Redis that was restarted, flushed, replaced, or has evicted: nothing is lost without anybody being
 * told, and live events go on by themselves.
 */

import { redisLog } from '@iron-stack/sync/redis'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { watchRejections } from '../support/rejections.ts'
import { until } from '../support/until.ts'
import { connectIoredis, PACKAGES, urlOf } from './support/clients.ts'
import { followed, numbers, startNode } from './support/node.ts'
import { startProxy } from '../support/proxy.ts'
import { REDIS_SERVER, startRedis, type TestRedis } from './support/redis-server.ts'

describe.skipIf(REDIS_SERVER === undefined)('a log in Redis', () => {
  test.each(PACKAGES)('begins anew where Redis was flushed, with %s', async (used) => {
    const redis = await startRedis()
    const [here, there] = [
      await startNode({ url: redis.url, used }),
      await startNode({ url: redis.url, used }),
    ]
    const before = await here.append('a', 'before')
    await here.log.barrier?.()
    const { epoch } = here.log
    await redis.ask('FLUSHALL')
    await until(() => {
      expect([here.renewed, there.renewed]).toEqual([['all'], ['all']])
    })
    expect(here.log.epoch > epoch).toBe(true)
    expect(there.log.epoch).toBe(here.log.epoch)
    const after = await there.append('a', 'after')
    expect(after.offset).toBe(1)
    expect(after.handle).not.toBe(before.handle)
    await until(() => {
      expect([here.told, there.told]).toEqual([
        ['before', 'after'],
        ['before', 'after'],
      ])
    })
    expect([here.codes(), there.codes()]).toEqual([['log-lost'], ['log-lost']])
  })

  test('begins anew with the append that finds it flushed', async () => {
    const redis = await startRedis()
    const node = await startNode({ url: redis.url, heartbeatMs: 60_000 })
    await node.append('a', 1)
    await node.append('a', 2)
    await node.log.barrier?.()
    await redis.ask('FLUSHALL')
    expect((await node.append('a', 3)).offset).toBe(1)
    expect(node.renewed).toEqual(['all'])
    await until(() => {
      expect(node.told).toEqual([1, 2, 3])
    })
  })

  test.each(PACKAGES)(
    'begins anew where Redis was restarted, though it remembers, with %s',
    async (used) => {
      const rejections = watchRejections()
      const redis = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
      const node = await startNode({ url: redis.url, used })
      const before = await node.append('a', 'before')
      await node.log.barrier?.()
      await redis.kill()
      await redis.start()
      await until(() => {
        expect(node.renewed).toEqual(['all'])
      })
      const after = await node.append('a', 'after')
      expect(after.offset).toBe(1)
      expect(after.handle).not.toBe(before.handle)
      await until(() => {
        expect(node.told).toEqual(['before', 'after'])
      })
      expect(node.codes()).toContain('log-lost')
      expect(await rejections.reasons()).toEqual([])
    },
  )

  test.each(PACKAGES)(
    'gives no offset twice where a replica took over that had not seen all, with %s',
    async (used) => {
      const [primary, replica] = [await startRedis(), await startRedis()]
      const proxy = await startProxy(primary.port)
      const node = await startNode({ url: urlOf(proxy.port), used })
      await node.append('a', 'on both')
      await replica.ask('REPLICAOF', '127.0.0.1', String(primary.port))
      await until(async () => {
        expect(await replica.ask('INFO', 'replication')).toContain('master_link_status:up')
      })
      await replica.ask('REPLICAOF', 'NO', 'ONE')
      const lost = await node.append('a', 'on the primary')
      expect(lost.offset).toBe(2)
      await node.log.barrier?.()
      proxy.lead(replica.port)
      proxy.cut()
      await primary.kill()
      const after = await node.append('a', 'on the replica')
      expect([after.offset, after.handle === lost.handle]).toEqual([1, false])
      expect(node.renewed).toEqual(['all'])
      await until(() => {
        expect(node.told).toEqual(['on both', 'on the primary', 'on the replica'])
      })
    },
  )

  test('begins anew where the replica that took over had been a primary before', async () => {
    const [primary, replica] = [await startRedis(), await startRedis()]
    // It knows the scripts.
    const earlier = await startNode({ url: replica.url, prefix: 'earlier' })
    await earlier.append('a', 1)
    await replica.ask('REPLICAOF', '127.0.0.1', String(primary.port))
    const proxy = await startProxy(primary.port)
    const node = await startNode({ url: urlOf(proxy.port) })
    const before = await node.append('a', 1)
    await until(async () => {
      expect(await replica.ask('EXISTS', `{sync}:${node.log.epoch}:+a`)).toBe(1)
    })
    await replica.ask('REPLICAOF', 'NO', 'ONE')
    proxy.lead(replica.port)
    proxy.cut()
    await until(() => {
      expect(node.renewed).toEqual(['all'])
    })
    expect((await node.append('a', 2)).handle).not.toBe(before.handle)
  })

  const forgetting = {
    'has forgotten its scripts': async (redis: TestRedis) => {
      await redis.ask('SCRIPT', 'FLUSH')
    },
    'was restarted': async (redis: TestRedis) => {
      await redis.kill()
      await redis.start()
    },
    'was flushed': async (redis: TestRedis) => {
      await redis.ask('FLUSHALL')
    },
  }
  test.each(Object.entries(forgetting))(
    'keeps the order of calls that find out that Redis %s',
    async (_, forget) => {
      const redis = await startRedis()
      const node = await startNode({ url: redis.url, heartbeatMs: 60_000 })
      await node.append('a', 0)
      await node.log.barrier?.()
      await forget(redis)
      const appending: Promise<unknown>[] = []
      for (const count of numbers(200)) {
        appending.push(node.append('a', count))
        // What was answered meanwhile is looked at between two calls.
        if (count % 5 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(appending)
      await until(() => {
        expect(node.told).toEqual([0, ...numbers(200)])
      })
    },
  )

  test('says that a barrier is lost, where it begins anew before a node was told', async () => {
    const redis = await startRedis()
    const wire = await startProxy(redis.port)
    const here = await startNode({ url: redis.url, heartbeatMs: 1000 })
    const there = await startNode({ url: urlOf(wire.port), heartbeatMs: 1000 })
    wire.stall()
    await here.append('user:bob', 'out')
    const rejected = here.log.barrier?.().catch((thrown: unknown) => thrown)
    // Behind the question.
    await here.log.heads(['a'])
    wire.cut()
    await redis.ask('FLUSHALL')
    wire.resume()
    expect(await rejected).toMatchObject({
      code: 'log-lost',
      message: expect.stringContaining('again: what was recorded may be lost') as string,
    })
    await here.append('user:bob', 'out again')
    await here.log.barrier?.()
    await until(() => {
      expect(there.told).toEqual(['out again'])
    })
  })

  test('answers no barrier where another Redis took over that has the same data', async () => {
    const redis = await startRedis()
    const node = await startNode({ url: redis.url, heartbeatMs: 60_000 })
    await node.append('user:bob', 'out')
    await redis.ask('HSET', '{sync}:log', 'run', 'another process')
    await expect(node.log.barrier?.()).rejects.toMatchObject({ code: 'log-lost' })
    await node.append('user:bob', 'out again')
    await expect(node.log.barrier?.()).resolves.toBeUndefined()
  })

  test('begins anew where it has an older state than what was told', async () => {
    const redis = await startRedis()
    const node = await startNode({ url: redis.url })
    for (const count of numbers(5)) await node.append('a', count)
    await node.log.barrier?.()
    await redis.ask('HSET', '{sync}:log', 'seq', '2')
    await until(() => {
      expect(node.renewed).toEqual(['all'])
    })
    expect((await node.append('a', 6)).offset).toBe(1)
  })

  test('begins anew where the clock of Redis was set back, but not for a little', async () => {
    const redis = await startRedis()
    const client = new Redis(redis.url)
    onTestFinished(() => client.disconnect())
    const clock = { aheadMs: 60_000 }
    const node = await startNode({ url: redis.url, client: withClock(client, clock) })
    const { epoch } = node.log
    // Somebody counts from it.
    node.log.now()
    clock.aheadMs -= 20
    await node.log.heads(['a'])
    await node.log.barrier?.()
    expect([node.log.epoch, node.renewed]).toEqual([epoch, []])
    clock.aheadMs = 0
    const said = node.log.now()
    await until(() => {
      expect(node.renewed).toEqual(['all'])
    })
    expect(node.log.epoch > epoch).toBe(true)
    expect(node.log.now()).toBeLessThan(said - 50_000)
  })

  test('tells that a room was evicted, to the nodes that have members in it', async () => {
    const redis = await startRedis()
    const node = await startNode({ url: redis.url, maxAgeMs: 200 })
    const [gone] = await node.log.heads(['gone'])
    const stays = await node.append('stays', 1)
    await redis.ask('DEL', ...(await keysOf(redis, '*gone')))
    await until(() => {
      expect(node.renewed).toEqual(['gone'])
    })
    const [again] = await node.log.heads(['gone'])
    expect(again?.handle).not.toBe(gone?.handle)
    expect((await node.append('stays', 2)).handle).toBe(stays.handle)
  })

  test('claims nothing of a room that Redis has evicted', async () => {
    const redis = await startRedis('--maxmemory', '3mb', '--maxmemory-policy', 'volatile-ttl')
    const node = await startNode({ url: redis.url, hasMembers: () => false })
    // The log's beginning is long past.
    const began = node.log.now()
    await until(() => {
      expect(node.log.now()).toBeGreaterThan(began + 200)
    })
    const before = node.log.now()
    const first = await node.append('first', 1)
    for (const count of numbers(5000)) {
      if ((await keysOf(redis, '*first')).length === 0) break
      await node.append(`other ${count}`, 'x'.repeat(2000))
    }
    const again = await node.append('first', 2)
    expect(again.handle).not.toBe(first.handle)
    const { rooms } = await node.log.read({
      questions: [{ room: 'first', since: 0, after: before }],
      maxEvents: 10,
      maxBytes: 1000,
    })
    expect(rooms[0]?.completeSince).toBeGreaterThan(before)
  })

  test('claims what it knows of a room that nobody was in', async () => {
    const redis = await startRedis()
    const node = await startNode({ url: redis.url, maxAgeMs: 10 })
    await until(() => {
      expect(node.log.now()).toBeGreaterThan(0)
    })
    const before = node.log.now()
    await node.append('a', 1)
    await until(async () => {
      const { rooms } = await node.log.read({
        questions: [{ room: 'new', since: 0, after: before }],
        maxEvents: 10,
        maxBytes: 1000,
      })
      expect(rooms[0]).toMatchObject({ handle: '', isLost: true })
      await node.append('new', 1)
      const { rooms: later } = await node.log.read({
        questions: [{ room: 'new', since: 0, after: before }],
        maxEvents: 10,
        maxBytes: 1000,
      })
      // A room lives for 20 ms: nothing that is younger can have been there.
      expect(later[0]?.completeSince).toBeLessThan(before + 200)
    })
  })

  test('is refused, and goes on, where Redis has no memory left and may not evict', async () => {
    const redis = await startRedis('--maxmemory-policy', 'noeviction')
    const node = await startNode({ url: redis.url })
    await node.append('small', 1)
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1mb')
    await expect(node.append(['small', 'new'], 2)).rejects.toMatchObject({
      code: 'log-refused',
      message: expect.stringContaining('OOM') as string,
    })
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0')
    expect(await node.append('small', 3)).toMatchObject({ offset: 2 })
    await until(() => {
      expect(node.told).toEqual([1, 3])
    })
    expect(node.renewed).toEqual([])
  })

  test('needs no more permissions than are written down, and can do without INFO', async () => {
    const redis = await startRedis()
    const used = `evalsha eval subscribe unsubscribe info del hdel hget hincrby hkeys hlen hmget hset lindex
      llen lpop lrange lset pexpire publish rpush time zadd zrange zrem zremrangebyscore`
    // What clients ask by themselves, to connect.
    const clients = 'auth client hello ping quit'
    const allowed = `${used} ${clients}`.split(/\s+/).map((command) => `+${command}`)
    const rights = ['on', 'nopass', '~{sync}:*', '&{sync}:*', ...allowed]
    await redis.ask('ACL', 'SETUSER', 'log', ...rights)
    await redis.ask('ACL', 'SETUSER', 'poor', ...rights, '-info')
    for (const user of ['log', 'poor']) {
      const client = new Redis(redis.url, {
        username: user,
        password: 'x',
        enableReadyCheck: false,
      })
      const node = await startNode({ url: redis.url, client, maxEventsPerRoom: 5 })
      onTestFinished(() => client.disconnect())
      await node.log.heads([`opened by ${user}`])
      for (const count of numbers(40)) await node.append([user, `opened by ${user}`], count)
      expect(await node.since(user, 35)).toEqual([36, 37, 38, 39, 40])
      await node.log.barrier?.()
      expect(node.told).toEqual(numbers(40))
      await node.log.close()
      expect([node.renewed, node.errors]).toEqual([[], []])
    }
  })

  test('waits for a Redis that starts after it', async () => {
    const redis = await startRedis()
    await redis.kill()
    const client = new Redis(redis.url, { retryStrategy: () => 20 })
    const log = redisLog({ client, heartbeatMs: 50 })
    onTestFinished(async () => {
      await log.close()
      client.disconnect()
    })
    const node = followed(log)
    expect(log.epoch).toBe('')
    const appending = node.append('a', 1)
    await redis.start()
    await appending
    await until(() => {
      expect(node.told).toEqual([1])
    })
    expect(log.epoch).not.toBe('')
    // Who was greeted before must be greeted again.
    expect(node.renewed).toEqual(['all'])
  })

  test('has clients connect again that came while Redis could not be reached', async () => {
    const redis = await startRedis()
    const wire = await startProxy(redis.port)
    const here = await startNode({ url: redis.url })
    wire.refuse()
    const client = new Redis(urlOf(wire.port), { retryStrategy: () => 20 })
    const log = redisLog({ client, heartbeatMs: 50 })
    onTestFinished(async () => {
      await log.close()
      client.disconnect()
    })
    const there = followed(log)
    expect(log.epoch).toBe('')
    await until(() => {
      expect(there.codes()).toEqual(['log-unreachable'])
    })
    await here.append('user:bob', 'out')
    await here.log.barrier?.()
    wire.resume()
    await until(() => {
      expect([there.renewed, there.lapses()]).toEqual([['all'], 1])
    })
    await here.append('a', 'after')
    await until(() => {
      expect(there.told).toEqual(['after'])
    })
    expect(there.lapses()).toBe(1)
  })

  test('leaves clients be that came just before Redis answered', async () => {
    const redis = await startRedis()
    const client = await connectIoredis(redis.url)
    const log = redisLog({ client })
    onTestFinished(() => log.close())
    const node = followed(log)
    expect(log.epoch).toBe('')
    await node.append('a', 1)
    await until(() => {
      expect(node.told).toEqual([1])
    })
    expect([node.renewed, node.lapses()]).toEqual([['all'], 0])
  })
})

/** A client whose Redis has another clock: the time is the second that each script of the log answers. */
function withClock(client: Redis, clock: { readonly aheadMs: number }): Redis {
  const ahead = (answer: unknown): unknown => {
    if (!Array.isArray(answer) || answer[1] === undefined) return answer
    const [status, at, ...rest] = answer as unknown[]
    return [status, String(Number(at) + clock.aheadMs), ...rest]
  }
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      const method = value as (...args: unknown[]) => unknown
      if (name !== 'evalsha' && name !== 'eval') return method.bind(target)
      return async (...args: unknown[]) => ahead(await method.apply(target, args))
    },
  })
}

async function keysOf(redis: TestRedis, pattern: string): Promise<string[]> {
  return (await redis.ask('KEYS', pattern)) as string[]
}
