/** Stamps over real HTTP, through each of tRPC's links. */

import { STAMP_HEADER } from '@iron-stack/sync/stamps'
import { describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { LINKS, openPage, startApi, type LinkName } from './support.ts'

const EACH_LINK = Object.keys(LINKS) as LinkName[]
const BEFORE_THE_HEADERS: LinkName[] = ['httpLink', 'httpBatchLink']
const a = { listId: 'a' }
const b = { listId: 'b' }

test('the header has a name, for CORS', () => {
  expect(STAMP_HEADER).toBe('x-sync-stamp')
})

describe.each(EACH_LINK)('with %s', (link) => {
  test('an event that a response knows is not counted again', async () => {
    const api = await startApi({ authorize: (rooms) => rooms })
    const page = openPage(api, { link })
    const { trpc, queryClient } = page
    const counted = () => queryClient.getQueryData(trpc.todo.count.queryKey(a))
    page.look(trpc.todo.name.queryOptions(a))
    await page.settled()
    // In the log, and in the answer; sent to nobody yet.
    api.log.pause()
    await api.add('a', 1)
    page.look(trpc.todo.count.queryOptions(a))
    await page.settled()
    expect(counted()).toEqual({ count: 1 })
    api.log.resume()
    await api.add('a', 2)
    await until(() => expect(counted()).toEqual({ count: 2 }))
  })

  test('nor one that a response knows which is only a number', async () => {
    const api = await startApi({ authorize: (rooms) => rooms })
    const page = openPage(api, { link })
    const { trpc, queryClient } = page
    const counted = () => queryClient.getQueryData(trpc.todo.total.queryKey(a))
    page.look(trpc.todo.name.queryOptions(a))
    await page.settled()
    api.log.pause()
    await api.add('a', 1)
    page.look(trpc.todo.total.queryOptions(a))
    await page.settled()
    api.log.resume()
    await api.add('a', 2)
    await until(() => expect(counted()).toBe(2))
  })

  test('two queries of one batch each know their own rooms', async () => {
    const api = await startApi({ authorize: (rooms) => rooms })
    const page = openPage(api, { link })
    const { trpc, queryClient } = page
    page.look(trpc.todo.name.queryOptions(a))
    page.look(trpc.todo.name.queryOptions(b))
    await page.settled()
    api.log.pause()
    await api.add('a', 1)
    await api.add('b', 2)
    await api.add('b', 3)
    page.look(trpc.todo.count.queryOptions(a))
    page.look(trpc.todo.count.queryOptions(b))
    await page.settled()
    api.log.resume()
    await api.add('a', 4)
    await api.add('b', 5)
    await until(() => {
      expect(queryClient.getQueryData(trpc.todo.count.queryKey(a))).toEqual({ count: 2 })
      expect(queryClient.getQueryData(trpc.todo.count.queryKey(b))).toEqual({ count: 3 })
    })
  })

  test('an invalidation that a response knows costs no request', async () => {
    const api = await startApi({ authorize: (rooms) => rooms })
    const page = openPage(api, { link })
    const { trpc, queryClient } = page
    page.look(trpc.todo.list.queryOptions(a))
    await page.settled()
    api.log.pause()
    await api.rename('a')
    page.look(trpc.todo.name.queryOptions(a))
    await page.settled()
    api.log.resume()
    await api.add('a', 1)
    await until(() =>
      expect(queryClient.getQueryData(trpc.todo.list.queryKey(a))).toHaveLength(1),
    )
    expect(queryClient.getQueryState(trpc.todo.name.queryKey(a))).toMatchObject({
      data: { name: 1 },
      isInvalidated: false,
    })
    expect(api.requests()).toBe(2)
  })

  test('pages are stamped each, and know what all of them know', async () => {
    const api = await startApi({ authorize: (rooms) => rooms })
    for (const id of [1, 2, 3]) await api.add('a', id)
    const page = openPage(api, { link })
    const { trpc, queryClient } = page
    const options = trpc.todo.pages.infiniteQueryOptions(a, {
      getNextPageParam: ({ next }) => next,
    })
    await queryClient.fetchInfiniteQuery({ ...options, pages: 2 })
    const { dataUpdatedAt } = queryClient.getQueryState(options.queryKey) ?? {}
    expect(queryClient.getQueryState(options.queryKey)).toMatchObject({
      data: { pages: [{ next: 2 }, { next: null }] },
      syncStamp: { p: [[expect.any(String), 3]], u: dataUpdatedAt },
    })
  })
})

describe.each(BEFORE_THE_HEADERS)('with %s and a snapshot that the log is in', (link) => {
  test('events that arrive during a fetch are counted once, without another request', async () => {
    const api = await startApi({ hasSnapshots: true })
    const page = openPage(api, { link })
    const { trpc, queryClient } = page
    page.look(trpc.todo.list.queryOptions(a))
    await page.settled()
    const held = api.hold()
    page.look(trpc.todo.exactCount.queryOptions(a))
    await until(() => expect(api.requests()).toBe(2))
    await api.add('a', 1)
    held.read()
    await until(() => expect(queryClient.getQueryData(listKey)).toHaveLength(1))
    await api.add('a', 2)
    await until(() => expect(queryClient.getQueryData(listKey)).toHaveLength(2))
    held.answer()
    await page.settled()
    expect(queryClient.getQueryState(trpc.todo.exactCount.queryKey(a))).toMatchObject({
      data: { count: 2 },
      isInvalidated: false,
    })
    expect(api.requests()).toBe(2)
  })
})

const listKey = [['todo', 'list'], { input: a, type: 'query' }]

describe('where the headers leave before the answer is read', () => {
  test('the stamp is a lower bound: the count is right in the end, by one more request', async () => {
    const api = await startApi({ hasSnapshots: true, authorize: (rooms) => rooms })
    const page = openPage(api, { link: 'httpBatchStreamLink' })
    const { trpc, queryClient } = page
    page.look(trpc.todo.list.queryOptions(a))
    await page.settled()
    const held = api.hold()
    page.look(trpc.todo.exactCount.queryOptions(a))
    await until(() => expect(api.requests()).toBe(2))
    await api.add('a', 1)
    await until(() => expect(queryClient.getQueryData(listKey)).toHaveLength(1))
    held.read()
    held.answer()
    await until(() => expect(api.requests()).toBe(3))
    await page.settled()
    expect(queryClient.getQueryData(trpc.todo.exactCount.queryKey(a))).toEqual({ count: 1 })
  })
})

describe('who asks', () => {
  const urlOf = (url: string, procedure: string) =>
    `${url}/todo.${procedure}?batch=1&input=${encodeURIComponent(JSON.stringify({ 0: a }))}`
  const streamed = { headers: { 'trpc-accept': 'application/jsonl' } }

  test('hears nothing of a room whose data was refused', async () => {
    const api = await startApi()
    const refused = await fetch(urlOf(api.url, 'secret'))
    expect(refused.status).toBe(403)
    expect(refused.headers.get(STAMP_HEADER)).toBeNull()
    const answered = await fetch(urlOf(api.url, 'list'))
    expect(answered.headers.get(STAMP_HEADER)).toContain('"p":[[')
  })

  test('hears nothing before the answer, unless `authorize` says so', async () => {
    const silent = await startApi()
    expect((await fetch(urlOf(silent.url, 'list'), streamed)).headers.get(STAMP_HEADER)).toBe(
      null,
    )
    const api = await startApi({
      authorize: (rooms) => rooms.filter((room) => room === 'list:a'),
    })
    expect((await fetch(urlOf(api.url, 'list'), streamed)).headers.get(STAMP_HEADER)).toContain(
      '"p":[[',
    )
  })
})
