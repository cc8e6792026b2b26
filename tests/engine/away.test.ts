/** What becomes of a cache while no engine follows it, or not yet: before the first, and between two. */

import {
  dehydrate,
  hydrate,
  InfiniteQueryObserver,
  QueryClient,
  QueryObserver,
  type InfiniteData,
} from '@tanstack/query-core'
import { defineSyncRules, upsertItem, type CacheAction } from '@iron-stack/sync'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { createTestNetwork, type TestClient } from '@iron-stack/sync/testing'
import { expect, onTestFinished, test } from 'vitest'

interface Todo {
  readonly id: number
  readonly listId: string
}

interface Events {
  'todo:new': Todo
}

const added: CacheAction<Todo> = {
  procedure: ['todo', 'list'],
  action: 'direct',
  match: 'listId',
  updater: upsertItem({ insert: 'first' }),
}

const rules = defineSyncRules<Events>({
  'todo:new': { room: 'list:{listId}', actions: [added, { ...added, infinite: true }] },
})

const listKey = [['todo', 'list'], { input: { listId: 'a' }, type: 'query' }]
const pagesKey = [['todo', 'list'], { input: { listId: 'a' }, type: 'infinite' }]

function setUp() {
  const network = createTestNetwork({ rules })
  onTestFinished(network.close)
  // The log is older than the page.
  network.clock.advance(60_000)
  let rows: readonly Todo[] = [{ id: 1, listId: 'a' }]

  return {
    network,
    rows: () => rows,
    setRows(next: readonly Todo[]) {
      rows = next
    },

    connect: (engine?: false) =>
      network.connect('ada', { rooms: ['list:a'], ...(engine === false && { engine }) }),

    start({ queryClient, socket }: Pick<TestClient, 'queryClient' | 'socket'>) {
      const { clock } = network
      onTestFinished(createSyncEngine(queryClient, socket, rules, { clock }))
    },

    /** Reads after 10 ms, and answers after another 90. */
    look(queryClient: QueryClient) {
      const observer = new QueryObserver(queryClient, {
        queryKey: listKey,
        staleTime: Infinity,
        async queryFn() {
          await network.clock.sleep(10)
          const read = rows
          await network.clock.sleep(90)
          return read
        },
      })
      onTestFinished(observer.subscribe(() => {}))
      return observer
    },

    async add(id: number) {
      const todo = { id, listId: 'a' }
      rows = [todo, ...rows]
      await network.server.broadcast('todo:new', todo)
    },
  }
}

test('a fetch that began before the engine misses nothing that came before it', async () => {
  const { network, connect, start, look, add, rows } = setUp()
  const client = connect(false)
  await network.advance(1000)
  look(client.queryClient)
  await network.advance(20)
  await add(2)
  await network.advance(20)
  start(client)
  await network.advance(10_000)
  expect(client.queryClient.getQueryData(listKey)).toEqual(rows())
})

test.each(['the same socket', 'another socket'])(
  'an answer that came while no engine ran, and is older than an event, is made up for: %s',
  async (socket) => {
    const { network, connect, start, look, add, rows } = setUp()
    const client = connect()
    await network.advance(1000)
    const observer = look(client.queryClient)
    await network.advance(500)
    void observer.refetch()
    await network.advance(20)
    await add(2)
    await network.advance(20)
    client.stop()
    await network.advance(200)
    if (socket === 'the same socket') start(client)
    else {
      client.socket.disconnect()
      network.connect('ada', { rooms: ['list:a'], queryClient: client.queryClient })
    }
    await network.advance(10_000)
    expect(client.queryClient.getQueryData(listKey)).toEqual(rows())
  },
)

test.each([true, false])(
  'what was hydrated while no engine ran is of unknown age; there before: %s',
  async (isKnown) => {
    const { network, connect, start, look, add, rows } = setUp()
    const client = connect()
    if (isKnown) look(client.queryClient)
    await network.advance(1000)
    const renderer = new QueryClient()
    renderer.setQueryData(listKey, rows(), { updatedAt: Date.now() + 1000 })
    const rendered = dehydrate(renderer)
    await add(2)
    await network.advance(20)
    client.stop()
    hydrate(client.queryClient, rendered)
    await network.advance(200)
    start(client)
    if (!isKnown) look(client.queryClient)
    await network.advance(10_000)
    expect(client.queryClient.getQueryData(listKey)).toEqual(rows())
  },
)

test('a page that failed while no engine ran is not taken for the refetch that follows', async () => {
  const { network, connect, start, rows, setRows } = setUp()
  setRows([1, 2, 3, 4].map((id) => ({ id, listId: 'a' })))
  const client = connect()
  await network.advance(1000)
  let isFailing = false
  const observer = new InfiniteQueryObserver(client.queryClient, {
    queryKey: pagesKey,
    staleTime: Infinity,
    initialPageParam: 0,
    getNextPageParam: (_page, pages: readonly unknown[]) => pages.length * 2,
    async queryFn({ pageParam }) {
      const read = rows().slice(pageParam, pageParam + 2)
      await network.clock.sleep(50)
      if (isFailing) throw new Error('down')
      return read
    },
  })
  const shown: unknown[] = []
  onTestFinished(observer.subscribe(({ data }) => data && shown.push(data.pages)))
  await network.advance(500)
  void observer.fetchNextPage()
  await network.advance(500)
  isFailing = true
  void observer.fetchNextPage()
  await network.advance(10)
  client.stop()
  await network.advance(100)
  isFailing = false
  setRows(rows().map((row) => (row.id === 1 ? { ...row, id: 100 } : row)))
  void observer.refetch()
  await network.advance(10)
  start(client)
  await network.advance(10_000)
  const pages = (ids: readonly number[]) => ids.map((id) => ({ id, listId: 'a' }))
  const now = [pages([100, 2]), pages([3, 4])]
  const { queryClient } = client
  expect(queryClient.getQueryData<InfiniteData<unknown>>(pagesKey)?.pages).toEqual(now)
  expect(shown).not.toContainEqual([[], pages([3, 4])])
})

test('an engine that starts again finds what it left, and asks for nothing', async () => {
  const { network, connect, start, look, add, rows } = setUp()
  const client = connect()
  await network.advance(1000)
  look(client.queryClient)
  await network.advance(500)
  await add(2)
  client.stop()
  await add(3)
  await network.advance(100)
  start(client)
  await network.advance(10_000)
  expect(client.queryClient.getQueryData(listKey)).toEqual(rows())
  expect(client.queryClient.getQueryState(listKey)?.dataUpdateCount).toBe(1)
})
