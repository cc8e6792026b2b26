/** Pages that nobody here has seen being fetched: where they end, and what a page is worth behind them. */

import { QueryClient } from '@tanstack/query-core'
import { expect, test } from 'vitest'
import { createListMemory } from '../../src/application.ts'
import { beyondPages } from '../../src/engine/actions/run-updater.ts'
import { createFetchJournal } from '../../src/engine/fetches/fetch-journal.ts'
import { rebasePage } from '../../src/engine/fetches/rebase-page.ts'

const FETCH = {
  startedAt: 1,
  at: 0,
  knowsFrom: 0,
  answers: 0,
  direction: 'forward',
  revertData: undefined,
  journal: createFetchJournal(),
  isOfUnknownAge: false,
} as const

const DATA = { pages: [{ items: [{ id: 5 }, { id: 7 }] }], pageParams: [5] }

const endsWith = (options: object) => {
  const queryClient = new QueryClient()
  const queryKey: readonly unknown[] = ['rows']
  const query = queryClient.getQueryCache().build(queryClient, { queryKey, ...options })
  return beyondPages(query, DATA)
}

test('pages that were hydrated, and that nobody has looked at, may end or not', () => {
  expect(endsWith({})).toEqual({ start: 'unknown', end: 'unknown' })
})

test('who has never asked for pages before has none', () => {
  expect(endsWith({ getNextPageParam: () => null })).toEqual({
    start: 'nothing',
    end: 'nothing',
  })
})

test('a page param means that there are more', () => {
  const options = { getNextPageParam: () => 8, getPreviousPageParam: () => 3 }
  expect(endsWith(options)).toEqual({ start: 'more rows', end: 'more rows' })
})

test('a page that was asked for behind pages that are others now is painted, and refetched', () => {
  const queryClient = new QueryClient()
  const queryKey: readonly unknown[] = ['rows']
  const query = queryClient.getQueryCache().build(queryClient, { queryKey })
  const page = { items: [{ id: 9 }] }
  query.setData({ pages: [{ items: [{ id: 1 }, { id: 2 }] }], pageParams: [null] })
  const rebased = (isOverwritten: boolean) =>
    rebasePage({
      query,
      data: { pages: [...DATA.pages, page], pageParams: [null, 7] },
      idOf: (row) => (row as { id: number }).id,
      fetch: { ...FETCH, base: DATA, isOverwritten },
      entries: [],
      memory: createListMemory(),
    })
  expect(rebased(false)).toMatchObject({ isUnproven: false })
  expect(rebased(true)).toMatchObject({
    isUnproven: true,
    data: { pages: [{ items: [{ id: 1 }, { id: 2 }] }, page] },
  })
})
