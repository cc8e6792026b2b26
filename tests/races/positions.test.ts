/**
 * Pages that are asked for by where they begin: a number, or an offset. A row that goes moves all
 * behind it one place up, and the first of the next page stands on a page that is loaded already.
 */

import { InfiniteQueryObserver, type InfiniteData } from '@tanstack/query-core'
import { defineSyncRules, prependToFirstPage, removeItem } from '@iron-stack/sync'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startEngine, type TestEngine } from '../support/engine.ts'
import { pass, row, rowsFrom, type Row } from '../support/slow-server.ts'

interface Events {
  'row:new': Row
  'row:deleted': { id: number }
  'row:dropped': { id: number }
}

const common = { queryKey: ['pages'], action: 'direct', infinite: true } as const

const rules = defineSyncRules<Events>({
  'row:new': { room: 'rows', actions: [{ ...common, updater: prependToFirstPage }] },
  'row:deleted': { room: 'rows', actions: [{ ...common, updater: removeItem() }] },
  'row:dropped': {
    room: 'rows',
    actions: [
      {
        ...common,
        updater: (old: Pages, { id }) => ({
          ...old,
          pages: old.pages.map((rows) => rows.filter((each) => each.id !== id)),
        }),
      },
    ],
  },
})

type Pages = InfiniteData<readonly Row[], unknown>

const SIZE = 3

/** How pages may be asked for: by a row, or by where they begin. */
interface Paging {
  readonly first: unknown
  readonly beginsAt: (param: unknown, rows: readonly Row[]) => number
  readonly next: (rows: readonly Row[], param: unknown) => unknown
}

const numbered: Paging = {
  first: 1,
  beginsAt: (param) => (Number(param) - 1) * SIZE,
  next: (_rows, param) => Number(param) + 1,
}

const WAYS: Record<string, Paging> = {
  'a page number': numbered,
  'a page number as text': {
    ...numbered,
    first: '1',
    next: (_rows, param) => String(Number(param) + 1),
  },
  'an offset': {
    first: undefined,
    beginsAt: (param) => Number(param ?? 0),
    next: (_rows, param) => Number(param ?? 0) + SIZE,
  },
}

const byRow: Paging = {
  first: undefined,
  beginsAt: (param, rows) =>
    param === undefined ? 0 : rows.findIndex(({ id }) => id < Number(param)),
  next: (rows) => rows.at(-1)?.id,
}

let engine: TestEngine
beforeEach(() => {
  vi.useFakeTimers()
  engine = startEngine(rules)
})
afterEach(() => {
  vi.useRealTimers()
})

function observe({ first, beginsAt, next }: Paging, rows: readonly Row[]) {
  const server = { rows, requests: 0 }
  const observer = new InfiniteQueryObserver(engine.queryClient, {
    queryKey: ['pages'],
    async queryFn({ pageParam }) {
      server.requests++
      await wait(20)
      const begin = beginsAt(pageParam, server.rows)
      const page = begin < 0 ? [] : server.rows.slice(begin, begin + SIZE)
      await wait(20)
      return page
    },
    initialPageParam: first,
    getNextPageParam: (page, _pages, param) =>
      page.length > 0 ? next(page, param) : undefined,
    staleTime: Infinity,
  })
  observer.subscribe(() => {})
  return {
    server,
    observer,
    remove(id: number, event: 'row:deleted' | 'row:dropped' = 'row:deleted') {
      server.rows = server.rows.filter((each) => each.id !== id)
      engine.send(event, { id })
    },
    shown: () =>
      engine.queryClient.getQueryData<Pages>(['pages'])?.pages.flatMap((page) => page) ?? [],
  }
}

const wait = (ms: number) => new Promise((resolve) => void setTimeout(resolve, ms))

