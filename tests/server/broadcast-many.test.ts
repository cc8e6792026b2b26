/** broadcastMany: one event for each row, all of them or none. */

import { defineSyncRules } from '@iron-stack/sync'
import { memoryLog, SyncServer, type EventLog } from '@iron-stack/sync/server'
import { expect, test } from 'vitest'
import {
  autoJoin,
  joined,
  recordEvents,
  startSync,
  type ChatEvents,
} from '../support/chat-server.ts'
import { captureConsole } from '../support/console.ts'
import { watchRejections } from '../support/rejections.ts'
import { startSocketServer } from '../support/socket-io.ts'

const ROOMS: Record<string, string[]> = { ada: ['c1'], bob: ['c2'], eve: ['c1', 'c2'] }

const message = (id: string, conversationId: string) => ({ id, conversationId })

/** A log that counts its appends; it answers later where `isSlow`. */
function countingLog(isSlow = false): { log: EventLog; appends: number[] } {
  const inner = memoryLog()
  const appends: number[] = []
  const log: EventLog = {
    ...inner,
    append(events) {
      appends.push(events.length)
      const appended = inner.append(events)
      return isSlow ? Promise.resolve(appended) : appended
    },
  }
  return { log, appends }
}

async function startChat(log?: EventLog) {
  const server = await startSocketServer()
  const chat = startSync({ io: server.io, log })
  autoJoin(chat.sync, server.io, (userId) => ROOMS[userId] ?? [])
  return {
    ...server,
    ...chat,
    join: async (userId: string) => {
      const socket = await server.connect(userId)
      for (const room of ROOMS[userId] ?? []) await joined(server.io, room, socket)
      return { socket, events: recordEvents(socket) }
    },
  }
}

const ROWS = [message('m1', 'c1'), message('m2', 'c2'), message('m3', 'c1')]

test.each([
  ['at once', false],
  ['later', true],
])(
  'each row goes to its room, in the order of the rows, where the log answers %s',
  async (_, isSlow) => {
    const { io, join, sync } = await startChat(countingLog(isSlow).log)
    const [ada, bob, eve] = [await join('ada'), await join('bob'), await join('eve')]
    await sync.broadcastMany('message:new', ROWS)
    expect(await ada.events.sent(io)).toEqual([
      ['message:new', message('m1', 'c1')],
      ['message:new', message('m3', 'c1')],
    ])
    expect(await bob.events.sent(io)).toEqual([['message:new', message('m2', 'c2')]])
    expect(await eve.events.sent(io)).toEqual([
      ['message:new', message('m1', 'c1')],
      ['message:new', message('m2', 'c2')],
      ['message:new', message('m3', 'c1')],
    ])
  },
)

test('all rows are appended to the log in one step', async () => {
  const { log, appends } = countingLog()
  const { sync } = await startChat(log)
  await sync.broadcastMany('message:new', ROWS)
  expect(appends).toEqual([3])
})

test('a row of several rooms reaches a member of both once', async () => {
  const { io, join, sync } = await startChat()
  const eve = await join('eve')
  const moved = { id: 'm1', from: 'c1', to: 'c2' }
  await sync.broadcastMany('message:moved', [moved, { ...moved, id: 'm2' }])
  expect(await eve.events.sent(io)).toEqual([
    ['message:moved', moved],
    ['message:moved', { ...moved, id: 'm2' }],
  ])
})

test('without rows nothing is sent, appended or refused', async () => {
  const { log, appends } = countingLog()
  const { errors, io, join, sync } = await startChat(log)
  const ada = await join('ada')
  await sync.broadcastMany('message:new', [])
  expect(await ada.events.sent(io)).toEqual([])
  expect([appends, errors]).toEqual([[], []])
})

test('a row without a room keeps all of them from being sent, and the error says which', async () => {
  const { log, appends } = countingLog()
  const { errors, io, join, sync } = await startChat(log)
  const ada = await join('ada')
  const rows = [message('m1', 'c1'), message('m2', ''), message('m3', 'c1')]
  await expect(sync.broadcastMany('message:new', rows)).rejects.toMatchObject({
    code: 'room-failed',
    subject: 'message:new',
    message:
      'None of the rows was sent, because of rows[1]. The `room` of sync rule "message:new" ' +
      'returned something that is not a room name; the event was not sent. ' +
      'Check that the data passed to broadcast() has what `room` reads.',
  })
  expect(errors).toHaveLength(1)
  expect(await ada.events.sent(io)).toEqual([])
  expect(appends).toEqual([])
})

test('a row that the log cannot take keeps all of them from being sent', async () => {
  const { errors, io, join, sync } = await startChat()
  const ada = await join('ada')
  const circular: Record<string, unknown> = { ...message('m2', 'c1') }
  circular['self'] = circular
  const rows = [message('m1', 'c1'), circular as unknown as ChatEvents['message:new']]
  await expect(sync.broadcastMany('message:new', rows)).rejects.toMatchObject({
    code: 'delivery-failed',
  })
  expect(errors).toHaveLength(1)
  expect(await ada.events.sent(io)).toEqual([])
})

test('a failure that nobody awaits makes no unhandled rejection, and is told once', async () => {
  const rejections = watchRejections()
  const { errors, sync } = await startChat()
  const unknown = 'message:old' as keyof ChatEvents
  void sync.broadcastMany(unknown, ROWS)
  void sync.close()
  void sync.broadcastMany('message:new', ROWS)
  expect(await rejections.reasons()).toEqual([])
  expect(errors.map(({ code }) => code)).toEqual(['unknown-event', 'closed'])
})

test('volatile rows are sent, and not kept', async () => {
  const { io, connect } = await startSocketServer()
  const { log, appends } = countingLog()
  const rules = defineSyncRules<{ 'typing:in': { readonly who: string } }>({
    'typing:in': { room: 'lobby', volatile: true, actions: [] },
  })
  const sync = new SyncServer({ io, rules, log, rooms: () => ['lobby'] })
  const socket = await connect('ada')
  await joined(io, 'lobby', socket)
  const events = recordEvents(socket)
  await sync.broadcastMany('typing:in', [{ who: 'bob' }, { who: 'eve' }])
  // A volatile event that the transport has no place for is dropped: Socket.IO's own meaning.
  expect((await events.sent(io))[0]).toEqual(['typing:in', { who: 'bob' }])
  expect(appends).toEqual([])
})

test('with `debug` one line tells of all rows', async () => {
  const printed = captureConsole('log')
  const { io, connect } = await startSocketServer()
  const { sync } = startSync({ io, debug: true })
  await connect('ada')
  await sync.joinRoom('c1', ['ada'])
  await sync.broadcastMany('message:new', ROWS)
  expect(printed).toEqual(['[sync] 3 × message:new → c1, c2: 1 socket'])
})
