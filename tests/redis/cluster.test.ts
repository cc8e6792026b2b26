/** The log on a Cluster: all of it in one slot, heard through any node. */

import { logConformance } from '@iron-stack/sync/testing'
import type { RedisClient } from '@iron-stack/sync/redis'
import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { until } from '../support/until.ts'
import { openLog, PACKAGES, type Package } from './support/clients.ts'
import { numbers, startNode } from './support/node.ts'
import { REDIS_SERVER, spawnRedis, type TestRedis } from './support/redis-server.ts'

let count = 0
const freshPrefix = () => `sync-${count++}`

describe.skipIf(REDIS_SERVER === undefined)('a log on a Redis Cluster', () => {
  const masters: TestRedis[] = []

  beforeAll(async () => {
    masters.push(...(await Promise.all(numbers(3).map(startMaster))))
    const [first] = masters
    for (const [at, master] of masters.entries()) {
      const [from, to] = [at * 5461, at === 2 ? 16_383 : at * 5461 + 5460]
      await master.ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
      if (master !== first)
        await first?.ask('CLUSTER', 'MEET', '127.0.0.1', String(master.port))
    }
    for (const master of masters) {
      await vi.waitUntil(
        async () => String(await master.ask('CLUSTER', 'INFO')).includes('cluster_state:ok'),
        { timeout: 20_000, interval: 20 },
      )
    }
  })

  afterAll(async () => {
    await Promise.all(masters.map((master) => master.end()))
  })

  async function connect(used: Package): Promise<RedisClient> {
    if (used === 'ioredis') {
      const client = new Cluster(masters.map(({ port }) => ({ host: '127.0.0.1', port })))
      client.on('error', () => {})
      onTestFinished(() => client.disconnect())
      return client
    }
    const client = createCluster({ rootNodes: masters.map(({ url }) => ({ url })) })
    client.on('error', () => {})
    await client.connect()
    onTestFinished(() => client.destroy())
    return client
  }

  describe.each(PACKAGES)('with %s', (used) => {
    const claims = logConformance.filter(({ isShared }) => isShared)
    test.each(claims)('$name', async ({ run }) => {
      const prefix = freshPrefix()
      const open = (nodes: number) =>
        Promise.all(
          numbers(nodes).map(async () =>
            openLog({ prefix, maxEventsPerRoom: 100, client: await connect(used) }),
          ),
        )
      await expect(run({ open, maxEventsPerRoom: 100 })).resolves.toBeUndefined()
    })

    test('begins anew where the master of its slot was flushed', async () => {
      const prefix = freshPrefix()
      const node = await startNode({ prefix, client: await connect(used) })
      await node.append('a', 1)
      await node.log.barrier?.()
      for (const master of masters) await master.ask('FLUSHALL')
      await until(() => {
        expect(node.renewed).toEqual(['all'])
      })
      expect((await node.append('a', 2)).offset).toBe(1)
      await until(() => {
        expect(node.told).toEqual([1, 2])
      })
    })
  })

  test('a node hears, though its client keeps nothing while it is not connected', async () => {
    const nodes = masters.map(({ port }) => ({ host: '127.0.0.1', port }))
    const client = new Cluster(nodes, { enableOfflineQueue: false })
    onTestFinished(() => client.disconnect())
    await until(() => {
      expect(client.status).toBe('ready')
    })
    const node = await startNode({ prefix: freshPrefix(), client })
    await node.append('a', 1)
    await node.log.barrier?.()
    expect([node.told, node.errors]).toEqual([[1], []])
  })

  test('nodes may use both packages', async () => {
    const prefix = freshPrefix()
    const here = await startNode({ prefix, client: await connect('ioredis') })
    const there = await startNode({ prefix, client: await connect('redis') })
    const expected: string[] = []
    for (const count of numbers(50)) {
      await here.append(`room ${count}`, `here ${count}`)
      await there.append(`room ${count + 1}`, `there ${count}`)
      expected.push(`here ${count}`, `there ${count}`)
    }
    await until(() => {
      expect([here.told, there.told]).toEqual([expected, expected])
    })
  })
})

function startMaster(): Promise<TestRedis> {
  return spawnRedis('--cluster-enabled', 'yes', '--cluster-node-timeout', '5000')
}
