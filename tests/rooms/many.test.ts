/** Many rooms, and many clients at once, over real sockets: bounded messages, and all live. */

import { QueryClient } from '@tanstack/query-core'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { SyncServer } from '@iron-stack/sync/server'
import type { Socket } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { startSocketServer } from '../support/socket-io.ts'
import { rules, type Events } from './support.ts'

interface Client {
  readonly socket: Socket
  readonly live: () => Promise<void>
  /** The most notes that came in one message. */
  readonly largest: () => number
}

function follow(socket: Socket): Client {
  let largest = 0
  let status = 'connecting'
  let told = () => {}
  const stop = createSyncEngine(new QueryClient(), socket, rules, {
    onStatus(now) {
      status = now
      told()
    },
  })
  socket.on('sync:rooms', (notes: unknown[]) => {
    largest = Math.max(largest, notes.length)
  })
  onTestFinished(stop)
  const live = () =>
    new Promise<void>((resolve) => {
      told = () => {
        if (status === 'live') resolve()
      }
      told()
    })
  return { socket, live, largest: () => largest }
}

test('one user in 10,000 rooms is told of them in bounded messages, and again after a cut', async () => {
  const { io, connect } = await startSocketServer()
  const rooms = Array.from({ length: 10_000 }, (_, n) => `conversation:${n}`)
  const sync = new SyncServer<Events>({ io, rules, rooms: () => rooms })
  onTestFinished(() => sync.close())
  const { socket, live, largest } = follow(await connect('ada'))
  await live()
  expect(io.of('/').adapter.rooms.size).toBeGreaterThan(10_000)
  let disconnects = 0
  socket.on('disconnect', () => disconnects++)
  socket.disconnect()
  const back = live()
  socket.connect()
  await back
  expect(largest()).toBeLessThanOrEqual(500)
  expect(disconnects).toBe(1)
}, 20_000)

test('200 clients that come back at once are all live, and none is thrown out again', async () => {
  const { io, connect } = await startSocketServer()
  const rooms = Array.from({ length: 20 }, (_, n) => `conversation:${n}`)
  const sync = new SyncServer<Events>({ io, rules, rooms: () => rooms })
  onTestFinished(() => sync.close())
  const clients = await Promise.all(
    Array.from({ length: 200 }, async (_, n) => follow(await connect(`user${n}`))),
  )
  await Promise.all(clients.map(({ live }) => live()))
  let disconnects = 0
  for (const { socket } of clients) {
    socket.on('disconnect', () => disconnects++)
    socket.disconnect()
  }
  for (let n = 0; n < 50; n++) {
    void sync.broadcast('message:new', { id: n, conversationId: String(n % 3) })
  }
  const back = clients.map(({ live }) => live())
  for (const { socket } of clients) socket.connect()
  await Promise.all(back)
  expect(disconnects).toBe(200)
}, 20_000)
