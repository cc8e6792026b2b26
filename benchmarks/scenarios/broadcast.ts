/**
 * A broadcast to rooms of real clients, beside the bare Socket.IO call it makes, and beside the least
 * that a websocket server could do: one frame, made once, written to each. The clients live in another
 * process, so that the CPU time measured is the server's. One event per turn of the event loop: what
 * many within one turn cost is the business of frames.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { SyncServer } from '@iron-stack/sync/server'
import { Server } from 'socket.io'
import { WebSocket, WebSocketServer } from 'ws'
import {
  figureOf,
  measure,
  pointOf,
  ratioOf,
  type Contestant,
  type Samples,
} from '../harness.ts'
import type { Bar, Cell, Point, Scenario } from '../scenario.ts'
import { rules, type Message } from '../support/chat-cache.ts'
import { startRoomMembers, type RoomMembers } from '../support/room-members.ts'

/** How many clients are in each of the rooms. */
const SIZES = [50, 500, 2000] as const
const CLIENTS = Math.max(...SIZES)
/** So many deliveries make a turn. */
const DELIVERIES = 4000
const ROUNDS = 11
/** Rooms of one client, each. */
const SMALL_ROOMS = 10_000
const BAR = 1.03

export const broadcast: Scenario = {
  name: 'broadcast',

  async run(progress) {
    progress(`connecting ${CLIENTS} clients to each of two servers`)
    const server = await startServer()
    const floor = await startFloor()
    const rows: Cell[][] = []
    const bars: Bar[] = []
    const lines = new Map<string, Point[]>([
      ['sync', []],
      ['bare', []],
      ['ws', []],
    ])
    const add = (what: string, samples: ReadonlyMap<string, Samples>, deliveries: number) => {
      const each = (name: string) => samples.get(name)?.map((us) => us / deliveries)
      const ours = each('sync')!
      const bare = each('bare')!
      const least = each('ws')
      rows.push([
        what,
        { us: figureOf(ours) },
        { us: figureOf(bare) },
        least === undefined ? '' : { us: figureOf(least) },
        { ratio: ratioOf(ours, bare) },
        least === undefined ? '' : { ratio: ratioOf(ours, least) },
      ])
      return ratioOf(ours, bare)
    }

    for (const size of SIZES) {
      const times = DELIVERIES / size
      const samples = await measure([...server.to(`s${size}`, size), floor.contestant(size)], {
        times,
        rounds: ROUNDS,
        onRound: (round) => progress(`room of ${size}: round ${round} of ${ROUNDS}`),
      })
      for (const [name, points] of lines) {
        points.push(pointOf(size, samples.get(name)!))
      }
      const ratio = add(`${size.toLocaleString('en')} clients`, samples, size)
      if (size >= 500) {
        bars.push({ claim: `sync ÷ Socket.IO, a room of ${size}`, ratio, most: BAR })
      }
    }
    progress('small rooms, empty rooms')
    const few = { times: 500, rounds: ROUNDS }
    add('one client, in 10,000 rooms by turns', await measure(server.byTurns(), few), 1)
    add('nobody', await measure(server.to('nobody', 0), few), 1)
    floor.stop()
    await server.stop()

    return {
      title: 'A broadcast to a room',
      note:
        'CPU time of the server per event and client; per event, where there is one client or none. ' +
        'Beside it `io.to(room).emit(event, data)` to the same sockets, and the floor: bare `ws`, ' +
        'one frame made once, and written to each.',
      columns: ['room', 'sync', 'Socket.IO', 'ws', 'sync ÷ Socket.IO', 'sync ÷ ws'],
      rows,
      plot: {
        x: 'clients in the room',
        y: 'CPU time per event',
        unit: 'us',
        series: [
          { label: 'sync', points: lines.get('sync')! },
          { label: 'Socket.IO', points: lines.get('bare')! },
          { label: 'ws', points: lines.get('ws')! },
        ],
      },
      bars,
    }
  },
}

