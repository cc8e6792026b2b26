/**
 * One, two and three nodes behind a log that they share, beside the same nodes behind Socket.IO's own
 * adapter for the same database, which keeps nothing. A client at each node: an event has arrived when
 * the last of them has it. All in one process, so time is the wall's, and that of all parts together.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { postgresLog } from '@iron-stack/sync/postgres'
import { redisLog } from '@iron-stack/sync/redis'
import { SyncServer, type EventLog } from '@iron-stack/sync/server'
import { createAdapter as createPostgresAdapter } from '@socket.io/postgres-adapter'
import { createAdapter as createRedisAdapter } from '@socket.io/redis-adapter'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { Server, type ServerOptions } from 'socket.io'
import { figureOf, pointOf, ratioOf, type Figure, type Samples } from '../harness.ts'
import type { Report, Scenario } from '../scenario.ts'
import { rules, type Message } from '../support/chat-cache.ts'
import { connectLight } from '../support/light-client.ts'

const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
const POSTGRES_URL =
  process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const NAME = `sync_bench_nodes_${process.pid}`
const NODES = [1, 2, 3] as const
const ROUNDS = 5
/** One after the other, and all at once. */
const SEQUENTIAL = 40
const AT_ONCE = 400
const MESSAGE: Message = { id: 'm1', conversationId: 'c0', text: 'x'.repeat(160) }
const ROOM = `conversation:${MESSAGE.conversationId}`
const PATIENCE_MS = 20_000

type Adapter = NonNullable<ServerOptions['adapter']>

/** A database, and what nodes need of it. Both of a node's are closed by `close`. */
interface Backend {
  readonly title: string
  readonly log: () => EventLog
  readonly adapter: () => Adapter
  readonly close: () => Promise<void>
}

export const redisNodes: Scenario = {
  name: 'redis-nodes',
  run: (progress) => runOn('redisLog', openRedis, progress),
}

export const postgresNodes: Scenario = {
  name: 'postgres-nodes',
  run: (progress) => runOn('postgresLog', openPostgres, progress),
}

async function openRedis(): Promise<Backend> {
  const clients: Redis[] = []
  const connect = () => {
    const client = new Redis(REDIS_URL, { lazyConnect: true, retryStrategy: () => null })
    client.on('error', () => {})
    clients.push(client)
    return client
  }
  const first = connect()
  await first.connect()
  return {
    title: 'Redis',
    log: () => redisLog({ client: connect(), prefix: NAME }),
    adapter: () => createRedisAdapter(connect(), connect(), { key: NAME }),
    async close() {
      const keys = await first.keys(`*${NAME}*`)
      if (keys.length > 0) await first.del(keys)
      for (const client of clients) client.disconnect()
    },
  }
}

async function openPostgres(): Promise<Backend> {
  const pool = new Pool({ connectionString: POSTGRES_URL, max: 20 })
  pool.on('error', () => {})
  const first = postgresLog({ pool, schema: NAME })
  await first.migrate()
  await first.close()
  await pool.query(
    `CREATE TABLE ${NAME}.attachments
       (id bigserial UNIQUE, created_at timestamptz DEFAULT now(), payload bytea)`,
  )
  return {
    title: 'Postgres',
    log: () => postgresLog({ pool, schema: NAME }),
    adapter: () =>
      createPostgresAdapter(pool, { channelPrefix: NAME, tableName: `${NAME}.attachments` }),
    async close() {
      await pool.query(`DROP SCHEMA ${NAME} CASCADE`)
      await pool.end()
    },
  }
}

interface Taken {
  /** Microseconds from the call until the last client has the event. */
  readonly latency: number[]
  /** Microseconds for each of many that are under way at once. */
  readonly each: number[]
}

type Pair = Record<'ours' | 'bare', Taken>

async function runOn(
  ours: string,
  open: () => Promise<Backend>,
  progress: (done: string) => void,
): Promise<Report> {
  let backend: Backend
  try {
    backend = await open()
  } catch {
    return reportOf(ours, 'the database', [])
  }
  const taken: Pair[] = []
  try {
    for (const nodes of NODES) {
      const both = {
        ours: await startNodes(nodes, backend, true),
        bare: await startNodes(nodes, backend, false),
      }
      const pair: Pair = { ours: { latency: [], each: [] }, bare: { latency: [], each: [] } }
      for (let round = 0; round <= ROUNDS; round++) {
        for (const name of ['ours', 'bare'] as const) {
          const { latency, each } = await takeTurn(both[name])
          // The first is for warming up.
          if (round === 0) continue
          pair[name].latency.push(latency)
          pair[name].each.push(each)
        }
        progress(`${nodes} nodes: round ${round} of ${ROUNDS}`)
      }
      taken.push(pair)
      await both.ours.stop()
      await both.bare.stop()
    }
  } finally {
    await backend.close()
  }
  return reportOf(ours, backend.title, taken)
}

