/** Events that meet the loading of a page, in either direction. */

import { InfiniteQueryObserver, type InfiniteData } from '@tanstack/query-core'
import {
  defineSyncRules,
  prependToFirstPage,
  removeItem,
  updateItem,
  upsertItem,
} from '@iron-stack/sync'
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
  'row:edited': Row
  'row:deleted': { id: number }
  'row:moved': Ranked
}

interface Ranked extends Row {
  readonly rank: number
}

const PAGES = ['pages']
const RANKED = ['ranked']
const common = { queryKey: PAGES, action: 'direct', infinite: true } as const

const rules = defineSyncRules<Events>({
  'row:new': {
    room: 'rows',
    actions: [{ ...common, updater: (old, event) => prependToFirstPage(old, event) }],
  },
  'row:edited': {
    room: 'rows',
    actions: [{ ...common, updater: updateItem() }],
  },
  'row:deleted': { room: 'rows', actions: [{ ...common, updater: removeItem() }] },
  'row:moved': {
    room: 'rows',
    actions: [
      {
        queryKey: RANKED,
        action: 'direct',
        infinite: true,
        updater: upsertItem({ compare: (a: Ranked, b: Ranked) => a.rank - b.rank }),
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

function observePages(server = createSlowServer(rowsFrom(9, 1)), maxPages?: number) {
  const observer = new InfiniteQueryObserver(engine.queryClient, {
    queryKey: PAGES,
    queryFn: ({ pageParam }) => server.fetchPage(pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: (page: Page) => page.nextCursor,
    staleTime: Infinity,
    ...(maxPages !== undefined && { maxPages, getPreviousPageParam: () => null }),
  })
  observer.subscribe(() => {})
  return { server, observer }
}

const rowsOf = (key: string[]) =>
  engine.queryClient.getQueryData<InfiniteData<Page>>(key)?.pages.flatMap(({ items }) => items)

describe('while the next page is loading', () => {
  test('a push, an edit and a deletion are right before and after it arrives', async () => {
    const { server, observer } = observePages()
    await pass(100)
    void observer.fetchNextPage()
    await pass(60)
    server.rows = [row(10), ...server.rows]
      .filter(({ id }) => id !== 7 && id !== 5)
      .map((each) => (each.id === 9 || each.id === 6 ? row(each.id, 'edited') : each))
    engine.send('row:new', row(10))
    engine.send('row:edited', row(9, 'edited'))
    engine.send('row:edited', row(6, 'edited'))
    engine.send('row:deleted', { id: 7 })
    engine.send('row:deleted', { id: 5 })
    await pass(20)
    expect(
      rowsOf(PAGES)
        ?.map(({ id }) => id)
        .filter((id) => id > 6),
    ).toEqual([10, 9, 8])
    await pass(1000)
    expect(rowsOf(PAGES)).toEqual([row(10), row(9, 'edited'), row(8), row(6, 'edited'), row(4)])
  })

  test('with `maxPages`, the page that falls out is the one TanStack drops', async () => {
    const { server, observer } = observePages(createSlowServer(rowsFrom(9, 1)), 2)
    await pass(100)
    void observer.fetchNextPage()
    await pass(100)
    void observer.fetchNextPage()
    await pass(20)
    engine.send('row:deleted', { id: 5 })
    server.rows = server.rows.filter(({ id }) => id !== 5)
    await pass(100)
    expect(rowsOf(PAGES)?.map(({ id }) => id)).toEqual([6, 4, 3, 2, 1])
    const data = engine.queryClient.getQueryData<InfiniteData<Page>>(PAGES)
    expect(data?.pageParams).toEqual([7, 4])
  })

  test('a cancelled page load loses nothing that came in meanwhile', async () => {
    const { observer } = observePages()
    await pass(100)
    void observer.fetchNextPage()
    await pass(20)
    engine.send('row:new', row(10))
    void engine.queryClient.cancelQueries({ queryKey: PAGES })
    await pass(1000)
    expect(rowsOf(PAGES)?.map(({ id }) => id)).toEqual([10, 9, 8, 7])
  })
})

describe('a row that moves between pages while one of them loads', () => {
  const ranked = (id: number, rank: number): Ranked => ({ ...row(id), rank })

  function observeRanked(rows: Ranked[]) {
    const server = { rows, requests: 0 }
    const observer = new InfiniteQueryObserver(engine.queryClient, {
      queryKey: RANKED,
      queryFn: async ({ pageParam }) => {
        server.requests++
        await pass50()
        const items = server.rows
          .toSorted((a, b) => a.rank - b.rank)
          .filter(({ rank }) => rank > pageParam)
          .slice(0, 3)
        await pass50()
        return { items, nextCursor: items.length === 3 ? (items.at(-1)?.rank ?? null) : null }
      },
      initialPageParam: 0,
      getNextPageParam: (page: { nextCursor: number | null }) => page.nextCursor,
      staleTime: Infinity,
    })
    observer.subscribe(() => {})
    return { server, observer }
  }

  const pass50 = () =>
    new Promise((resolve) => {
      setTimeout(resolve, 50)
    })

  test.each([
    ['down, read before it moved', 40, 15, 35],
    ['down, read after it moved', 20, 15, 35],
    ['up, read before it moved', 60, 45, 5],
    ['up, read after it moved', 20, 45, 5],
  ])('%s: is there once, in its place', async (_, at, from, to) => {
    const rows = [10, 15, 20, 30, 40, 45, 50].map((rank) => ranked(rank, rank))
    const { server, observer } = observeRanked(rows)
    await pass(100)
    void observer.fetchNextPage()
    await pass(at)
    server.rows = server.rows.map((each) => (each.id === from ? ranked(from, to) : each))
    engine.send('row:moved', ranked(from, to))
    await pass(1000)
    const held = rowsOf(RANKED)?.map(({ id }) => id) ?? []
    const expected = server.rows.toSorted((a, b) => a.rank - b.rank).map(({ id }) => id)
    expect(held).toEqual(expected.slice(0, held.length))
    expect(held.length).toBeGreaterThanOrEqual(5)
    expect(server.requests).toBe(2)
  })
})
