/**
 * Everybody comes back at once, each to many rooms of which a few have gone on. Server and clients
 * share one process and its two cores' worth of noise: what counts is that it ends, and how much is
 * said for it.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { QueryClient } from '@tanstack/query-core'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { SyncServer } from '@iron-stack/sync/server'
import { Server } from 'socket.io'
import { io as connectTo, type Socket } from 'socket.io-client'
import type { Scenario } from '../scenario.ts'
import { rulesByField as rules } from '../support/chat-cache.ts'

interface Crowd {
  readonly clients: number
  readonly rooms: number
  /** Events missed, in each of this many rooms. */
  readonly missed: number
  readonly missedRooms: number
}

const CROWDS: readonly Crowd[] = [
  { clients: 100, rooms: 20, missed: 50, missedRooms: 3 },
  { clients: 1000, rooms: 20, missed: 50, missedRooms: 3 },
  { clients: 1, rooms: 1000, missed: 50, missedRooms: 3 },
  { clients: 1, rooms: 10_000, missed: 50, missedRooms: 3 },
]

export const reconnect: Scenario = {
  name: 'reconnect',

  async run(progress) {
    const rows: string[][] = []
    for (const crowd of CROWDS) {
      progress(`${crowd.clients} clients, ${crowd.rooms} rooms each`)
      rows.push(await comeBack(crowd))
    }
    return {
      title: 'All clients connect again at once, after 50 events in 3 of their rooms',
      note:
        'Time from the first connect until the last client is live, and what one client received ' +
        'for it. Each looks at the three rooms, so that the events are replayed. All in one process.',
      columns: ['clients', 'rooms each', 'all live after', 'packets', 'kB', 'disconnects'],
      rows,
    }
  },
}

async function comeBack({ clients, rooms, missed, missedRooms }: Crowd): Promise<string[]> {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'] })
  const names = Array.from({ length: rooms }, (_, n) => `conversation:c${n}`)
  io.use((socket, next) => {
    socket.data.userId = socket.id
    next()
  })
  const sync = new SyncServer({ io, rules, rooms: () => names })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const crowd = Array.from({ length: clients }, () => follow(port, missedRooms))
  await Promise.all(crowd.map(({ live }) => live()))
  for (const { socket } of crowd) socket.disconnect()
  for (let n = 0; n < missed * missedRooms; n++) {
    const conversationId = `c${n % missedRooms}`
    void sync.broadcast('message:edited', { id: `${n}`, conversationId, text: 'Gone on.' })
  }
  const startedAt = performance.now()
  for (const { reset, socket } of crowd) {
    reset()
    socket.connect()
  }
  await Promise.all(crowd.map(({ live }) => live()))
  const took = performance.now() - startedAt
  const { packets, bytes } = crowd[0]!.received()
  const disconnects = crowd.reduce((sum, each) => sum + each.disconnects(), 0)
  for (const { stop } of crowd) stop()
  await sync.close()
  await io.close()
  return [
    clients.toLocaleString('en'),
    rooms.toLocaleString('en'),
    `${Math.round(took)} ms`,
    String(packets),
    (bytes / 1000).toFixed(1),
    String(disconnects),
  ]
}

interface Follower {
  readonly socket: Socket
  readonly live: () => Promise<void>
  /** Counts from here. */
  readonly reset: () => void
  readonly received: () => { readonly packets: number; readonly bytes: number }
  readonly disconnects: () => number
  readonly stop: () => void
}

function follow(port: number, looksAt: number): Follower {
  const socket: Socket = connectTo(`http://127.0.0.1:${port}`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  })
  const queryClient = new QueryClient()
  for (let n = 0; n < looksAt; n++) {
    const queryKey = [
      ['message', 'list'],
      { input: { conversationId: `c${n}` }, type: 'infinite' },
    ]
    queryClient.setQueryData(queryKey, { pages: [{ items: [] }], pageParams: [null] })
  }
  let status = ''
  let told: (() => void) | undefined
  let packets = 0
  let bytes = 0
  let disconnects = 0
  const stop = createSyncEngine(queryClient, socket, rules, {
    onStatus(now) {
      status = now
      told?.()
    },
  })
  socket.on('disconnect', () => disconnects++)
  socket.on('connect', () => {
    socket.io.engine.on('packet', ({ data }: { data?: unknown }) => {
      packets++
      bytes += typeof data === 'string' ? data.length : 0
    })
  })
  return {
    socket,
    stop() {
      stop()
      socket.disconnect()
      queryClient.clear()
    },
    live: () =>
      new Promise<void>((resolve) => {
        told = () => {
          if (status === 'live') resolve()
        }
        told?.()
      }),
    reset() {
      packets = 0
      bytes = 0
      disconnects = 0
    },
    received: () => ({ packets, bytes }),
    disconnects: () => disconnects,
  }
}
