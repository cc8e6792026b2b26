/** Engines with other rules, keys or caches on a connection that has rooms and events already. */

import { QueryClient, QueryObserver } from '@tanstack/query-core'
import { defineSyncRules, upsertItem, type CacheAction } from '@iron-stack/sync'
import { createSyncEngine, type SyncEngineOptions } from '@iron-stack/sync/engine'
import type { SyncRules } from '@iron-stack/sync'
import { createTestNetwork, type TestClient } from '@iron-stack/sync/testing'
import { expect, onTestFinished, test } from 'vitest'

interface Row {
  readonly id: number
  readonly listId: string
}

type Events = Record<'todo:new' | 'note:new' | 'todo:starred', Row>

const added = (name: 'todo' | 'note'): CacheAction<Row> => ({
  procedure: [name, 'list'],
  action: 'direct',
  match: 'listId',
  updater: upsertItem({ insert: 'last' }),
})

const todoRules = defineSyncRules<Pick<Events, 'todo:new'>>({
  'todo:new': { room: 'list:{listId}', actions: [added('todo')] },
})
const noteRules = defineSyncRules<Pick<Events, 'note:new'>>({
  'note:new': { room: 'list:{listId}', actions: [added('note')] },
})
const starRules = defineSyncRules<Pick<Events, 'todo:starred'>>({
  'todo:starred': { room: 'stars:{listId}', actions: [added('todo')] },
})

const allRules = defineSyncRules<Events>({ ...todoRules, ...noteRules, ...starRules })

const listKey = (name: string) => [[name, 'list'], { input: { listId: 'a' }, type: 'query' }]

function setUp() {
  const network = createTestNetwork({ rules: allRules, authorize: (_, rooms) => rooms })
  onTestFinished(network.close)
  // The log is older than the page.
  network.clock.advance(60_000)
  const client = network.connect('ada', { engine: false })
  const rows: Row[] = [{ id: 1, listId: 'a' }]

  return {
    network,
    client,
    rows,

    start<Some>(
      rules: SyncRules<Some>,
      options: SyncEngineOptions = {},
      { queryClient, socket }: Pick<TestClient, 'queryClient' | 'socket'> = client,
    ) {
      const { clock } = network
      const stop = createSyncEngine(queryClient, socket, rules, { clock, ...options })
      onTestFinished(stop)
      return stop
    },

    look(name: string, queryClient = client.queryClient) {
      const observer = new QueryObserver(queryClient, {
        queryKey: listKey(name),
        staleTime: Infinity,
        async queryFn() {
          await network.clock.sleep(10)
          return [...rows]
        },
      })
      const stop = observer.subscribe(() => {})
      onTestFinished(stop)
      return stop
    },

    async add(event: keyof Events, id: number) {
      const row = { id, listId: 'a' }
      rows.push(row)
      await network.server.broadcast(event, row)
    },

    held: (name: string, { queryClient }: { queryClient: QueryClient } = client) =>
      queryClient.getQueryData(listKey(name)),
  }
}

test('rules that come later have their rooms asked for, by queries that are on the screen already', async () => {
  const { network, start, look, add, held, rows } = setUp()
  start(todoRules)
  look('todo')
  await network.advance(1000)
  start(starRules)
  await network.advance(1000)
  await add('todo:starred', 2)
  await network.advance(1000)
  expect(held('todo')).toEqual(rows)
})

test('what events of a joined room would have changed before their rule came is made up for', async () => {
  const { network, start, look, add, held, rows } = setUp()
  start(todoRules)
  look('todo')
  look('note')
  await network.advance(1000)
  await add('note:new', 2)
  await network.advance(1000)
  expect(held('note')).not.toEqual(rows)
  start(noteRules)
  await network.advance(10_000)
  expect(held('note')).toEqual(rows)
})

test('the same, where other rules take the place of those before', async () => {
  const { network, start, look, add, held, rows } = setUp()
  const stop = start(todoRules)
  look('todo')
  look('note')
  await network.advance(1000)
  await add('note:new', 2)
  await network.advance(1000)
  stop()
  start(allRules)
  await network.advance(10_000)
  expect(held('note')).toEqual(rows)
})

test('rules that come again after nothing has happened ask for nothing', async () => {
  const { network, client, start, look, add } = setUp()
  start(todoRules)
  const stop = start(noteRules)
  look('todo')
  look('note')
  await network.advance(1000)
  await add('todo:new', 2)
  await network.advance(1000)
  stop()
  start(noteRules)
  await network.advance(10_000)
  const answers = client.queryClient.getQueryState(listKey('note'))?.dataUpdateCount
  expect(answers).toBe(1)
})

test('a room is kept that another cache on the socket still looks at', async () => {
  const { network, client, start, look, add, held, rows } = setUp()
  const other = { queryClient: new QueryClient(), socket: client.socket }
  onTestFinished(() => other.queryClient.clear())
  start(todoRules, { roomLingerMs: 1000 })
  start(todoRules, { roomLingerMs: 1000 }, other)
  const stopLooking = look('todo')
  const stopOther = look('todo', other.queryClient)
  await network.advance(5000)
  stopLooking()
  await network.advance(20_000)
  await add('todo:new', 2)
  await network.advance(1000)
  expect(held('todo', other)).toEqual(rows)
  stopOther()
  await network.advance(20_000)
  expect(network.io.adapter.rooms.has('list:a')).toBe(false)
})

test('a room is left that a cache has asked for which is gone', async () => {
  const { network, client, start, look } = setUp()
  const other = { queryClient: new QueryClient(), socket: client.socket }
  onTestFinished(() => other.queryClient.clear())
  const stop = start(todoRules, { roomLingerMs: 1000 })
  look('todo')
  await network.advance(1000)
  start(todoRules, { roomLingerMs: 1000 }, other)
  const stopOther = look('todo', other.queryClient)
  await network.advance(1000)
  stop()
  await network.advance(1000)
  expect(network.io.adapter.rooms.has('list:a')).toBe(true)
  stopOther()
  await network.advance(20_000)
  expect(network.io.adapter.rooms.has('list:a')).toBe(false)
})

test('the same rules for two tRPC clients apply an event to the queries of both', async () => {
  const { network, client, start, add, rows } = setUp()
  const prefixed = (keyPrefix: string) => [[keyPrefix], ...listKey('todo')]
  start(todoRules, { keyPrefix: 'one' })
  start(todoRules, { keyPrefix: 'two' })
  client.socket.emit('sync:join', ['list:a'])
  await network.advance(1000)
  for (const each of ['one', 'two']) client.queryClient.setQueryData(prefixed(each), [rows[0]])
  await add('todo:new', 2)
  await network.advance(1000)
  for (const each of ['one', 'two']) {
    expect(client.queryClient.getQueryData(prefixed(each))).toEqual(rows)
  }
})
