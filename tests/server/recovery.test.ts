/** Socket.IO's own connection state recovery, which an application may have asked for. */

import type { Server } from 'socket.io'
import { SessionAwareAdapter } from 'socket.io-adapter'
import { expect, test } from 'vitest'
import { HELLO, startSync } from '../support/chat-server.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { startBareClient, type BareClient } from './support/bare-client.ts'

/** Breaks the connection as a network does, not by saying goodbye, and waits until it is seen. */
async function breakConnection({ socket }: BareClient, io: Server): Promise<void> {
  const disconnected = until(() => expect(socket.connected).toBe(false))
  socket.io.engine.close()
  await disconnected
  await until(() => expect(io.of('/').sockets.size).toBe(0))
}

async function startRecovering() {
  const server = await startSocketServer({ connectionStateRecovery: {} })
  const chat = startSync({ io: server.io, rooms: () => [] })
  return { ...server, ...chat, client: (userId: string) => startBareClient(server, userId) }
}

test('without a SyncServer, recovery sends what was said in a room after leaving it', async () => {
  // What the other tests of this file are about: were it otherwise, they would prove nothing.
  const { io, connect } = await startSocketServer({ connectionStateRecovery: {} })
  const ada = await connect('ada')
  const heard: unknown[] = []
  ada.onAny((event: string) => heard.push(event))
  io.socketsJoin('c1')
  io.to('c1').emit('before')
  await until(() => expect(heard).toEqual(['before']))
  ada.io.engine.close()
  await until(() => expect(io.of('/').sockets.size).toBe(0))
  io.to('c1').emit('while away')
  await until(() => expect(heard).toEqual(['before', 'while away']))
  expect(ada.recovered).toBe(true)
})

test('who is thrown out while offline is sent nothing of the room when it comes back', async () => {
  const { io, sync, client } = await startRecovering()
  const ada = await client('ada')
  await sync.joinRoom('c1', ['ada'])
  await sync.broadcast('message:new', HELLO)
  await until(() => expect(ada.of('message:new')).toHaveLength(1))
  await breakConnection(ada, io)
  await sync.leaveRoom('c1', ['ada'])
  await sync.broadcast('message:new', { ...HELLO, id: 'm2' })
  await until(() => expect(ada.hellos()).toHaveLength(2))
  await sync.broadcast('message:new', { ...HELLO, id: 'm3' })
  await ada.flush()
  expect(ada.of('message:new')).toHaveLength(1)
  expect(ada.socket.recovered).toBe(false)
  expect(io.of('/').adapter.rooms.has('c1')).toBe(false)
})

test('events carry nothing behind their meta', async () => {
  const { sync, client } = await startRecovering()
  const ada = await client('ada')
  await sync.joinRoom('c1', ['ada'])
  await sync.broadcast('message:new', HELLO)
  await until(() => expect(ada.of('message:new')).toHaveLength(1))
  expect(ada.of('message:new')[0]).toEqual(['message:new', HELLO, expect.any(Object)])
})

test('nothing is kept for it', async () => {
  const { io, sync, client } = await startRecovering()
  const ada = await client('ada')
  await sync.joinRoom('c1', ['ada'])
  await sync.broadcast('message:new', HELLO)
  await breakConnection(ada, io)
  // Private: what the adapter keeps is what this is about.
  const adapter = io.of('/').adapter as unknown as {
    packets: unknown[]
    sessions: Map<string, unknown>
  }
  expect(adapter).toBeInstanceOf(SessionAwareAdapter)
  expect(adapter.packets).toEqual([])
  expect(adapter.sessions.size).toBe(0)
})

test('it is reported once, with what to do', async () => {
  const { errors, client } = await startRecovering()
  await client('ada')
  await client('bob')
  expect(errors.map(({ code, message }) => [code, message])).toEqual([
    [
      'recovery-disabled',
      "Socket.IO's connectionStateRecovery is on; SyncServer has switched it off here. " +
        'Leave the option out: clients resume from the log of their rooms.',
    ],
  ])
})

test('an adapter that is set later is seen to as well', async () => {
  const { io, errors, client } = await startRecovering()
  class LaterAdapter extends SessionAwareAdapter {}
  io.adapter(LaterAdapter)
  await client('ada')
  const adapter = io.of('/').adapter as unknown as { packets: unknown[] }
  expect(adapter).toBeInstanceOf(LaterAdapter)
  io.emit('anything')
  expect(adapter.packets).toEqual([])
  expect(errors).toHaveLength(1)
})

test('a namespace without a SyncServer keeps its recovery', async () => {
  const { io, connect } = await startRecovering()
  io.of('/other')
  await connect('ada', '/other')
  io.of('/other').emit('kept')
  const adapter = io.of('/other').adapter as unknown as { packets: unknown[] }
  expect(adapter.packets).toHaveLength(1)
})
