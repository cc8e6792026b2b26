/** Stamps over real HTTP, through each of tRPC's links. */

import { expect, test } from 'vitest'
import { STAMP_HEADER } from '@iron-stack/sync/stamps'
import { until } from '../support/until.ts'
import { LINKS, openPage, startApi, type LinkName } from './support.ts'

const EACH_LINK = Object.keys(LINKS) as LinkName[]
const a = { listId: 'a' }

test.each(EACH_LINK)('%s: an event that a response knows is not counted again', async (link) => {
  const api = await startApi({ authorize: (rooms) => rooms })
  const page = openPage(api, { link })
  const { trpc, queryClient } = page
  page.look(trpc.todo.name.queryOptions(a))
  await page.settled()
  // In the log, and in the answer; sent to nobody yet.
  api.log.pause()
  await api.add('a', 1)
  page.look(trpc.todo.count.queryOptions(a))
  await page.settled()
  expect(queryClient.getQueryData(trpc.todo.count.queryKey(a))).toEqual({ count: 1 })
  api.log.resume()
  await api.add('a', 2)
  await until(() =>
    expect(queryClient.getQueryData(trpc.todo.count.queryKey(a))).toEqual({ count: 2 }),
  )
})
