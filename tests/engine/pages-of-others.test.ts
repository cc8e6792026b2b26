/** Infinite queries whose pages are made in other ways than ours: by length, of rows with other ids. */

import { InfiniteQueryObserver, type QueryClient } from '@tanstack/query-core'
import { defineSyncRules, removeItem, updateItem } from '@iron-stack/sync'
import { expect, onTestFinished, test } from 'vitest'
import { settled, startEngine } from '../support/engine.ts'
import { until } from '../support/until.ts'

interface Row {
  readonly key?: string
  readonly id: number | null
}

const PAGED = ['paged']
const LISTENED = ['listened']

/** Looks at the first page, and loads the next. */
async function look(
  queryClient: QueryClient,
  queryKey: readonly string[],
  pageAt: (at: number) => readonly Row[],
  getNextPageParam: (last: readonly Row[], pages: readonly unknown[]) => number | undefined,
) {
  let requests = 0
  const observer = new InfiniteQueryObserver(queryClient, {
    queryKey,
    queryFn: async ({ pageParam }) => {
      requests++
      return pageAt(pageParam)
    },
    initialPageParam: 0,
    getNextPageParam,
    staleTime: Infinity,
  })
  onTestFinished(observer.subscribe(() => {}))
  await settled(queryClient)
  await observer.fetchNextPage()
  const held = () => observer.getCurrentResult().data?.pages
  return { observer, held, requests: () => requests }
}

test('a page that is short for a removal is refetched, for its length would say that it is the last', async () => {
  const { queryClient, send } = startEngine(
    defineSyncRules<{ deleted: Row }>({
      deleted: {
        room: 'rows',
        actions: [
          { queryKey: PAGED, action: 'direct', infinite: true, updater: removeItem<Row>() },
        ],
      },
    }),
  )
  let rows: readonly Row[] = Array.from({ length: 9 }, (_, id) => ({ id }))
  const { observer, held, requests } = await look(
    queryClient,
    PAGED,
    (from) => rows.filter(({ id }) => (id ?? 0) >= from).slice(0, 3),
    (last) => (last.length < 3 ? undefined : (last.at(-1)?.id ?? 0) + 1),
  )
  rows = rows.filter(({ id }) => id !== 4)
  send('deleted', { id: 4 })
  await until(() => expect(requests()).toBe(4))
  await settled(queryClient)
  expect(
    held()
      ?.flat()
      .map(({ id }) => id),
  ).toEqual([0, 1, 2, 3, 5, 6])
  expect(observer.getCurrentResult().hasNextPage).toBe(true)
})

const pages: readonly (readonly Row[])[] = [
  [
    { key: 'a', id: 7 },
    { key: 'b', id: null },
  ],
  [
    { key: 'c', id: 7 },
    { key: 'd', id: null },
  ],
]

test.each([
  ['that a rule tells apart by another field', PAGED],
  ['that no rule changes', LISTENED],
])('rows %s stay, though their `id` is the same', async (_, queryKey) => {
  const { queryClient } = startEngine(
    defineSyncRules<{ edited: Row }>({
      edited: {
        room: 'rows',
        actions: [
          {
            queryKey: PAGED,
            action: 'direct',
            infinite: true,
            updater: updateItem<Row>({ id: ({ key }) => key }),
          },
          { queryKey: LISTENED, action: 'invalidate' },
        ],
      },
    }),
  )
  const { observer, held } = await look(
    queryClient,
    queryKey,
    (at) => pages[at] ?? [],
    (_last, { length }) => (length < 2 ? length : undefined),
  )
  expect(held()).toEqual(pages)
  await observer.refetch()
  expect(held()).toEqual(pages)
})

test('a row that the `id` of a rule can not read is left alone, and its page is loaded', async () => {
  interface Titled {
    readonly meta?: { readonly id: number }
  }
  const { queryClient, errors } = startEngine(
    defineSyncRules<{ edited: Titled }>({
      edited: {
        room: 'rows',
        actions: [
          {
            queryKey: LISTENED,
            action: 'direct',
            infinite: true,
            updater: updateItem({ id: (row) => row.meta!.id }),
          },
        ],
      },
    }),
  )
  const observer = new InfiniteQueryObserver(queryClient, {
    queryKey: LISTENED,
    queryFn: async ({ pageParam }) => [{ meta: { id: pageParam } }, { ad: 'buy' }],
    initialPageParam: 0,
    getNextPageParam: (_, pages) => pages.length,
    staleTime: Infinity,
  })
  onTestFinished(observer.subscribe(() => {}))
  await settled(queryClient)
  await observer.fetchNextPage()
  expect(observer.getCurrentResult()).toMatchObject({ status: 'success', error: null })
  expect(observer.getCurrentResult().data?.pages).toHaveLength(2)
  expect(errors.map(({ code }) => code)).toEqual(['updater-failed'])
})
