/**
 * Everybody comes back at once, each to twenty rooms of which three have gone on: what that costs the
 * server, beside two other ways to catch up. Clients are in another process, and their work is not
 * counted.
 */

import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo, Socket as NetSocket } from 'node:net'
import { SyncServer } from '@iron-stack/sync/server'
import { initTRPC } from '@trpc/server'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { Server } from 'socket.io'
import { figureOf, pointOf, ratioOf, type Samples } from '../harness.ts'
import type { Report, Scenario } from '../scenario.ts'
import { rulesByField as rules, type Message } from '../support/chat-cache.ts'
import { startCrowd, type CatchUp } from '../support/crowd.ts'
import { until } from '../support/until.ts'

const SIZES = [100, 500, 2000] as const
const MOST = 2000
const ROUNDS = 5
const ROOMS = 20
const MISSED_ROOMS = 3
const MISSED = 50
/** Of each list that is refetched. */
const ROWS = 50

interface Way {
  readonly catchUp: CatchUp
  readonly name: string
  /** How many lists are refetched. */
  readonly lists: number
}

const WAYS = {
  sync: { catchUp: 'sync', name: 'sync', lists: 0 },
  nothing: { catchUp: 'bare', name: 'nothing', lists: 0 },
  recovery: { catchUp: 'recovery', name: 'recovery', lists: 0 },
  few: { catchUp: 'refetch', name: 'refetch 5 lists', lists: 5 },
  all: { catchUp: 'refetch', name: 'refetch 20 lists', lists: ROOMS },
} satisfies Record<string, Way>

type WayName = keyof typeof WAYS

const NAMES = Object.keys(WAYS) as WayName[]

interface Taken {
  readonly us: number[]
  readonly bytes: number[]
  /** Wall time until the last of them was live. */
  readonly wallUs: number[]
}

type AllTaken = Record<WayName, Taken>

export const reconnect: Scenario = {
  name: 'reconnect',

  async run(progress) {
    const bySize = new Map<number, AllTaken>()
    for (const size of SIZES) {
      const taken = {} as AllTaken
      for (const name of NAMES) {
        progress(`${size} clients, ${WAYS[name].name}`)
        taken[name] = await comeBack(WAYS[name], size)
      }
      bySize.set(size, taken)
    }
    return reportOf(bySize)
  },
}

function reportOf(bySize: ReadonlyMap<number, AllTaken>): Report {
  const rows = [...bySize].flatMap(([size, taken]) =>
    NAMES.map((name) => {
      const { us, bytes, wallUs } = taken[name]
      return [
        size.toLocaleString('en'),
        WAYS[name].name,
        { us: figureOf(each(us, size)) },
        { bytes: figureOf(each(bytes, size)) },
        { us: figureOf(wallUs) },
        name === 'sync' ? '' : { ratio: ratioOf(us, taken.sync.us) },
        name === 'sync' ? '' : { ratio: ratioOf(bytes, taken.sync.bytes) },
      ]
    }),
  )
  const most = bySize.get(MOST)!
  const added = (name: WayName, what: 'us' | 'bytes') =>
    most[name][what].map((value, round) => value - most.nothing[what][round]!)
  return {
    title: 'All clients connect again at once, after 50 events in 3 of their 20 rooms',
    note:
      "The server's CPU time and bytes for each client, and wall time until the last is live, which " +
      'is that of both processes. `nothing` only connects and is put into its rooms; `recovery` is ' +
      "Socket.IO's connection state recovery; `refetch` gets lists of 50 rows in one batch through " +
      'tRPC: those of five rooms, as of what is on a screen, or of all twenty. An event is one row. ' +
      'All have the same rooms.',
    columns: [
      'clients',
      'catches up by',
      'CPU each',
      'sent to each',
      'all live after',
      'CPU ÷ sync',
      'bytes ÷ sync',
    ],
    rows,
    plot: {
      x: 'clients',
      y: 'CPU time of the server, all clients',
      unit: 'us',
      series: NAMES.map((name) => ({
        label: WAYS[name].name,
        points: [...bySize].map(([size, taken]) => pointOf(size, taken[name].us)),
      })),
    },
    bars: [
      {
        claim: `sync ÷ recovery, CPU, ${MOST} clients`,
        ratio: ratioOf(most.sync.us, most.recovery.us),
        most: 1,
      },
      {
        claim: `sync ÷ recovery, bytes, ${MOST} clients`,
        ratio: ratioOf(most.sync.bytes, most.recovery.bytes),
        most: 1,
      },
      ...(['few', 'all'] as const).flatMap((name) => [
        {
          claim: `${WAYS[name].name} ÷ sync, CPU beside what connecting takes`,
          ratio: ratioOf(added(name, 'us'), added('sync', 'us')),
          least: 10,
        },
        {
          claim: `${WAYS[name].name} ÷ sync, bytes beside what connecting takes`,
          ratio: ratioOf(added(name, 'bytes'), added('sync', 'bytes')),
          least: 10,
        },
      ]),
    ],
  }
}

