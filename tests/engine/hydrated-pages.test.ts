/** Whether a page is the last there is, on either side, as far as a query's own options say. */

import { QueryClient } from '@tanstack/query-core'
import { expect, test } from 'vitest'
import { beyondPages } from '../../src/engine/actions/run-updater.ts'

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
