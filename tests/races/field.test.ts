/** What goes wrong with a bridge written by hand, case by case; the titles are what ours does. */

import { InfiniteQueryObserver, QueryObserver, type InfiniteData } from '@tanstack/query-core'
import { defineSyncRules, prependToFirstPage, upsertItem } from '@iron-stack/sync'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  createSlowServer,
  pass,
  row,
  rowsFrom,
  type Page,
  type Row,
} from '../support/slow-server.ts'
import { startEngine, type TestEngine } from '../support/engine.ts'

interface Events {
  'row:new': Row
  'row:any': Row
}

const PAGES = ['pages']
const ROWS = ['rows']

const rules = defineSyncRules<Events>({
  'row:new': {
    room: 'rows',
    actions: [
      { queryKey: PAGES, action: 'direct', infinite: true, updater: prependToFirstPage },
      { queryKey: ROWS, action: 'direct', updater: upsertItem({ insert: 'first' }) },
    ],
  },
  'row:any': { room: 'rows', actions: [{ queryKey: ROWS, action: 'invalidate' }] },
})

let engine: TestEngine
beforeEach(() => {
  vi.useFakeTimers()
  engine = startEngine(rules)
})
afterEach(() => {
  vi.useRealTimers()
})

function observePages(server = createSlowServer(rowsFrom(9, 1))) {
  const observer = new InfiniteQueryObserver(engine.queryClient, {
    queryKey: PAGES,
    queryFn: ({ pageParam }) => server.fetchPage(pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: (page: Page) => page.nextCursor,
    staleTime: Infinity,
  })
  return { server, observer, unsubscribe: observer.subscribe(() => {}) }
}

function observeRows(server = createSlowServer(rowsFrom(3, 1))) {
  const observer = new QueryObserver(engine.queryClient, {
    queryKey: ROWS,
    queryFn: () => server.fetchRows(),
    staleTime: Infinity,
  })
  return { server, observer, unsubscribe: observer.subscribe(() => {}) }
}

function insert(server: { rows: Row[] }, id: number): void {
  server.rows = [row(id), ...server.rows]
  engine.send('row:new', row(id))
}

const idsOf = (key: string[]) => {
  const data = engine.queryClient.getQueryData<InfiniteData<Page> | Row[]>(key)
  const rows = data && 'pages' in data ? data.pages.flatMap(({ items }) => items) : data
  return rows?.map(({ id }) => id)
}

const stateOf = (key: string[]) => engine.queryClient.getQueryState(key)

test('A: a row that arrives while the next page loads stays, and is there once', async () => {
  const { server, observer } = observePages()
  await pass(100)
  void observer.fetchNextPage()
  await pass(20)
  insert(server, 10)
  expect(idsOf(PAGES)).toEqual([10, 9, 8, 7])
  await pass(100)
  expect(idsOf(PAGES)).toEqual([10, 9, 8, 7, 6, 5, 4])
  expect(server.requests).toBe(2)
})

test('B: a row that arrives during a background refetch survives its response', async () => {
  const { server, observer } = observeRows()
  await pass(100)
  void observer.refetch()
  await pass(60)
  insert(server, 4)
  await pass(100)
  expect(idsOf(ROWS)).toEqual([4, 3, 2, 1])
  expect(server.requests).toBe(2)
})

test('C: an invalidation during the first fetch is paid by a second', async () => {
  const { server } = observeRows()
  await pass(60)
  server.rows = [row(4), ...server.rows]
  engine.send('row:any', row(4))
  await pass(100)
  expect(idsOf(ROWS)).toEqual([3, 2, 1])
  await pass(1000)
  expect(idsOf(ROWS)).toEqual([4, 3, 2, 1])
  expect(server.requests).toBe(2)
  expect(stateOf(ROWS)?.isInvalidated).toBe(false)
})

test('D: an invalidation of a query nobody looks at outlives a write to it', async () => {
  const first = observeRows()
  await pass(100)
  first.unsubscribe()
  engine.send('row:any', row(4))
  engine.send('row:new', row(4))
  engine.queryClient.setQueryData<Row[]>(ROWS, (old) => old?.slice())
  expect(stateOf(ROWS)?.isInvalidated).toBe(true)
  const { server } = observeRows(createSlowServer(rowsFrom(5, 1)))
  await pass(1000)
  expect(server.requests).toBe(1)
  expect(idsOf(ROWS)).toEqual([5, 4, 3, 2, 1])
})

test('E: an event leaves the time of the last response alone', async () => {
  const { server } = observeRows()
  await pass(100)
  const before = stateOf(ROWS)?.dataUpdatedAt
  await pass(5000)
  insert(server, 4)
  expect(idsOf(ROWS)).toEqual([4, 3, 2, 1])
  expect(stateOf(ROWS)?.dataUpdatedAt).toBe(before)
})

test('F: an event during the first fetch cancels nothing and is there when it ends', async () => {
  const { server } = observeRows()
  await pass(60)
  insert(server, 4)
  expect(idsOf(ROWS)).toBe(undefined)
  await pass(100)
  expect(idsOf(ROWS)).toEqual([4, 3, 2, 1])
  expect(stateOf(ROWS)).toMatchObject({ status: 'success', fetchStatus: 'idle' })
  expect(server.requests).toBe(1)
})

test('G: an event makes no entry for a query that was never fetched', async () => {
  engine.send('row:new', row(4))
  expect(engine.queryClient.getQueryCache().getAll()).toEqual([])
  const { server } = observeRows()
  await pass(100)
  expect(idsOf(ROWS)).toEqual([3, 2, 1])
  expect(server.requests).toBe(1)
})

test('H: events faster than the fetch they ask for do not keep it from ending', async () => {
  const { server, observer } = observeRows()
  await pass(100)
  const seen = new Set<number>()
  observer.subscribe(({ data }) => data && seen.add(data.length))
  for (let at = 0; at < 3000; at += 20) {
    server.rows = [row(server.rows.length + 1), ...server.rows]
    engine.send('row:any', row(server.rows.length))
    await pass(20)
  }
  expect(seen.size).toBeGreaterThan(3)
  await pass(5000)
  expect(idsOf(ROWS)).toHaveLength(153)
  expect(server.requests).toBeLessThan(12)
  const { requests } = server
  await pass(60_000)
  expect(server.requests).toBe(requests)
})

test('H: and a page asked for meanwhile arrives', async () => {
  const pages = defineSyncRules<Events>({
    ...rules,
    'row:any': { room: 'rows', actions: [{ queryKey: PAGES, action: 'invalidate' }] },
  })
  engine.stop()
  engine = startEngine(pages)
  const { server, observer } = observePages()
  await pass(100)
  const next = observer.fetchNextPage()
  for (let at = 0; at < 300; at += 20) {
    engine.send('row:any', row(9))
    await pass(20)
  }
  expect((await next).data?.pages).toHaveLength(2)
  await pass(5000)
  expect(idsOf(PAGES)).toEqual([9, 8, 7, 6, 5, 4])
  expect(server.requests).toBeLessThan(9)
})

test('I: an updater for lists never meets the pages of an infinite query', async () => {
  const { server } = observePages()
  await pass(100)
  const actions = [
    { queryKey: PAGES, action: 'direct', updater: (old: Row[], one: Row) => [one, ...old] },
  ] as const
  const second = defineSyncRules<Events>({ ...rules, 'row:any': { room: 'rows', actions } })
  const other = startEngine(second)
  other.send('row:any', row(10))
  expect(other.errors).toEqual([])
  expect(server.requests).toBe(1)
})

test('J: an event does not make a failed query look successful', async () => {
  const observer = new QueryObserver<Row[]>(engine.queryClient, {
    queryKey: ROWS,
    queryFn: () => Promise.reject(new Error('down')),
  })
  observer.subscribe(() => {})
  await pass(10)
  engine.send('row:new', row(4))
  expect(stateOf(ROWS)).toMatchObject({ status: 'error', data: undefined })
})

describe('K: an optimistic removal that is rolled back', () => {
  test('is never undone by us, and the end is exact after its own invalidation', async () => {
    const { server, observer } = observeRows()
    await pass(100)
    const { queryClient } = engine
    void observer.refetch()
    await pass(10)
    void queryClient.cancelQueries({ queryKey: ROWS })
    await pass(0)
    const before = queryClient.getQueryData<Row[]>(ROWS)
    queryClient.setQueryData<Row[]>(ROWS, (old) => old?.filter(({ id }) => id !== 2))
    insert(server, 4)
    expect(idsOf(ROWS)).toEqual([4, 3, 1])
    await pass(1000)
    expect(idsOf(ROWS)).toEqual([4, 3, 1])
    queryClient.setQueryData(ROWS, before)
    expect(idsOf(ROWS)).toEqual([3, 2, 1])
    void queryClient.invalidateQueries({ queryKey: ROWS })
    await pass(1000)
    expect(idsOf(ROWS)).toEqual([4, 3, 2, 1])
  })
})
