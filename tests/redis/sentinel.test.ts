/** A failover by Sentinel, which may lose what was acknowledged: the log begins anew, on the new primary. */

import type { RedisClient } from '@iron-stack/sync/redis'
import { Redis } from 'ioredis'
import { createSentinel } from 'redis'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { PACKAGES, type Package } from './support/clients.ts'
import { startNode } from './support/node.ts'
import { REDIS_SERVER, spawnRedis, startRedis } from './support/redis-server.ts'

describe.skipIf(REDIS_SERVER === undefined)('a log that Sentinel watches over', () => {
  test.each(PACKAGES)(
    'goes on on the replica, anew, with %s',
    async (used) => {
      const primary = await startRedis()
      const replica = await startRedis('--replicaof', `127.0.0.1 ${primary.port}`)
      await eventually(async () => {
        expect(await replica.ask('INFO', 'replication')).toContain('master_link_status:up')
      })
      const sentinel = await startSentinel(primary.port)
      const client = await connect(used, sentinel)
      const node = await startNode({ client, url: primary.url, commandTimeoutMs: 2000 })
      const before = await node.append('a', 'before')
      await node.log.barrier?.()
      await primary.kill()
      await eventually(async () => {
        const after = await node.append('a', 'after')
        expect(after.handle).not.toBe(before.handle)
      })
      await eventually(async () => {
        expect(node.told.slice(0, 2)).toEqual(['before', 'after'])
      })
      expect(node.renewed).toEqual(['all'])
      expect(node.codes()).toContain('log-lost')
    },
    60_000,
  )
})

/** Its port, once it knows of the replica: before, there is nothing that it could turn to. */
async function startSentinel(port: number): Promise<number> {
  const sentinel = await spawnRedis('--sentinel')
  onTestFinished(() => sentinel.end())
  await sentinel.ask('SENTINEL', 'MONITOR', 'main', '127.0.0.1', String(port), '1')
  await sentinel.ask('SENTINEL', 'SET', 'main', 'down-after-milliseconds', '300')
  await sentinel.ask('SENTINEL', 'SET', 'main', 'failover-timeout', '3000')
  await eventually(async () => {
    const [replica = []] = (await sentinel.ask('SENTINEL', 'REPLICAS', 'main')) as string[][]
    expect(replica[replica.indexOf('master-link-status') + 1]).toBe('ok')
  })
  return sentinel.port
}

async function connect(used: Package, port: number): Promise<RedisClient> {
  if (used === 'ioredis') {
    const client = new Redis({
      sentinels: [{ host: '127.0.0.1', port }],
      name: 'main',
      retryStrategy: () => 50,
      sentinelRetryStrategy: () => 50,
    })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    return client
  }
  const client = createSentinel({
    name: 'main',
    sentinelRootNodes: [{ host: '127.0.0.1', port }],
    scanInterval: 200,
  })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.destroy())
  return client
}

function eventually(claim: () => Promise<void>): Promise<void> {
  return vi.waitFor(claim, { timeout: 40_000, interval: 50 })
}
