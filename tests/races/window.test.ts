/** Lists that hold less than the server has: what lies beyond them is left there. */

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
}

const LIMITED = ['rows', { limit: 3 }]
const PAGES = ['pages']
const SORTED = ['sorted', { limit: 3 }]

const rules = defineSyncRules<Events>({
  'row:new': {
    room: 'rows',
    actions: [
      {
        queryKey: PAGES,
        action: 'direct',
        infinite: true,
        updater: (old, event) => prependToFirstPage(old, event),
      },
      { queryKey: ['rows'], action: 'direct', updater: upsertItem({ insert: 'first' }) },
      {
        queryKey: ['sorted'],
        action: 'direct',
        updater: upsertItem({ compare: (a, b) => b.id - a.id }),
      },
    ],
  },
})

let engine: TestEngine
beforeEach(() => {
  vi.useFakeTimers()
  engine = startEngine(rules)
})
afterEach(() => {
  vi.useRealTimers()
})

const five = [1, 2, 3, 4, 5]

describe('five inserts during the fetch of a list of three, which has the last three already', () => {
  test.each([
    ['ordered by arrival', LIMITED],
    ['sorted', SORTED],
  ])('end as the server has it, without a refetch: %s', async (_, queryKey) => {
    const server = createSlowServer([])
    const observer = new QueryObserver(engine.queryClient, {
      queryKey,
      queryFn: () => server.fetchRows(3),
      staleTime: Infinity,
    })
    observer.subscribe(() => {})
    server.rows = rowsFrom(5, 1)
    await pass(60)
    for (const id of five) engine.send('row:new', row(id))
    await pass(10_000)
    expect(engine.queryClient.getQueryData(queryKey)).toEqual([row(5), row(4), row(3)])
    expect(server.requests).toBe(1)
  })

  test('end as the server has it, without a refetch: pages', async () => {
    const server = createSlowServer([])
    const observer = new InfiniteQueryObserver(engine.queryClient, {
      queryKey: PAGES,
      queryFn: ({ pageParam }) => server.fetchPage(pageParam),
      initialPageParam: null as number | null,
      getNextPageParam: (page: Page) => page.nextCursor,
      staleTime: Infinity,
    })
    observer.subscribe(() => {})
    server.rows = rowsFrom(5, 1)
    await pass(60)
    for (const id of five) engine.send('row:new', row(id))
    await pass(10_000)
    const data = engine.queryClient.getQueryData<InfiniteData<Page>>(PAGES)
    expect(data?.pages.map(({ items }) => items)).toEqual([[row(5), row(4), row(3)]])
    expect(server.requests).toBe(1)
  })
})

describe('five inserts that arrive after a response that knew them', () => {
  test('leave a list at its limit as the server has it', async () => {
    const server = createSlowServer(rowsFrom(5, 1))
    const observer = new QueryObserver(engine.queryClient, {
      queryKey: LIMITED,
      queryFn: () => server.fetchRows(3),
      staleTime: Infinity,
    })
    observer.subscribe(() => {})
    await pass(100)
    for (const id of five) engine.send('row:new', row(id))
    expect(engine.queryClient.getQueryData(LIMITED)).toEqual([row(5), row(4), row(3)])
    await pass(10_000)
    expect(server.requests).toBe(1)
  })

  test('are put right by one refetch where a page took them for new', async () => {
    const server = createSlowServer(rowsFrom(5, 1))
    const observer = new InfiniteQueryObserver(engine.queryClient, {
      queryKey: PAGES,
      queryFn: ({ pageParam }) => server.fetchPage(pageParam),
      initialPageParam: null as number | null,
      getNextPageParam: (page: Page) => page.nextCursor,
      staleTime: Infinity,
    })
    observer.subscribe(() => {})
    await pass(100)
    for (const id of five) engine.send('row:new', row(id))
    await pass(10_000)
    const data = engine.queryClient.getQueryData<InfiniteData<Page>>(PAGES)
    expect(data?.pages.map(({ items }) => items)).toEqual([[row(5), row(4), row(3)]])
    expect(server.requests).toBe(2)
  })
})
