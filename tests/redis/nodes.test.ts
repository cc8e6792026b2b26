/** Real nodes on a real Redis that fails: what their clients' caches hold in the end. */

import { SyncError } from '@iron-stack/sync'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { redisLog } from '@iron-stack/sync/redis'
import { createSyncEmitter, SyncServer, type EventLog } from '@iron-stack/sync/server'
import { createAdapter } from '@socket.io/redis-adapter'
import { QueryClient } from '@tanstack/query-core'
import type { ServerOptions } from 'socket.io'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  createApi,
  idsOf,
  rules,
  type Api,
  type Events,
  type Message,
} from '../rooms/support.ts'
import { startBareClient } from '../server/support/bare-client.ts'
import { watchRejections } from '../support/rejections.ts'
import { startSocketServer, type TestServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import {
  connectClient,
  connectIoredis,
  PACKAGES,
  type Package,
  urlOf,
} from './support/clients.ts'
import { numbers } from './support/node.ts'
import { startProxy, type Proxy } from '../support/proxy.ts'
import { REDIS_SERVER, startRedis, type TestRedis } from './support/redis-server.ts'

const ROOM = 'conversation:a'

interface Node extends TestServer {
  readonly sync: SyncServer<Events>
  readonly errors: SyncError[]
  readonly wire: Proxy
  readonly log: EventLog
}

interface NodeOptions {
  readonly commandTimeoutMs?: number
  readonly used?: Package
  readonly adapter?: ServerOptions['adapter']
}

async function startNode(redis: TestRedis, options: NodeOptions = {}): Promise<Node> {
  const { used, adapter, commandTimeoutMs } = options
  const wire = await startProxy(redis.port)
  const log = redisLog({
    client: await connectClient(urlOf(wire.port), used),
    heartbeatMs: 50,
    commandTimeoutMs,
  })
  // Who is greeted before is greeted again.
  await log.heads([ROOM])
  const server = await startSocketServer(adapter === undefined ? {} : { adapter })
  const errors: SyncError[] = []
  const sync = new SyncServer<Events>({
    io: server.io,
    rules,
    log,
    rooms: () => [ROOM],
    onError: (error) => errors.push(error),
  })
  onTestFinished(async () => {
    void sync.close()
    await log.close()
  })
  return { ...server, sync, errors, wire, log }
}

/** A page that looks at the conversation. */
async function startPage(node: Node, api: Api): Promise<QueryClient> {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const socket = await node.connect('ada')
  const stop = createSyncEngine(queryClient, socket, rules, { onError: () => {} })
  const leave = api.look(queryClient, 'a')
  onTestFinished(() => {
    leave()
    stop()
    queryClient.clear()
  })
  await until(() => {
    expect(idsOf(queryClient, 'a')).toBeDefined()
  })
  return queryClient
}

interface Cluster {
  readonly redis: TestRedis
  readonly nodes: readonly Node[]
  readonly pages: readonly QueryClient[]
  readonly api: Api
  /** Says something on one node after the other; again where that was refused. */
  readonly say: (times: number) => Promise<void>
  readonly converged: () => Promise<void>
}

async function startCluster(options: NodeOptions = {}, ...redisOptions: string[]) {
  const redis = await startRedis(...redisOptions)
  const nodes = [await startNode(redis, options), await startNode(redis, options)]
  for (const node of nodes) await growOld(node)
  const api = createApi()
  const pages = await Promise.all(
    numbers(4).map((count) => startPage(nodes[count % 2] as Node, api)),
  )
  let count = 0

  async function sayOn(node: Node | undefined, message: Message): Promise<void> {
    try {
      await node?.sync.broadcast('message:new', message)
    } catch (thrown) {
      if (!(thrown instanceof SyncError) || !thrown.code.startsWith('log-')) throw thrown
      await sayOn(node === nodes[0] ? nodes[1] : nodes[0], message)
    }
  }

  const cluster: Cluster = {
    redis,
    nodes,
    pages,
    api,
    async say(times) {
      for (let left = times; left > 0; left--) {
        const message: Message = { id: ++count, conversationId: 'a' }
        api.rows.set('a', [...(api.rows.get('a') ?? []), message])
        await sayOn(nodes[count % 2], message)
      }
    },
    async converged() {
      const expected = api.rows.get('a')?.map(({ id }) => id)
      await until(() => {
        for (const page of pages) expect(idsOf(page, 'a')).toEqual(expected)
      }, 10_000)
    },
  }
  return cluster
}

/** A log that is as old as a page's first fetch proves nothing of it. */
async function growOld({ log }: Node): Promise<void> {
  await until(() => {
    expect(log.now()).toBeGreaterThan(0)
  })
  const young = log.now()
  await until(() => {
    expect(log.now()).toBeGreaterThan(young + 200)
  })
}

describe.skipIf(REDIS_SERVER === undefined)('nodes on a log in Redis', () => {
  test.each(PACKAGES)('keep all caches right while nothing fails, with %s', async (used) => {
    const { nodes, api, say, converged } = await startCluster({ used })
    await say(100)
    await converged()
    // Every page fetched once.
    expect(api.requests('a')).toBe(4)
    expect(nodes.flatMap(({ errors }) => errors)).toEqual([])
  })

  test('keep them right where Redis is flushed under load', async () => {
    const { redis, nodes, say, converged } = await startCluster()
    await say(20)
    await Promise.all([say(60), redis.ask('FLUSHALL')])
    await say(20)
    await converged()
    for (const { errors } of nodes) expect(errors.map(({ code }) => code)).toContain('log-lost')
  })

  test.each(PACKAGES)(
    'keep them right where Redis is restarted under load, with %s',
    async (used) => {
      const rejections = watchRejections()
      const { redis, say, converged } = await startCluster({ used }, '--appendonly', 'yes')
      await say(20)
      const saying = say(100)
      await redis.kill()
      await redis.start()
      await saying
      await say(20)
      await converged()
      expect(await rejections.reasons()).toEqual([])
    },
  )

  test.each(PACKAGES)(
    'keep them right where one of them can not reach Redis for a while, with %s',
    async (used) => {
      const { nodes, api, say, converged } = await startCluster({ used, commandTimeoutMs: 200 })
      await say(20)
      const requests = api.requests('a')
      nodes[0]?.wire.stall()
      await say(20)
      nodes[0]?.wire.resume()
      await say(20)
      await converged()
      expect(nodes[0]?.errors.map(({ code }) => code)).toContain('log-unreachable')
      // What they missed was read from the log.
      expect(api.requests('a')).toBe(requests)
    },
  )

  test('send nothing of a room to whom another node has thrown out, though they were not told', async () => {
    const redis = await startRedis()
    const [here, there] = [await startNode(redis), await startNode(redis)]
    const bob = await startBareClient(there, 'bob')
    await bob.joined(ROOM)

    await here.sync.broadcast('message:new', { id: 1, conversationId: 'a' })
    await until(() => {
      expect(bob.of('message:new')).toHaveLength(1)
    })
    // What is published while its connection is lost, the other node is never told.
    there.wire.cut()
    await here.sync.leaveRoom(ROOM, ['bob'])
    await here.sync.broadcast('message:new', { id: 2, conversationId: 'a' })
    await there.sync.broadcast('message:new', { id: 3, conversationId: 'a' })
    await bob.flush()
    expect(bob.of('message:new')).toHaveLength(1)
  })

  test('send what a process without sockets broadcasts', async () => {
    const redis = await startRedis()
    const node = await startNode(redis)
    const ada = await startBareClient(node, 'ada')
    await ada.joined(ROOM)
    const log = redisLog({ client: await connectClient(redis.url) })
    onTestFinished(() => log.close())
    const emitter = createSyncEmitter({ rules, log })
    await emitter.broadcast('message:new', { id: 1, conversationId: 'a' })
    await emitter.leaveRoom(ROOM, ['ada'])
    // It waits until it took effect.
    expect(node.io.of('/').adapter.rooms.has(ROOM)).toBe(false)
    await ada.flush()
    expect(ada.of('message:new').map(([, data]) => data)).toEqual([
      { id: 1, conversationId: 'a' },
    ])
  })

  test('send each event once, beside an adapter of Socket.IO', async () => {
    const redis = await startRedis()
    const subscriber = await connectIoredis(redis.url)
    onTestFinished(async () => {
      // An adapter that is closed does not wait until Redis has answered it.
      await subscriber.ping()
    })
    const adapter = createAdapter(await connectIoredis(redis.url), subscriber)
    const nodes = [await startNode(redis, { adapter }), await startNode(redis)]
    const clients = await Promise.all(nodes.map((node) => startBareClient(node, 'ada')))
    for (const client of clients) await client.joined(ROOM)
    for (const id of numbers(20)) {
      await nodes[id % 2]?.sync.broadcast('message:new', { id, conversationId: 'a' })
    }
    for (const client of clients) {
      await until(() => {
        expect(client.of('message:new')).toHaveLength(20)
      })
      await client.flush()
      expect(client.of('message:new')).toHaveLength(20)
    }
  })
})
