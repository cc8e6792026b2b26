/** A connection that dies, over a real Socket.IO server: each room gets what it missed. */

import { QueryClient } from '@tanstack/query-core'
import { createSyncEngine, type SyncReport, type SyncStatus } from '@iron-stack/sync/engine'
import { memoryLog, SyncServer } from '@iron-stack/sync/server'
import type { Socket } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { createApi, idsOf, rules, type Events, type Message } from './support.ts'

async function start() {
  const { io, connect } = await startSocketServer()
  const asked: string[][] = []
  const log = memoryLog({ maxEventsPerRoom: 10 })
  const sync = new SyncServer<Events>({
    io,
    rules,
    log,
    async authorize(_, rooms) {
      asked.push([...rooms])
      await new Promise((resolve) => setTimeout(resolve, 500))
      return rooms
    },
  })
  const api = createApi()
  const socket = await connect('ada')
  socket.io.reconnectionDelay(20)
  const queryClient = new QueryClient()
  const statuses: SyncStatus[] = []
  const reports: SyncReport[] = []
  const stop = createSyncEngine(queryClient, socket, rules, {
    // A tenth of a second: what several rooms owe comes together.
    random: () => 0.05,
    onStatus: (status) => statuses.push(status),
    onEvent: (report) => reports.push(report),
  })
  onTestFinished(() => {
    stop()
    queryClient.clear()
    void sync.close()
  })
  const say = async (conversationId: string, id: number) => {
    const message: Message = { id, conversationId }
    api.rows.set(conversationId, [...(api.rows.get(conversationId) ?? []), message])
    await sync.broadcast('message:new', message)
  }
  return { io, sync, log, api, socket, queryClient, statuses, reports, asked, say }
}

/** Ends the connection as a network does that is gone: no close frame. */
async function cut(socket: Socket, io: { sockets: { sockets: Map<string, unknown> } }) {
  const { transport } = socket.io.engine as unknown as {
    transport: { ws: { terminate: () => void } }
  }
  transport.ws.terminate()
  await until(() => expect(io.sockets.sockets.size).toBe(0))
}

const range = (count: number, from = 1) => Array.from({ length: count }, (_, n) => n + from)

test('what was missed is replayed once, what is lost is refetched once, the rest is left alone', async () => {
  const { io, log, api, socket, queryClient, statuses, reports, asked, say } = await start()
  for (const room of ['a', 'b', 'c']) api.look(queryClient, room)
  await until(() => expect(reports.filter(({ room }) => room !== 'user:ada')).toHaveLength(3))
  await until(() => expect(statuses.at(-1)).toBe('live'))
  reports.length = 0

  await cut(socket, io)
  for (const id of range(5)) await say('a', id)
  for (const id of range(12)) await say('b', id)
  await until(() => expect(asked).toHaveLength(2))
  await say('a', 6)

  await until(() => expect(reports.map(({ room }) => room)).toContain('conversation:c'))
  await until(() => expect(idsOf(queryClient, 'a')).toEqual(range(6)))
  await until(() => expect(idsOf(queryClient, 'b')).toEqual(range(12)))
  await until(() => expect(statuses.at(-1)).toBe('live'))
  expect(['a', 'b', 'c'].map(api.requests)).toEqual([1, 2, 1])
  expect(reports.map(({ room, outcome, events }) => [room, outcome, events])).toEqual([
    ['user:ada', 'nothing-missed', 0],
    ['conversation:c', 'nothing-missed', 0],
    ['conversation:a', 'replayed', 6],
    ['conversation:b', 'lost', 0],
  ])

  const held = queryClient
    .getQueryCache()
    .getAll()
    .map(({ state }) => state.data)
  const limits = { maxEvents: 100, maxBytes: 1e6 }
  const again = await log.read({ questions: [{ room: 'conversation:a', since: 0 }], ...limits })
  expect(again.events).toHaveLength(6)
  for (const [event, data, i, p] of again.events) {
    io.emit(event, data, { e: log.epoch, i, p })
  }
  await say('c', 1)
  await until(() => expect(idsOf(queryClient, 'c')).toEqual([1]))
  const now = queryClient
    .getQueryCache()
    .getAll()
    .map(({ state }) => state.data)
  expect(now[0]).toBe(held[0])
  expect(now[1]).toBe(held[1])
  expect(['a', 'b', 'c'].map(api.requests)).toEqual([1, 2, 1])
})

test('a server that restarts costs each open query one refetch', async () => {
  const { io, sync, api, queryClient, socket, reports, statuses, say } = await start()
  api.look(queryClient, 'a')
  api.look(queryClient, 'b')
  await until(() => expect(reports.filter(({ room }) => room !== 'user:ada')).toHaveLength(2))
  await until(() => expect(statuses.at(-1)).toBe('live'))
  await say('a', 1)
  void sync.close()
  const next = new SyncServer<Events>({ io, rules, authorize: (_, rooms) => rooms })
  onTestFinished(() => next.close())
  api.rows.set('b', [{ id: 7, conversationId: 'b' }])
  await cut(socket, io)
  await until(() => expect(idsOf(queryClient, 'b')).toEqual([7]))
  await until(() => expect(api.requests('a')).toBe(2))
  expect(['a', 'b'].map(api.requests)).toEqual([2, 2])
})
