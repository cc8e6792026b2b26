/**
 * A broadcast to a room of real clients, beside the bare Socket.IO call it makes. The clients
 * live in another process, so that the CPU time measured is the server's.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SyncServer } from '@iron-stack/sync/server'
import { Server } from 'socket.io'
import { figureOf, measure, ratioOf } from '../harness.ts'
import type { Scenario } from '../scenario.ts'
import { rules, type Message } from '../support/chat-cache.ts'
import { startRoomMembers } from '../support/room-members.ts'

const MEMBERS = 50
const EVENTS_PER_TURN = 200
const MESSAGE: Message = {
  id: 'c0-7',
  conversationId: 'c0',
  text: 'The train was late, but the sun was out and nobody minded much.',
}

export const broadcast: Scenario = {
  name: 'broadcast',

  async run(progress) {
    progress(`connecting ${MEMBERS} clients`)
    const http = createServer()
    const io = new Server(http, { transports: ['websocket'] })
    io.on('connection', (socket) => void socket.join('conversation:c0'))
    const sync = new SyncServer({ io, rules })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const { port } = http.address() as AddressInfo
    const members = await startRoomMembers({ port, count: MEMBERS })

    const everyoneHears = (times: number) => members.hear(times * MEMBERS)
    const samples = await measure(
      [
        {
          name: 'sync',
          async run(times) {
            for (let time = 0; time < times; time++)
              void sync.broadcast('message:edited', MESSAGE)
            await everyoneHears(times)
          },
        },
        {
          name: 'bare',
          async run(times) {
            for (let time = 0; time < times; time++) {
              io.to('conversation:c0').emit('message:edited', MESSAGE)
            }
            await everyoneHears(times)
          },
        },
      ],
      {
        times: EVENTS_PER_TURN,
        onRound: (round, rounds) => progress(`round ${round} of ${rounds}`),
      },
    )
    members.stop()
    await io.close()

    const perDelivery = (name: string) => samples.get(name)!.map((us) => us / MEMBERS)
    const ours = perDelivery('sync')
    const bare = perDelivery('bare')
    return {
      title: `A broadcast to a room of ${MEMBERS} clients`,
      note:
        `CPU time of the server per event and client, ${EVENTS_PER_TURN} events at a time, until ` +
        'all have arrived. Beside it `io.to(room).emit(event, data)`.',
      columns: ['sync.broadcast', 'io.to().emit', 'ratio'],
      rows: [[{ us: figureOf(ours) }, { us: figureOf(bare) }, { ratio: ratioOf(ours, bare) }]],
    }
  },
}
