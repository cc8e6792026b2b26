/** Events and memberships from a process that has no sockets. */

import { defineSyncRules, type SyncError } from '@iron-stack/sync'
import { createSyncEmitter, memoryLog } from '@iron-stack/sync/server'
import { createMemoryHub } from '@iron-stack/sync/testing'
import { expect, test } from 'vitest'
import { chatRules, HELLO, startSync, type ChatEvents } from '../support/chat-server.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { startBareClient } from './support/bare-client.ts'

async function start() {
  const hub = createMemoryHub()
  const server = await startSocketServer()
  startSync({ io: server.io, log: hub.join('server') })
  const errors: SyncError[] = []
  const emitter = createSyncEmitter<ChatEvents>({
    rules: chatRules,
    log: hub.join('worker'),
    onError: (error) => errors.push(error),
  })
  return { ...server, emitter, errors, isInUse: (room: string) => roomsOf(server).has(room) }
}

const roomsOf = ({ io }: Awaited<ReturnType<typeof startSocketServer>>) =>
  io.of('/').adapter.rooms

test('a worker broadcasts to the sockets of all servers, one event or many', async () => {
  const { io, emitter } = await start()
  const bob = await startBareClient({ io }, 'bob')
  await emitter.joinRoom('c1', ['bob'])
  await emitter.broadcast('message:new', HELLO)
  await emitter.broadcastMany(
    'message:new',
    ['m2', 'm3'].map((id) => ({ id, conversationId: 'c1' })),
  )
  await until(() => expect(bob.of('message:new')).toHaveLength(3))
  expect(bob.of('message:new').map(([, data]) => (data as typeof HELLO).id)).toEqual([
    'm1',
    'm2',
    'm3',
  ])
})

test('a worker lets users into rooms and throws them out, and knows when that took effect', async () => {
  const { connect, emitter, isInUse } = await start()
  await connect('bob')
  await emitter.joinRoom('c1', ['bob'])
  expect(isInUse('c1')).toBe(true)
  await emitter.leaveRoom('c1', ['bob'])
  expect(isInUse('c1')).toBe(false)
})

test('of many events, none is sent where one has no room', async () => {
  const { io, emitter, errors } = await start()
  const bob = await startBareClient({ io }, 'bob')
  await emitter.joinRoom('c1', ['bob'])
  const nowhere = { id: 'm2', conversationId: '' }
  await expect(emitter.broadcastMany('message:new', [HELLO, nowhere])).rejects.toMatchObject({
    code: 'room-failed',
  })
  expect(errors.map(({ code }) => code)).toEqual(['room-failed'])
  await emitter.broadcast('message:new', { id: 'last', conversationId: 'c1' })
  await until(() => expect(bob.of('message:new')).toHaveLength(1))
})

test('what is volatile needs a server, and says so', async () => {
  const { emitter } = createTyping()
  await expect(emitter.broadcast('typing', { room: 'c1' })).rejects.toMatchObject({
    code: 'needs-server',
  })
})

test('a log of one process is refused: no server would hear of its events', () => {
  expect(() => createSyncEmitter({ rules: chatRules, log: memoryLog() })).toThrow(
    'in one process',
  )
})

test('a failure that nobody awaits is told to onError, and is no unhandled rejection', async () => {
  const { emitter, errors } = createTyping()
  void emitter.broadcast('typing', { room: 'c1' })
  await until(() => expect(errors.map(({ code }) => code)).toEqual(['needs-server']))
})

function createTyping() {
  const errors: SyncError[] = []
  const rules = defineSyncRules<{ typing: { room: string } }>({
    typing: { room: '{room}', volatile: true, actions: [] },
  })
  const emitter = createSyncEmitter({
    rules,
    log: createMemoryHub().join(),
    onError: (error) => errors.push(error),
  })
  return { emitter, errors }
}
