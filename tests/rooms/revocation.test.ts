/** Who is thrown out of a room: what their screen shows, and how it comes back. */

import { QueryClient, QueryObserver } from '@tanstack/query-core'
import { defineSyncRules } from '@iron-stack/sync'
import { createSyncEngine } from '@iron-stack/sync/engine'
import {
  createManualClock,
  createMemoryIo,
  createMemorySocket,
  createRandom,
  createTestNetwork,
  settle,
  type TestNetwork,
} from '@iron-stack/sync/testing'
import { expect, onTestFinished, test } from 'vitest'
import { conversationRoom, createApi, idsOf, listKey, rules, type Events } from './support.ts'

interface Start {
  readonly network: TestNetwork<Events>
  readonly api: ReturnType<typeof createApi>
  /** The rooms the database has for Ada. */
  readonly rooms: Set<string>
  readonly heard: unknown[]
}

const ROOM = conversationRoom({ conversationId: 'a' })

async function start(resolverMs = 0) {
  const network = createTestNetwork({ rules })
  onTestFinished(network.close)
  network.clock.advance(60_000)
  const api = createApi()
  api.rows.set('a', [{ id: 1, conversationId: 'a' }])
  const rooms = new Set([ROOM])
  const ada = network.connect('ada', {
    rooms: async () => {
      const read = [...rooms]
      await network.clock.sleep(resolverMs)
      return read
    },
  })
  const heard: unknown[] = []
  ada.socket.on('message:new', (data) => heard.push(data))
  const shared: Start = { network, api, rooms, heard }
  return { ...shared, ...ada, stop: api.look(ada.queryClient, 'a') }
}

/** Thrown out of the database and of the room. */
function throwOut({ network, api, rooms }: Start): void {
  rooms.delete(ROOM)
  api.refuse('a')
  void network.server.leaveRoom(ROOM, ['ada'])
}

const tell = ({ network }: Start, id: number) =>
  network.server.broadcast('message:new', { id, conversationId: 'a' })

const REVOKED = { data: undefined, status: 'error', error: { code: 'revoked' } }

test('while connected: the mounted query shows an error and no data, and hears no more', async () => {
  const all = await start()
  const { network, queryClient, heard } = all
  await network.quiet()
  expect(idsOf(queryClient, 'a')).toEqual([1])
  throwOut(all)
  void tell(all, 2)
  await network.quiet()
  expect(queryClient.getQueryState(listKey('a'))).toMatchObject(REVOKED)
  expect(heard).toEqual([])
})

test('while offline: the screen is emptied when the client comes back, without an event', async () => {
  const all = await start()
  const { network, queryClient, heard, wire, socket } = all
  await network.quiet()
  wire.cut()
  throwOut(all)
  void tell(all, 2)
  wire.restore()
  socket.connect()
  await network.quiet()
  expect(queryClient.getQueryState(listKey('a'))).toMatchObject(REVOKED)
  expect(heard).toEqual([])
})

test('while the resolver runs: it does not bring its user in any more', async () => {
  const all = await start(500)
  const { network, queryClient, heard } = all
  await network.advance(100)
  throwOut(all)
  await network.quiet()
  void tell(all, 2)
  await network.quiet()
  expect(queryClient.getQueryState(listKey('a'))).toMatchObject(REVOKED)
  expect(network.io.adapter.rooms.has(ROOM)).toBe(false)
  expect(heard).toEqual([])
})

test('an answer that was on its way is not shown any more', async () => {
  const all = await start()
  const { network, queryClient, api } = all
  await network.quiet()
  void queryClient.refetchQueries({ queryKey: listKey('a') })
  throwOut(all)
  await network.quiet()
  expect(queryClient.getQueryData(listKey('a'))).toBeUndefined()
  expect(api.requests('a')).toBe(2)
})

test('a query that nobody looks at leaves the cache', async () => {
  const all = await start()
  await all.network.quiet()
  all.stop()
  throwOut(all)
  await all.network.quiet()
  expect(all.queryClient.getQueryCache().getAll()).toEqual([])
})

