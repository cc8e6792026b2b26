/**
 * What a server holds: an event in the log, a room, a socket, a socket in a room. The clients live in
 * another process, so that what is measured is the server's.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryLog, SyncServer, type EventLog } from '@iron-stack/sync/server'
import { Server, type Socket } from 'socket.io'
import { exactly, figureOf, pointOf, ratioOf, type Samples } from '../harness.ts'
import type { Report, Scenario } from '../scenario.ts'
import { rules } from '../support/chat-cache.ts'
import { startRoomMembers } from '../support/room-members.ts'

const EVENTS = 20_000
const ROOMS = 20_000
const ROOMS_PER_SOCKET = 20
const NO_LIMITS = { maxBytes: Infinity, maxEventsPerRoom: Infinity }

/** Looked at when so many are connected. */
const SIZES = [100, 250, 500] as const
const ROUNDS = 5
const BAR = 1.05

type Kind = 'bare' | 'sync'

export const memory: Scenario = {
  name: 'memory',

  async run(progress) {
    progress('events and rooms')
    const event = (data: unknown) =>
      logOf(EVENTS, (log, n) => append(log, `room${n % 100}`, data))
    const small = await event({ id: 'c0-7', text: 'x'.repeat(60) })
    const large = await event({ id: 'c0-7', text: 'x'.repeat(1000) })
    const room = await logOf(ROOMS, (log, n) => log.heads([`conversation:c${n}`]))
    return {
      title: 'What a server holds in memory for events and rooms',
      note: `Heap and buffers after a collection, divided by ${EVENTS} events, ${ROOMS} rooms.`,
      columns: ['of', 'each', 'the log counts'],
      rows: [
        row('an event of 85 bytes, in memoryLog', small),
        row('an event of 1,025 bytes, in memoryLog', large),
        row('a room without events, in memoryLog', room),
      ],
    }
  },
}

export const idleSockets: Scenario = {
  name: 'idle-sockets',

  async run(progress) {
    const taken: Record<Kind, Record<number, number[]>> = { bare: {}, sync: {} }
    for (let round = 1; round <= ROUNDS; round++) {
      for (const kind of ['bare', 'sync'] as const) {
        progress(`round ${round} of ${ROUNDS}, ${kind}`)
        const each = await heldBySockets(kind)
        for (const [place, size] of SIZES.entries()) {
          ;(taken[kind][size] ??= []).push(each[place]!)
        }
      }
    }
    return reportOf(taken)
  },
}

function reportOf({ bare, sync }: Record<Kind, Record<number, Samples>>): Report {
  const most = Math.max(...SIZES)
  return {
    title: 'What a server holds in memory for sockets that are idle',
    note:
      `Heap and buffers after a collection, per socket, in ${ROOMS_PER_SOCKET} rooms and its ` +
      "user's own. Sockets by websocket, without compression. Beside it Socket.IO: the same rooms " +
      'joined, one listener on each socket on both sides, and one message sent to each.',
    columns: ['sockets', 'sync', 'Socket.IO', 'sync ÷ Socket.IO'],
    rows: SIZES.map((size) => [
      size.toLocaleString('en'),
      { bytes: figureOf(sync[size]!) },
      { bytes: figureOf(bare[size]!) },
      { ratio: ratioOf(sync[size]!, bare[size]!) },
    ]),
    plot: {
      x: 'sockets',
      y: 'memory per socket',
      unit: 'bytes',
      series: [
        { label: 'sync', points: SIZES.map((size) => pointOf(size, sync[size]!)) },
        { label: 'Socket.IO', points: SIZES.map((size) => pointOf(size, bare[size]!)) },
      ],
    },
    bars: [
      {
        claim: `sync ÷ Socket.IO, ${most} sockets`,
        ratio: ratioOf(sync[most]!, bare[most]!),
        most: BAR,
      },
    ],
  }
}

function row(what: string, { each, counted }: Held) {
  return [what, { bytes: exactly(each) }, counted === 0 ? '' : { bytes: exactly(counted) }]
}

function append(log: EventLog, room: string, data: unknown): void {
  void log.append([{ rooms: [room], event: 'message:edited', data }])
}

interface Held {
  readonly each: number
  /** What of it the log itself knows of. */
  readonly counted: number
}

async function logOf(
  count: number,
  fill: (log: EventLog, n: number) => unknown,
): Promise<Held> {
  const log = memoryLog(NO_LIMITS)
  const before = held()
  for (let n = 0; n < count; n++) fill(log, n)
  const each = (held() - before) / count
  const stats = await log.stats?.()
  await log.close()
  return { each, counted: (stats?.bytes ?? 0) / count }
}

/** Bytes per socket, at each of the sizes. */
async function heldBySockets(kind: Kind): Promise<readonly number[]> {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'] })
  let count = 0
  io.use((socket, next) => {
    socket.data.userId = `u${count++}`
    next()
  })
  const names = Array.from({ length: ROOMS_PER_SOCKET }, (_, n) => `conversation:c${n}`)
  const sync = kind === 'sync' ? new SyncServer({ io, rules, rooms: () => names }) : undefined
  io.on('connection', (socket: Socket) => {
    socket.on('typing', onTyping)
    if (sync !== undefined) return
    void socket.join([`user:${socket.data.userId}`, ...names])
    socket.emit('welcome', names.length)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  // What is compiled and allocated for the first of them is not theirs.
  const members = await startRoomMembers({ port, count: 20 })
  const before = await heldAtRest()
  const each: number[] = []
  let connected = 0
  for (const size of SIZES) {
    await members.grow(size - connected)
    connected = size
    each.push(((await heldAtRest()) - before) / size)
  }
  members.stop()
  await sync?.close()
  await io.close()
  return each
}

const onTyping = () => {}

/** Once what belongs to connecting has been sent and forgotten. */
async function heldAtRest(): Promise<number> {
  held()
  await sleep(300)
  return held()
}

function held(): number {
  for (let times = 0; times < 3; times++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