describe.each(Object.entries(WAYS))('pages by %s', (_name, paging) => {
  test.each(['row:deleted', 'row:dropped'] as const)(
    'lose no row to one that went before, by %s',
    async (event) => {
      const { server, observer, remove, shown } = observe(paging, rowsFrom(9, 1))
      await pass(100)
      remove(8, event)
      void observer.fetchNextPage()
      await pass(5000)
      expect(shown().slice(0, 5)).toEqual(server.rows.slice(0, 5))
    },
  )

  test('nor to one that goes while the page loads', async () => {
    const { server, observer, remove, shown } = observe(paging, rowsFrom(9, 1))
    await pass(100)
    void observer.fetchNextPage()
    await pass(10)
    remove(8)
    await pass(5000)
    expect(shown().slice(0, 5)).toEqual(server.rows.slice(0, 5))
  })

  test('nor to one that goes while all of them are read again', async () => {
    const { server, observer, remove, shown } = observe(paging, rowsFrom(9, 1))
    await pass(100)
    void observer.fetchNextPage()
    await pass(100)
    void observer.refetch()
    await pass(50)
    remove(8)
    await pass(5000)
    expect(shown().slice(0, 5)).toEqual(server.rows.slice(0, 5))
  })

  test('show no row twice for one that came before', async () => {
    const { server, observer, shown } = observe(paging, rowsFrom(9, 1))
    await pass(100)
    server.rows = [row(10), ...server.rows]
    engine.send('row:new', row(10))
    void observer.fetchNextPage()
    await pass(5000)
    expect(shown()).toEqual(server.rows.slice(0, shown().length))
    expect(server.requests).toBe(2)
  })
})

test('pages by number keep their order for many that came in front while all of them are read again', async () => {
  const { server, observer, shown } = observe(numbered, rowsFrom(20, 1))
  await pass(100)
  void observer.fetchNextPage()
  await pass(100)
  void observer.refetch()
  await pass(50)
  for (let id = 21; id <= 24; id++) {
    server.rows = [row(id), ...server.rows]
    engine.send('row:new', row(id))
  }
  await pass(5000)
  expect(shown()).toEqual(server.rows.slice(0, shown().length))
})

test('pages that follow a row are not read again for one that went before', async () => {
  const { server, observer, remove, shown } = observe(byRow, rowsFrom(9, 1))
  await pass(100)
  remove(8)
  void observer.fetchNextPage()
  await pass(5000)
  expect(shown()).toEqual(rowsFrom(9, 4).filter(({ id }) => id !== 8))
  expect(server.requests).toBe(2)
})

test('whatever comes, goes and is loaded, all that is shown is there, in order', async () => {
  const step = fc.oneof(
    { weight: 2, arbitrary: fc.record({ go: fc.nat(40) }) },
    fc.constant('come' as const),
    { weight: 2, arbitrary: fc.constant('load' as const) },
    { weight: 3, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 60 }) }) },
  )
  const ways = fc.constantFrom(...Object.values(WAYS), byRow)
  await fc.assert(
    fc.asyncProperty(ways, fc.array(step, { maxLength: 20 }), async (paging, steps) => {
      engine.queryClient.clear()
      const { server, observer, remove, shown } = observe(paging, rowsFrom(20, 1))
      await pass(100)
      let newest = 20
      for (const each of steps) {
        if (each === 'load') void observer.fetchNextPage()
        else if (each === 'come') {
          const added = row(++newest)
          server.rows = [added, ...server.rows]
          engine.send('row:new', added)
        } else if ('go' in each) {
          const gone = server.rows[each.go % Math.max(1, server.rows.length)]
          if (gone) remove(gone.id)
        } else await pass(each.wait)
      }
      await pass(10_000)
      expect(shown()).toEqual(server.rows.slice(0, shown().length))
      observer.destroy()
    }),
    { numRuns: 200 },
  )
})

test('pages that overlap on the server are read once more, not for ever', async () => {
  const overlapping: Paging = {
    first: 0,
    beginsAt: (param) => Number(param),
    next: (_rows, param) => Number(param) + SIZE - 1,
  }
  const { server, observer } = observe(overlapping, rowsFrom(9, 1))
  await pass(100)
  void observer.fetchNextPage()
  await pass(100)
  void observer.refetch()
  await pass(60_000)
  expect(server.requests).toBeLessThanOrEqual(8)
})

test('a cursor that is a time of the last row is no position', async () => {
  interface Dated extends Row {
    readonly at: string
  }
  const NOON = Date.UTC(2026, 0, 1, 12)
  const dated = rowsFrom(9, 1).map((each): Dated => ({
    ...each,
    at: new Date(NOON + each.id).toISOString(),
  }))
  const { server, observer, remove } = observe(
    {
      first: undefined,
      beginsAt: (param, rows) =>
        param === undefined ? 0 : rows.findIndex(({ id }) => id < Number(param) - NOON),
      next: (rows) => Date.parse((rows.at(-1) as Dated).at),
    },
    dated,
  )
  await pass(100)
  remove(8)
  void observer.fetchNextPage()
  await pass(5000)
  expect(server.requests).toBe(2)
})