test.each([
  ['joinRoom', ({ network }: Start) => void network.server.joinRoom(ROOM, ['ada'])],
  ['the database, at the next connection', ({ network }: Start) => network.restart()],
])('a new grant by %s brings the data back, by a fetch', async (_, grant) => {
  const all = await start()
  const { network, queryClient, api, rooms, socket } = all
  await network.quiet()
  throwOut(all)
  void tell(all, 2)
  await network.quiet()
  rooms.add(ROOM)
  api.allow('a')
  api.rows.set(
    'a',
    [1, 2].map((id) => ({ id, conversationId: 'a' })),
  )
  grant(all)
  socket.connect()
  await network.quiet()
  expect(idsOf(queryClient, 'a')).toEqual([1, 2])
  void tell(all, 3)
  await network.quiet()
  expect(idsOf(queryClient, 'a')).toEqual([1, 2, 3])
})

test('a server without a log takes it off the screen of who is connected', async () => {
  const clock = createManualClock()
  const io = createMemoryIo()
  const data = { userId: 'ada', rooms: [] }
  const { socket } = createMemorySocket({ io, clock, random: createRandom(1), data })
  const queryClient = new QueryClient()
  const api = createApi()
  api.rows.set('a', [{ id: 1, conversationId: 'a' }])
  const stop = createSyncEngine(queryClient, socket, rules, { clock })
  onTestFinished(stop)
  socket.connect()
  api.look(queryClient, 'a')
  clock.advance(10)
  await settle()
  expect(idsOf(queryClient, 'a')).toEqual([1])
  io.emit('sync:member', ['leave', ROOM], { e: 'no log', i: '1' })
  clock.advance(10)
  expect(queryClient.getQueryState(listKey('a'))).toMatchObject(REVOKED)
  io.emit('sync:member', ['join', ROOM], { e: 'no log', i: '2' })
  clock.advance(10)
  await settle()
  expect(idsOf(queryClient, 'a')).toEqual([1])
})

const byFunction = defineSyncRules<Events>({
  'message:new': {
    room: ({ conversationId }) => conversationRoom({ conversationId }),
    actions: rules['message:new'].actions,
  },
})

test.each([
  ['is emptied if the API refuses', 403, undefined],
  ['keeps its data while the network fails', 500, [1]],
])('a query that the room only may concern %s', async (_, status, held) => {
  const network = createTestNetwork({ rules: byFunction })
  onTestFinished(network.close)
  network.clock.advance(60_000)
  const { queryClient } = network.connect('ada', { rooms: [ROOM] })
  let answer: () => unknown = () => [{ id: 1, conversationId: 'a' }]
  const observer = new QueryObserver(queryClient, {
    queryKey: listKey('a'),
    queryFn: () => answer(),
    staleTime: Infinity,
  })
  onTestFinished(observer.subscribe(() => {}))
  await network.quiet()
  answer = () =>
    Promise.reject(Object.assign(new Error('no'), { data: { httpStatus: status } }))
  void network.server.leaveRoom(ROOM, ['ada'])
  await network.quiet()
  expect(idsOf(queryClient, 'a')).toEqual(held)
})

test('nor is one of a query that may be of the room, for all that anybody knows', async () => {
  const anyRoom = defineSyncRules<Events>({
    'message:new': {
      ...rules['message:new'],
      room: ({ conversationId }) => `of:${conversationId}`,
    },
  })
  const network = createTestNetwork({ rules: anyRoom })
  onTestFinished(network.close)
  const api = createApi(() => network.clock.sleep(100))
  api.rows.set('a', [{ id: 1, conversationId: 'a' }])
  const { queryClient } = network.connect('ada', { rooms: ['of:a'] })
  onTestFinished(api.look(queryClient, 'a'))
  const shown: unknown[] = []
  queryClient.getQueryCache().subscribe(({ query }) => shown.push(query.state.data))
  await network.quiet()
  api.rows.set('a', [{ id: 2, conversationId: 'a' }])
  void queryClient.refetchQueries({ queryKey: listKey('a') })
  await network.advance(50)
  api.refuse('a')
  void network.server.leaveRoom('of:a', ['ada'])
  await network.quiet()
  expect(shown).not.toContainEqual([{ id: 2, conversationId: 'a' }])
  expect(idsOf(queryClient, 'a')).toBeUndefined()
})