function each(values: Samples, size: number): Samples {
  return values.map((value) => value / size)
}

async function comeBack({ catchUp, lists }: Way, count: number): Promise<Taken> {
  const http = createServer()
  const countBytes = watchBytes(http)
  const { io, send, stop } = serve(catchUp, http)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const missed = MISSED * MISSED_ROOMS
  const crowd = await startCrowd({ port, count, catchUp, missed, path: batchOf(lists) })
  const taken: Taken = { us: [], bytes: [], wallUs: [] }
  for (let round = 0; round < ROUNDS; round++) {
    await crowd.all('drop')
    await until(() => io.of('/').sockets.size === 0)
    for (let n = 0; n < missed; n++) send(rowOf(`c${n % MISSED_ROOMS}`, n))
    const bytes = countBytes()
    const cpu = process.cpuUsage()
    const startedAt = performance.now()
    await crowd.all('come back')
    taken.wallUs.push((performance.now() - startedAt) * 1000)
    const { user, system } = process.cpuUsage(cpu)
    taken.us.push(user + system)
    taken.bytes.push(countBytes() - bytes)
  }
  crowd.stop()
  await stop()
  return taken
}

function rowOf(conversationId: string, n: number): Message {
  return { id: `m${n}`, conversationId, text: `The train is late again, by ${n} minutes now.` }
}

function serve(way: CatchUp, http: HttpServer) {
  const names = Array.from({ length: ROOMS }, (_, n) => `conversation:c${n}`)
  if (way === 'refetch') serveRows(http)
  const io = new Server(http, {
    transports: ['websocket'],
    ...(way === 'recovery' && { connectionStateRecovery: {} }),
  })
  let users = 0
  io.use((socket, next) => {
    socket.data.userId = `u${users++}`
    next()
  })
  if (way === 'sync') {
    const sync = new SyncServer({ io, rules, rooms: () => names })
    return {
      io,
      send: (row: Message) => void sync.broadcast('message:edited', row),
      stop: async () => {
        await sync.close()
        await io.close()
      },
    }
  }
  io.on('connection', (socket) => {
    if (socket.recovered) return
    void socket.join([`user:${socket.data.userId}`, ...names])
    // Recovery needs an event to go on from.
    if (way === 'recovery') io.to(socket.id).emit('welcome')
  })
  return {
    io,
    send: (row: Message) =>
      void io.to(`conversation:${row.conversationId}`).emit('message:edited', row),
    stop: () => io.close(),
  }
}

/** The API that clients refetch from: the rows are there, and no database is asked. */
function serveRows(http: HttpServer): void {
  const t = initTRPC.create()
  const rows = new Map(
    Array.from({ length: ROOMS }, (_, place) => [
      `c${place}`,
      Array.from({ length: ROWS }, (_row, n) => rowOf(`c${place}`, n)),
    ]),
  )
  const router = t.router({
    list: t.procedure
      .input((value: unknown) => String((value as { conversationId: unknown }).conversationId))
      .query(({ input }) => rows.get(input)),
  })
  const answer = createHTTPHandler({ router, basePath: '/trpc/' })
  http.on('request', (request, response) => {
    if (request.url?.startsWith('/trpc/')) answer(request, response)
  })
}

/** As tRPC's `httpBatchLink` asks for so many lists. */
function batchOf(count: number): string {
  const asked = Array.from({ length: count }, (_, n) => [n, { conversationId: `c${n}` }])
  const input = encodeURIComponent(JSON.stringify(Object.fromEntries(asked)))
  return `/trpc/${asked.map(() => 'list').join(',')}?batch=1&input=${input}`
}

/** Counts what a server has sent, over all connections there ever were. */
function watchBytes(http: HttpServer): () => number {
  const open = new Set<NetSocket>()
  let closed = 0
  http.on('connection', (socket: NetSocket) => {
    open.add(socket)
    socket.on('close', () => {
      open.delete(socket)
      closed += socket.bytesWritten
    })
  })
  return () => {
    let bytes = closed
    for (const socket of open) bytes += socket.bytesWritten
    return bytes
  }
}
