/** A cache that was stored goes on from its stamps, where what it holds is what was answered. */

import { dehydrate, hydrate, QueryClient } from '@tanstack/query-core'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../support/until.ts'
import { openPage, startApi } from './support.ts'

const a = { listId: 'a' }
const listKey = [['todo', 'list'], { input: a, type: 'query' }]

/** A page that looks at a list, is stored, and opened again after another todo was added. */
async function storeAndOpen(change: (queryClient: QueryClient) => void) {
  const api = await startApi({ authorize: (rooms) => rooms })
  await api.add('a', 1)
  const before = openPage(api)
  before.look(before.trpc.todo.list.queryOptions(a))
  await before.settled()
  change(before.queryClient)
  const stored = structuredClone(dehydrate(before.queryClient))
  await api.add('a', 2)

  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  onTestFinished(() => queryClient.clear())
  hydrate(queryClient, stored)
  // The page before is still open, and may ask, too.
  const answers = () => queryClient.getQueryState(listKey)?.dataUpdateCount ?? 0
  const answersBefore = answers()
  const after = openPage(api, { queryClient })
  after.look(after.trpc.todo.list.queryOptions(a))
  await after.settled()
  const ids = () => queryClient.getQueryData<{ id: number }[]>(listKey)?.map(({ id }) => id)
  await until(() => expect(ids()).toContain(2))
  return { ids: ids()?.toSorted(), requests: answers() - answersBefore }
}

test('it gets what it missed, and asks for nothing', async () => {
  expect(await storeAndOpen(() => {})).toEqual({ ids: [1, 2], requests: 0 })
})

test('what had been changed by hand, as by an optimistic update, is refetched', async () => {
  const outcome = await storeAndOpen((queryClient) => queryClient.setQueryData(listKey, []))
  expect(outcome).toEqual({ ids: [1, 2], requests: 1 })
})
