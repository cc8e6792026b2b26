/** A socket that does not connect is told to `onError`, once per message. */

import { EventEmitter } from 'node:events'
import { defineSyncRules, type SyncError } from '@iron-stack/sync'
import { createSyncEngine, type SyncSocket } from '@iron-stack/sync/engine'
import { QueryObserver } from '@tanstack/query-core'
import { io as connectTo } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { captureConsole } from '../support/console.ts'
import { startSync } from '../support/chat-server.ts'
import { createClient } from '../support/engine.ts'
import { eventOf, startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'

const rules = defineSyncRules<{ 'note:new': { boardId: string } }>({
  'note:new': {
    room: 'board:{boardId}',
    actions: [{ procedure: ['note', 'list'], action: 'invalidate', match: 'boardId' }],
  },
})

function startOn(socket: SyncSocket, debug = false) {
  const errors: SyncError[] = []
  const queryClient = createClient()
  const onError = (error: SyncError) => errors.push(error)
  onTestFinished(createSyncEngine(queryClient, socket, rules, { onError, debug }))
  return { errors, queryClient }
}

test('one that the server refuses is told at once', async () => {
  const { io } = await startSocketServer()
  io.use((_socket, next) => next(new Error('Not signed in')))
  const address = io.httpServer.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const socket = connectTo(`http://127.0.0.1:${port}`, { transports: ['websocket'] })
  onTestFinished(() => void socket.disconnect())
  const { errors } = startOn(socket)
  await until(() => expect(errors).toHaveLength(1))
  expect(errors).toMatchObject([{ code: 'not-connected', subject: 'Not signed in' }])
  expect(errors[0]?.message).toContain('The server refused the connection: Not signed in.')
  const again = eventOf(socket, 'connect_error')
  socket.connect()
  await again
  expect(errors).toHaveLength(1)
})

test('one that can not reach its server is told after five attempts in a row', () => {
  const socket = Object.assign(new EventEmitter(), { active: true })
  const { errors } = startOn(socket)
  const fail = (times: number) => {
    for (let n = 0; n < times; n++) socket.emit('connect_error', new Error('xhr poll error'))
  }
  fail(4)
  socket.emit('connect')
  fail(4)
  expect(errors).toEqual([])
  fail(3)
  expect(errors).toMatchObject([{ code: 'not-connected', subject: 'xhr poll error' }])
  expect(errors[0]?.remedy).toContain('It tries again by itself.')
})

test('with `debug`, a room that is refused is printed', async () => {
  const printed = captureConsole('log')
  const server = await startSocketServer()
  startSync({ io: server.io })
  const { queryClient } = startOn(await server.connect('ada'), true)
  const observer = new QueryObserver(queryClient, {
    queryKey: [['note', 'list'], { input: { boardId: 'b1' }, type: 'query' }],
    queryFn: () => [],
  })
  onTestFinished(observer.subscribe(() => {}))
  await until(() =>
    expect(printed).toContain(
      '[sync] board:b1: refused. Is there `rooms` or `authorize` for it?',
    ),
  )
})
