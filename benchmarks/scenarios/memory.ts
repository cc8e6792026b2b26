/**
 * What a server holds: an event in the log, a room, a socket, a socket in a room. The clients live in
 * another process, so that what is measured is the server's.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { memoryLog, SyncServer, type EventLog } from '@iron-stack/sync/server'
import { Server } from 'socket.io'
import type { Scenario } from '../scenario.ts'
import { rules } from '../support/chat-cache.ts'
import { startRoomMembers } from '../support/room-members.ts'

const EVENTS = 20_000
const ROOMS = 20_000
const SOCKETS = 300
const ROOMS_PER_SOCKET = 20
const NO_LIMITS = { maxBytes: Infinity, maxEventsPerRoom: Infinity }

export const memory: Scenario = {
  name: 'memory',

  async run(progress) {
    progress('events and rooms')
    const event = (data: unknown) =>
      logOf(EVENTS, (log, n) => append(log, `room${n % 100}`, data))
    const small = await event({ id: 'c0-7', text: 'x'.repeat(60) })
    const large = await event({ id: 'c0-7', text: 'x'.repeat(1000) })
    const { each: room } = await logOf(ROOMS, (log, n) => log.heads([`conversation:c${n}`]))
    progress(`${SOCKETS} sockets of Socket.IO`)
    const bare = await socketsOf()
    progress(`${SOCKETS} sockets`)
    const socket = await socketsOf(0)
    progress(`${SOCKETS} sockets in ${ROOMS_PER_SOCKET} rooms each`)
    const joined = await socketsOf(ROOMS_PER_SOCKET)
    return {
      title: 'What a server holds in memory',
      note:
        `Heap and buffers after a collection, divided by ${EVENTS} events, ${ROOMS} rooms, ` +
        `${SOCKETS} sockets. Sockets by websocket, without compression.`,
      columns: ['of', 'bytes each', 'the log counts'],
      rows: [
        ['an event of 85 bytes, in memoryLog', bytes(small.each), bytes(small.counted)],
        ['an event of 1,025 bytes, in memoryLog', bytes(large.each), bytes(large.counted)],
        ['a room without events, in memoryLog', bytes(room), ''],
        ['a socket of Socket.IO alone', bytes(bare), ''],
        ['the same with SyncServer', bytes(socket), ''],
        ['each of its rooms', bytes((joined - socket) / ROOMS_PER_SOCKET), ''],
      ],
    }
  },
}

function append(log: EventLog, room: string, data: unknown): void {
  void log.append([{ rooms: [room], event: 'message:edited', data }])
}

async function logOf(count: number, fill: (log: EventLog, n: number) => unknown) {
  const log = memoryLog(NO_LIMITS)
  const before = held()
  for (let n = 0; n < count; n++) fill(log, n)
  const each = (held() - before) / count
  const stats = await log.stats?.()
  await log.close()
  return { each, counted: (stats?.bytes ?? 0) / count }
}

/** Of one socket; in so many rooms, where there is a SyncServer. */
async function socketsOf(rooms?: number): Promise<number> {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'] })
  io.use((socket, next) => {
    socket.data.userId = socket.id
    next()
  })
  const names = Array.from({ length: rooms ?? 0 }, (_, n) => `conversation:c${n}`)
  const sync =
    rooms === undefined ? undefined : new SyncServer({ io, rules, rooms: () => names })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  // What is compiled and allocated for the first of them is not theirs.
  const first = await startRoomMembers({ port, count: 20 })
  const before = held()
  const members = await startRoomMembers({ port, count: SOCKETS })
  const after = held()
  members.stop()
  first.stop()
  await sync?.close()
  await io.close()
  return (after - before) / SOCKETS
}

function held(): number {
  for (let times = 0; times < 3; times++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function bytes(count: number): string {
  return Math.round(count).toLocaleString('en')
}
