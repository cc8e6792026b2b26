/** What a query has known of its answers' stamps, where they are missing later, or disagree. */

import { dehydrate, hydrate, InfiniteQueryObserver } from '@tanstack/query-core'
import { attachStamp } from '@iron-stack/sync/stamps'
import { defineSyncRules, updateItem } from '@iron-stack/sync'
import { expect, onTestFinished, test } from 'vitest'
import { observe, settled, startEngine } from '../support/engine.ts'
import { until } from '../support/until.ts'

interface Events {
  'row:new': { id: number }
  'row:edited': { id: number; version: number }
}

const COUNT = ['count']
const PAGES = ['pages']

const rules = defineSyncRules<Events>({
  'row:new': {
    room: 'rows',
    actions: [
      {
        queryKey: COUNT,
        action: 'direct',
        updater: (old: { count: number }) => ({ count: old.count + 1 }),
      },
    ],
  },
  'row:edited': {
    room: 'rows',
    actions: [
      {
        queryKey: PAGES,
        infinite: true,
        action: 'direct',
        updater: updateItem({ version: ({ version }: { version: number }) => version }),
      },
    ],
  },
})

const stampIn = (epoch: string, head: number) =>
  JSON.stringify({ e: epoch, p: [['a', head]], x: 1 })

test('a count that was exact is refetched where it has no stamp, though its query was collected', async () => {
  const { queryClient, send } = startEngine(rules)
  const exact = attachStamp({ count: 1 }, stampIn('first life', 1))
  await queryClient.fetchQuery({ queryKey: COUNT, queryFn: async () => exact })
  queryClient.removeQueries({ queryKey: COUNT })
  // Read when the event had happened already.
  const { fetches } = observe(queryClient, COUNT, [{ count: 2 }])
  await settled(queryClient)
  send('row:new', { id: 2 })
  await until(() => expect(fetches()).toBe(2))
  await settled(queryClient)
  expect(queryClient.getQueryData(COUNT)).toEqual({ count: 2 })
})

test('pages of two lives of the log are not shown: what is there knows more', async () => {
  const { queryClient, send } = startEngine(rules)
  const page = (id: number, version: number, stamp: string) =>
    attachStamp({ items: [{ id, version }], next: id + 1 }, stamp)
  const [before, after] = [stampIn('first life', 1), stampIn('second life', 1)]
  const answers = [
    page(1, 1, before),
    page(2, 1, before),
    // The first comes from a replica of before, the second from after.
    page(1, 1, before),
    page(2, 3, after),
    page(1, 2, after),
    page(2, 3, after),
  ]
  const shown: unknown[] = []
  const observer = new InfiniteQueryObserver(queryClient, {
    queryKey: PAGES,
    queryFn: async () => answers.shift(),
    initialPageParam: 1,
    getNextPageParam: (last) => (last?.next === 2 ? 2 : null),
    staleTime: Infinity,
  })
  const versions = () =>
    observer
      .getCurrentResult()
      .data?.pages.flatMap((each) => each?.items.map(({ version }) => version))
  onTestFinished(observer.subscribe(() => shown.push(versions())))
  await until(() => expect(observer.getCurrentResult().data?.pages).toHaveLength(1))
  await observer.fetchNextPage()
  send('row:edited', { id: 1, version: 2 })
  shown.length = 0
  await observer.refetch()
  await until(() => expect(answers).toHaveLength(0))
  await settled(queryClient)
  expect(versions()).toEqual([2, 3])
  expect(shown).not.toContainEqual([1, 3])
})

test('a page is added to pages that are of another life of the log', async () => {
  const { queryClient } = startEngine(rules)
  let life = 'first life'
  const observer = new InfiniteQueryObserver(queryClient, {
    queryKey: PAGES,
    queryFn: async ({ pageParam }) =>
      attachStamp({ items: [{ id: pageParam, version: 1 }] }, stampIn(life, 1)),
    initialPageParam: 1,
    getNextPageParam: (_last, pages) => pages.length + 1,
    staleTime: Infinity,
  })
  onTestFinished(observer.subscribe(() => {}))
  await until(() => expect(observer.getCurrentResult().data?.pages).toHaveLength(1))
  life = 'second life'
  // Its rows are the same, and so TanStack Query keeps the page that is there.
  await observer.refetch()
  await observer.fetchNextPage()
  expect(observer.getCurrentResult().data?.pages).toHaveLength(2)
})

test('a restored snapshot that needs a refetch goes where that is refused', async () => {
  const stored = startEngine(rules).queryClient
  const exact = attachStamp({ count: 1 }, stampIn('first life', 1))
  await stored.fetchQuery({ queryKey: COUNT, queryFn: async () => exact })
  void stored.invalidateQueries({ queryKey: COUNT })
  const { queryClient } = startEngine(rules)
  hydrate(queryClient, structuredClone(dehydrate(stored)))
  const { fetches } = observe(queryClient, COUNT, [
    Object.assign(new Error('forbidden'), { status: 403 }),
  ])
  expect(queryClient.getQueryData(COUNT)).toEqual({ count: 1 })
  await until(() => expect(fetches()).toBe(1))
  await settled(queryClient)
  expect(queryClient.getQueryData(COUNT)).toBeUndefined()
})