const nothing = () => {}

interface Nodes {
  readonly send: () => void
  /** Resolves when each client has so many more. */
  readonly heard: (events: number) => Promise<void>
  readonly stop: () => Promise<void>
}

async function startNodes(count: number, backend: Backend, isOurs: boolean): Promise<Nodes> {
  const stops: (() => Promise<void>)[] = []
  const sends: (() => void)[] = []
  let heard = 0
  let awaited = Infinity
  let hasAll = nothing
  for (let node = 0; node < count; node++) {
    const http = createServer()
    const options = isOurs ? {} : { adapter: backend.adapter() }
    const io = new Server(http, { transports: ['websocket'], ...options })
    io.on('connection', (socket) => void socket.join(ROOM))
    const sync = isOurs ? new SyncServer({ io, rules, log: backend.log() }) : undefined
    sends.push(() => {
      if (sync === undefined) io.to(ROOM).emit('message:edited', MESSAGE)
      else void sync.broadcast('message:edited', MESSAGE)
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const client = await connectLight({
      port: (http.address() as AddressInfo).port,
      onText(text) {
        if (!text.includes('"message:edited"')) return
        if (++heard >= awaited) hasAll()
      },
    })
    stops.push(async () => {
      client.drop()
      await sync?.close()
      await io.close()
    })
  }
  const nodes: Nodes = {
    send: sends[0]!,
    heard: (events) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error('An event got lost.')), PATIENCE_MS)
        heard = 0
        awaited = events * count
        hasAll = () => {
          clearTimeout(late)
          awaited = Infinity
          resolve()
        }
      }),
    async stop() {
      for (const stop of stops) await stop()
    },
  }
  await warmUp(nodes, count)
  return nodes
}

/** Adapters and logs find each other in a while: until then an event reaches this node alone. */
async function warmUp(nodes: Nodes, count: number): Promise<void> {
  const heard = nodes.heard(count * 2)
  const timer = setInterval(() => nodes.send(), 50)
  await heard
  clearInterval(timer)
  await new Promise((resolve) => setTimeout(resolve, 200))
}

async function takeTurn({ send, heard }: Nodes): Promise<{ latency: number; each: number }> {
  let start = performance.now()
  for (let n = 0; n < SEQUENTIAL; n++) {
    const arrived = heard(1)
    send()
    await arrived
  }
  const latency = ((performance.now() - start) * 1000) / SEQUENTIAL
  start = performance.now()
  const arrived = heard(AT_ONCE)
  for (let n = 0; n < AT_ONCE; n++) send()
  await arrived
  return { latency, each: ((performance.now() - start) * 1000) / AT_ONCE }
}

function reportOf(ours: string, database: string, taken: readonly Pair[]): Report {
  return {
    title: `Nodes behind ${ours}, beside those behind Socket.IO's adapter`,
    note:
      taken.length === 0
        ? `${ours} has nothing to connect to: nothing was measured.`
        : `An event of 200 bytes in ${database}, until a client at each node has it: one after the ` +
          `other, and ${AT_ONCE} at once. The adapter publishes and forgets; the log keeps.`,
    columns: [
      'nodes',
      `${ours}, arrives after`,
      'adapter',
      `${ours}, events`,
      'adapter, events',
      'arrives ÷ adapter',
      'time each ÷ adapter',
    ],
    rows: taken.map(({ ours: log, bare }, place) => [
      String(NODES[place]),
      { us: figureOf(log.latency) },
      { us: figureOf(bare.latency) },
      { perSecond: rateOf(log.each) },
      { perSecond: rateOf(bare.each) },
      { ratio: ratioOf(log.latency, bare.latency) },
      { ratio: ratioOf(log.each, bare.each) },
    ]),
    ...(taken.length > 0 && {
      plot: {
        x: 'nodes',
        y: 'from call to the last client',
        unit: 'us' as const,
        series: [
          { label: ours, points: pointsOf(taken.map((pair) => pair.ours.latency)) },
          { label: 'adapter', points: pointsOf(taken.map((pair) => pair.bare.latency)) },
        ],
      },
    }),
  }
}

function rateOf(each: Samples): Figure {
  return figureOf(each.map((us) => 1_000_000 / us))
}

function pointsOf(samples: readonly Samples[]) {
  return samples.map((values, place) => pointOf(NODES[place]!, values))
}