function messageIn(conversationId: string): Message {
  const text = 'The train was late, but the sun was out and nobody minded much.'
  return { id: 'm7', conversationId, text }
}

async function startServer() {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'] })
  let connected = 0
  const smallRooms = SMALL_ROOMS / CLIENTS
  io.on('connection', (socket) => {
    const place = connected++
    for (const size of SIZES) if (place < size) void socket.join(`conversation:s${size}`)
    for (let room = 0; room < smallRooms; room++) {
      void socket.join(`conversation:own${place * smallRooms + room}`)
    }
  })
  const sync = new SyncServer({ io, rules })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const members = await startRoomMembers({ port: portOf(http), count: CLIENTS })

  /** The same message by either way. */
  function pair(next: () => Message, receivers: number): Contestant[] {
    const send: Record<string, (message: Message) => void> = {
      sync: (message) => void sync.broadcast('message:edited', message),
      bare: (message) =>
        void io.to(`conversation:${message.conversationId}`).emit('message:edited', message),
    }
    return Object.entries(send).map(([name, sendOne]) => ({
      name,
      run: (times) => sendAndHear({ times, receivers, members, send: () => sendOne(next()) }),
    }))
  }

  return {
    to(conversationId: string, receivers: number) {
      const message = messageIn(conversationId)
      return pair(() => message, receivers)
    },
    byTurns() {
      const messages = Array.from({ length: SMALL_ROOMS }, (_, n) => messageIn(`own${n}`))
      let sent = 0
      return pair(() => messages[sent++ % SMALL_ROOMS]!, 1)
    },
    async stop() {
      members.stop()
      await sync.close()
      await io.close()
    },
  }
}

/** Clients of the same kind at a server that knows neither Socket.IO nor rooms. */
async function startFloor() {
  const http = createServer()
  const server = new WebSocketServer({ server: http, perMessageDeflate: false })
  const sockets: FrameSocket[] = []
  server.on('connection', (socket) => {
    sockets.push(socket as unknown as FrameSocket)
    // Enough of Engine.IO and Socket.IO for the clients to call themselves connected.
    socket.on('message', () => socket.send('40{"sid":""}'))
    socket.send('0')
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const members = await startRoomMembers({ port: portOf(http), count: CLIENTS })
  return {
    contestant(size: number): Contestant {
      const text = JSON.stringify(['message:edited', messageIn(`s${size}`)])
      const send = () => {
        const frame = frameOf(`42${text}`)
        for (const { _sender: sender } of sockets.slice(0, size)) sender.sendFrame(frame)
      }
      const hear = { members, receivers: size, send }
      return { name: 'ws', run: (times) => sendAndHear({ ...hear, times }) }
    },
    stop() {
      members.stop()
      for (const socket of server.clients) socket.terminate()
      http.close()
    },
  }
}

/* What Engine.IO uses of `ws`, too, where a packet goes to many: neither is public. */
interface FrameSocket {
  readonly _sender: { readonly sendFrame: (frame: readonly Buffer[]) => void }
}

function frameOf(text: string): readonly Buffer[] {
  const { Sender } = WebSocket as unknown as {
    readonly Sender: { frame(data: Buffer, options: object): readonly Buffer[] }
  }
  const options = { readOnly: false, mask: false, rsv1: false, opcode: 1, fin: true }
  return Sender.frame(Buffer.from(text), options)
}

interface Turn {
  readonly times: number
  readonly receivers: number
  readonly members: RoomMembers
  readonly send: () => void
}

async function sendAndHear({ times, receivers, members, send }: Turn): Promise<void> {
  for (let time = 0; time < times; time++) {
    send()
    await nextTurn()
  }
  if (receivers > 0) await members.hear(times * receivers)
}

function portOf(http: ReturnType<typeof createServer>): number {
  return (http.address() as AddressInfo).port
}
