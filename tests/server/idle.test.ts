/** What sockets have in common, so that thousands that do nothing take little: counted, not timed. */

import { createManualClock } from '@iron-stack/sync/testing'
import type { Socket as ServerSocket } from 'socket.io'
import { expect, test } from 'vitest'
import { PROBE } from '../../src/control.ts'
import { HELLO, joined, startSync } from '../support/chat-server.ts'
import { eventOf, startSocketServer, type TestServer } from '../support/socket-io.ts'
import { startBareClient } from './support/bare-client.ts'

async function settle(server: TestServer, ...userIds: string[]): Promise<ServerSocket[]> {
  const clients = await Promise.all(userIds.map((userId) => startBareClient(server, userId)))
  await Promise.all(clients.map((client) => client.settled()))
  return clients.map(({ socket }) => server.io.sockets.sockets.get(socket.id ?? '')!)
}

test('all sockets have the very same listeners', async () => {
  const server = await startSocketServer()
  startSync({ io: server.io, rooms: () => ['c1'] })
  const [ada, bob] = await settle(server, 'ada', 'bob')
  expect(ada!.eventNames()).toEqual(['error', 'disconnect'])
  expect(ada!.listenersAny()).toHaveLength(1)
  for (const listeners of [
    (socket: ServerSocket) => socket.listeners('disconnect'),
    (socket: ServerSocket) => socket.listenersAny(),
  ]) {
    expect(listeners(bob!)).toEqual(listeners(ada!))
    expect(listeners(bob!)[0]).toBe(listeners(ada!)[0])
  }
})

test('an application takes its own away by name; without one, it takes ours too', async () => {
  const server = await startSocketServer()
  startSync({ io: server.io, rooms: () => ['c1'] })
  const client = await startBareClient(server, 'ada')
  const socket = server.io.sockets.sockets.get(client.socket.id ?? '')!
  const own = () => {}
  socket.onAny(own)
  socket.offAny(own)
  expect(await client.probe()).toMatchObject({ n: expect.any(Number) })
  socket.offAny()
  await expect(client.socket.timeout(200).emitWithAck(PROBE)).rejects.toThrow('timed out')
})

test('they are taken off when the server closes', async () => {
  const server = await startSocketServer()
  const { sync } = startSync({ io: server.io, rooms: () => ['c1'] })
  const [ada] = await settle(server, 'ada')
  await sync.close()
  expect(ada!.eventNames()).toEqual(['error'])
  expect(ada!.listenersAny()).toEqual([])
})

test('settled sockets have one timer between them', async () => {
  const server = await startSocketServer()
  const clock = createManualClock()
  startSync({ io: server.io, clock, rooms: () => ['c1'] })
  await settle(server, 'ada', 'bob', 'eve')
  expect(clock.pending).toBe(1)
})

test('an event is made into text no more often for many than for one', async () => {
  const { io, connect } = await startSocketServer()
  const { sync } = startSync({ io, rooms: () => ['c1'] })
  let times = 0
  const message = {
    ...HELLO,
    toJSON() {
      times++
      return HELLO
    },
  }
  async function timesWith(userId: string): Promise<number> {
    const socket = await connect(userId)
    await joined(io, 'c1', socket)
    const received = eventOf(socket, 'message:new')
    times = 0
    await sync.broadcast('message:new', message)
    await received
    return times
  }
  const forOne = await timesWith('ada')
  expect(forOne).toBeGreaterThan(0)
  await timesWith('bob')
  expect(await timesWith('eve')).toBe(forOne)
})
