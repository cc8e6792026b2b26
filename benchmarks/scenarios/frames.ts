/**
 * Several events for one room in one turn of the event loop: what a delivery costs the server, beside
 * the bare Socket.IO call. One room's clients have engines, and so unpack frames; the other's are plain.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SyncServer } from '@iron-stack/sync/server'
import { Server } from 'socket.io'
import { figureOf, measure, ratioOf, type Contestant, type Figure } from '../harness.ts'
import type { Bar, Cell, Scenario } from '../scenario.ts'
import { rules, type Events, type Message } from '../support/chat-cache.ts'
import { startRoomMembers, type RoomMembers } from '../support/room-members.ts'

const ROOMS = [
  { members: 50, perTurn: [1, 10, 100], rows: 0 },
  { members: 500, perTurn: [10], rows: 0 },
  { members: 10, perTurn: [], rows: 5000 },
]
/** About how many a sample takes, and how many samples of each. */
const DELIVERIES = 10_000
const ROUNDS = 9
/** Code that has just been loaded is slow. */
const WARM_UPS = 4

/** A third of what a bare delivery costs, at so many events a turn. */
const BAR = { members: 50, events: 10, most: 0.33 }

export const frames: Scenario = {
  name: 'frames',

  async run(progress) {
    const rows: Cell[][] = []
    const bars: Bar[] = []
    const drawn: Record<string, (Figure & { readonly size: number })[]> = {}
    for (const { members, perTurn, rows: many } of ROOMS) {
      const room = await startRooms(members)
      for (const events of perTurn) {
        progress(`${members} members, ${events} events a turn`)
        const { cells, figuresOf, ratio } = await room.compare(events)
        if (members === BAR.members) {
          for (const [label, figure] of Object.entries(figuresOf)) {
            ;(drawn[label] ??= []).push({ size: events, ...figure })
          }
        }
        rows.push([String(members), `${events} a turn`, ...cells])
        if (members === BAR.members && events === BAR.events) {
          bars.push({ claim: `${events} events a turn`, ratio, most: BAR.most })
        }
      }
      if (many > 0) {
        progress(`${members} members, ${many} rows at once`)
        rows.push([String(members), `${many} rows at once`, ...(await room.compareMany(many))])
      }
      await room.stop()
    }
    return {
      title: 'Many events in one turn',
      note:
        'CPU time of the server per event and client, until all have arrived. Ours goes to clients ' +
        'that unpack frames, and to plain ones; `io.to(room).emit` to plain ones.',
      columns: [
        'members',
        'events',
        'sync, frames',
        'sync, plain',
        'io.to().emit',
        'frames/emit',
      ],
      rows,
      plot: {
        x: 'events a turn',
        y: 'CPU time of the server per event and client',
        unit: 'us',
        series: Object.entries(drawn).map(([label, points]) => ({ label, points })),
      },
      bars,
    }
  },
}

const messageOf = (conversationId: string): Message => ({
  id: 'c0-7',
  conversationId,
  text: 'The train was late, but the sun was out and nobody minded much.',
})
const FRAMED = messageOf('framed')
const PLAIN = messageOf('plain')

async function startRooms(count: number) {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'] })
  const sync = new SyncServer<Events>({ io, rules, maxBufferedBytes: Infinity })
  io.on('connection', (socket) => void socket.join(String(socket.handshake.query['room'])))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const framed = await startRoomMembers({
    port,
    count,
    room: 'conversation:framed',
    engines: true,
  })
  const plain = await startRoomMembers({ port, count, room: 'conversation:plain' })

  /** One turn after the other, until all is heard. */
  async function turnsOf(
    times: number,
    members: RoomMembers,
    events: number,
    turn: () => void,
  ) {
    for (let time = 0; time < times; time++) {
      turn()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await members.hear(times * events * count)
  }

  async function figures(
    times: number,
    events: number,
    turns: { framed: () => void; plain: () => void; bare: () => void },
  ): Promise<{ cells: Cell[]; figuresOf: Record<string, Figure>; ratio: Figure }> {
    const contestants: Contestant[] = [
      { name: 'framed', run: (n) => turnsOf(n, framed, events, turns.framed) },
      { name: 'plain', run: (n) => turnsOf(n, plain, events, turns.plain) },
      { name: 'bare', run: (n) => turnsOf(n, plain, events, turns.bare) },
    ]
    for (let time = 0; time < WARM_UPS; time++) {
      for (const { run } of contestants) await run(times)
    }
    const samples = await measure(contestants, { times, rounds: ROUNDS })
    const per = (name: string) => samples.get(name)!.map((us) => us / events / count)
    const ratio = ratioOf(per('framed'), per('bare'))
    const figuresOf = {
      'sync, frames': figureOf(per('framed')),
      'sync, plain': figureOf(per('plain')),
      'io.to().emit': figureOf(per('bare')),
    }
    const cells = Object.values(figuresOf).map((us) => ({ us }))
    return { cells: [...cells, { ratio }], figuresOf, ratio }
  }

  return {
    compare(events: number) {
      const times = Math.max(1, Math.round(DELIVERIES / count / events))
      const send = (one: () => void) => () => {
        for (let event = 0; event < events; event++) one()
      }
      return figures(times, events, {
        framed: send(() => void sync.broadcast('message:edited', FRAMED)),
        plain: send(() => void sync.broadcast('message:edited', PLAIN)),
        bare: send(() => io.to('conversation:plain').emit('message:edited', PLAIN)),
      })
    },

    async compareMany(length: number): Promise<Cell[]> {
      const framedRows = Array.from({ length }, () => FRAMED)
      const plainRows = Array.from({ length }, () => PLAIN)
      const { cells } = await figures(1, length, {
        framed: () => void sync.broadcastMany('message:edited', framedRows),
        plain: () => void sync.broadcastMany('message:edited', plainRows),
        bare() {
          for (const row of plainRows) io.to('conversation:plain').emit('message:edited', row)
        },
      })
      return cells
    },

    async stop() {
      framed.stop()
      plain.stop()
      await sync.close({ drainTimeoutMs: 100 })
      await io.close()
    },
  }
}
