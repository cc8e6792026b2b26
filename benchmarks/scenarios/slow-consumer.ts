/**
 * One client stops reading while others go on: what waits for it in the server, and how long the
 * others wait for their events meanwhile.
 */

import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { memoryLog, SyncServer } from '@iron-stack/sync/server'
import { Server } from 'socket.io'
import type { Scenario } from '../scenario.ts'
import { rules, type Message } from '../support/chat-cache.ts'
import { startRoomMembers } from '../support/room-members.ts'

const MEMBERS = 20
const MIB = 1024 * 1024
const EVENTS = 500
const PAUSE_MS = 5
const MESSAGE: Message = { id: 'c0-7', conversationId: 'c0', text: 'x'.repeat(64 * 1024) }

export const slowConsumer: Scenario = {
  name: 'slow-consumer',

  async run(progress) {
    const rows: string[][] = []
    for (const [name, sleepers, limit] of [
      ['nobody sleeps', 0, Infinity],
      ['one sleeps, no limit', 1, Infinity],
      ['one sleeps, 4 MiB', 1, 4 * MIB],
    ] as const) {
      progress(name)
      rows.push([name, ...(await talk(sleepers, limit))])
    }
    return {
      title: 'A client that does not read',
      note:
        `${EVENTS} events of 64 KiB, 31 MiB in all, one every ${PAUSE_MS} ms, to a room of ${MEMBERS} ` +
        'clients in another process, and one that reads nothing. What waits is looked at after ' +
        'each event; an event has taken as long as until all who are awake have it.',
      columns: ['', 'waits at most', 'waits in the end', 'an event takes', '99 of 100', 'cut'],
      rows,
    }
  },
}

async function talk(sleepers: number, maxBufferedBytes: number): Promise<string[]> {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'] })
  io.on('connection', (socket) => void socket.join('conversation:c0'))
  let cuts = 0
  const sync = new SyncServer({
    io,
    rules,
    log: memoryLog({ maxBytes: MIB }),
    maxBufferedBytes,
    onError: ({ code }) => (cuts += code === 'slow-consumer' ? 1 : 0),
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const members = await startRoomMembers({ port, count: MEMBERS })
  const asleep = await Promise.all(Array.from({ length: sleepers }, () => fallAsleep(port, io)))

  let most = 0
  let last = 0
  const took: number[] = []
  for (let n = 0; n < EVENTS; n++) {
    const startedAt = performance.now()
    void sync.broadcast('message:edited', MESSAGE)
    await members.hear(MEMBERS)
    took.push(performance.now() - startedAt)
    last = waiting(io)
    most = Math.max(most, last)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  members.stop()
  for (const socket of asleep) socket.destroy()
  await sync.close({ drainTimeoutMs: 100 })
  await io.close()
  took.sort((a, b) => a - b)
  const millis = (share: number) => `${took[Math.floor(share * EVENTS)]!.toFixed(2)} ms`
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`
  return [mib(most), mib(last), millis(0.5), millis(0.99), String(cuts)]
}

/** What the server's ends of all connections hold. */
function waiting(io: Server): number {
  let bytes = 0
  for (const { conn } of io.sockets.sockets.values()) {
    const { transport, writeBuffer } = conn as unknown as {
      transport: { socket: { bufferedAmount: number } }
      writeBuffer: { data: string }[]
    }
    bytes += transport.socket.bufferedAmount
    for (const { data } of writeBuffer) bytes += data.length
  }
  return bytes
}

/** Speaks as much of the protocol as it needs to be in the room, and reads nothing more. */
async function fallAsleep(port: number, io: Server): Promise<Socket> {
  const known = io.sockets.sockets.size
  const socket = connect(port, '127.0.0.1')
  socket.write(
    'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n' +
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await new Promise((resolve) => socket.once('data', resolve))
  socket.pause()
  // A text frame of "40", masked with zeros: connects to the main namespace.
  socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x34, 0x30]))
  while (io.sockets.sockets.size === known)
    await new Promise((resolve) => setTimeout(resolve, 5))
  return socket
}
