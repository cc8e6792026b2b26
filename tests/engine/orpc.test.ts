/** Rules on the queries of a real oRPC client, whose router is called in process. */

import { createRouterClient, os } from '@orpc/server'
import { createTanstackQueryUtils } from '@orpc/tanstack-query'
import { InfiniteQueryObserver, QueryObserver, skipToken } from '@tanstack/query-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import {
  appendToLastPage,
  prependToFirstPage,
  type CacheAction,
  type SyncRules,
} from '@iron-stack/sync'
import { orpcKeys } from '@iron-stack/sync/engine'
import { settled, startEngine, stateOf } from '../support/engine.ts'
import { until } from '../support/until.ts'

interface Message {
  readonly id: number
  readonly conversationId: string
}

const first: Message = { id: 1, conversationId: 'c1' }
const second: Message = { id: 2, conversationId: 'c1' }

const list = os
  .input(z.object({ conversationId: z.string(), cursor: z.number().optional() }))
  .handler(({ input }) => [{ id: 1, conversationId: input.conversationId }])

const router = {
  message: {
    list,
    count: os.handler(() => 1),
    watch: os.handler(async function* () {
      yield first
    }),
  },
  me: os.handler(() => 'ada'),
}

function onNewMessage(
  ...actions: CacheAction<Message>[]
): SyncRules<{ 'message:new': Message }> {
  return {
    'message:new': { room: ({ conversationId }) => `conversation:${conversationId}`, actions },
  }
}

/** An engine for oRPC's keys, and oRPC's utilities for the router. */
function start(...actions: CacheAction<Message>[]) {
  const engine = startEngine(onNewMessage(...actions), { keys: orpcKeys })
  const orpc = createTanstackQueryUtils(createRouterClient(router))
  return { ...engine, orpc }
}

type Orpc = ReturnType<typeof start>['orpc']

function pagesOf(orpc: Orpc, conversationId: string) {
  return orpc.message.list.infiniteOptions({
    input: (cursor: number) => ({ conversationId, cursor }),
    initialPageParam: 0,
    getNextPageParam: () => null,
  })
}

const LIST = {
  procedure: ['message', 'list'],
  action: 'direct',
  updater: prependToFirstPage,
} satisfies CacheAction<Message>

const MATCHED = { ...LIST, match: 'conversationId' } satisfies CacheAction<Message>

test('a procedure’s plain queries are patched, found by a field of their input', async () => {
  const { orpc, queryClient, send } = start(MATCHED)
  const ours = orpc.message.list.queryOptions({ input: { conversationId: 'c1' } })
  const others = orpc.message.list.queryOptions({ input: { conversationId: 'c2' } })
  await queryClient.fetchQuery(ours)
  await queryClient.fetchQuery(others)

  send('message:new', second)
  expect(queryClient.getQueryData(ours.queryKey)).toEqual([second, first])
  expect(queryClient.getQueryData(others.queryKey)).toEqual([{ id: 1, conversationId: 'c2' }])
})

test('so are its infinite ones, whose input holds the first page’s cursor', async () => {
  const inputs: unknown[] = []
  const { orpc, queryClient, send } = start(
    { ...MATCHED, infinite: true },
    {
      procedure: ['message', 'list'],
      action: 'invalidate',
      infinite: true,
      match: (_, input) => inputs.push(input) < 0,
    },
  )
  const pages = pagesOf(orpc, 'c1')
  const plain = orpc.message.list.queryOptions({ input: { conversationId: 'c1' } })
  await queryClient.fetchInfiniteQuery(pages)
  await queryClient.fetchQuery(plain)

  send('message:new', second)
  expect(queryClient.getQueryData(pages.queryKey)?.pages).toEqual([[second, first]])
  expect(queryClient.getQueryData(plain.queryKey)).toEqual([first])
  expect(inputs).toEqual([{ conversationId: 'c1', cursor: 0 }])
})

test('an event that arrives while a page is first fetched is in it', async () => {
  const { orpc, queryClient, send } = start({ ...MATCHED, infinite: true })
  const observer = new InfiniteQueryObserver(queryClient, pagesOf(orpc, 'c1'))
  const shown: unknown[] = []
  onTestFinished(observer.subscribe(({ data }) => shown.push(data)))
  send('message:new', second)
  await settled(queryClient)
  expect(shown.at(-1)).toMatchObject({ pages: [[second, first]] })
})

test('a router’s path invalidates what lies below it, and nothing else', async () => {
  const { orpc, queryClient, send } = start({ procedure: ['message'], action: 'invalidate' })
  const plain = orpc.message.list.queryOptions({ input: { conversationId: 'c1' } })
  await queryClient.fetchQuery(plain)
  await queryClient.fetchInfiniteQuery(pagesOf(orpc, 'c1'))
  await queryClient.fetchQuery(orpc.message.count.queryOptions())
  await queryClient.fetchQuery(orpc.me.queryOptions())

  send('message:new', second)
  const isInvalidated = (key: readonly unknown[]) => stateOf(queryClient, key).isInvalidated
  expect(isInvalidated(plain.queryKey)).toBe(true)
  expect(isInvalidated(pagesOf(orpc, 'c1').queryKey)).toBe(true)
  expect(isInvalidated(orpc.message.count.queryKey())).toBe(true)
  expect(isInvalidated(orpc.me.queryKey())).toBe(false)
})

test('a mounted query that is invalidated is fetched again', async () => {
  const { orpc, queryClient, send } = start({ procedure: ['message'], action: 'invalidate' })
  const options = orpc.message.count.queryOptions({ staleTime: Infinity })
  onTestFinished(new QueryObserver(queryClient, options).subscribe(() => {}))
  await settled(queryClient)
  const before = stateOf(queryClient, options.queryKey).dataUpdateCount
  send('message:new', second)
  await until(() => {
    expect(stateOf(queryClient, options.queryKey).dataUpdateCount).toBe(before + 1)
  })
})

describe('streamed and live queries', () => {
  test('count as plain: an array of what came, and what came last', async () => {
    const { orpc, queryClient, send } = start({
      procedure: ['message', 'watch'],
      action: 'direct',
      updater: (old, message) =>
        Array.isArray(old) ? appendToLastPage(old, message) : message,
    })
    const streamed = orpc.message.watch.experimental_streamedOptions()
    const live = orpc.message.watch.experimental_liveOptions()
    await queryClient.fetchQuery(streamed)
    await queryClient.fetchQuery(live)

    send('message:new', second)
    expect(queryClient.getQueryData(streamed.queryKey)).toEqual([first, second])
    expect(queryClient.getQueryData(live.queryKey)).toEqual(second)
  })
})

describe('orpcKeys', () => {
  const { message, me } = createTanstackQueryUtils(createRouterClient(router))
  const input = { conversationId: 'c1' }
  const path = ['message', 'list']

  test.each([
    ['a query', message.list.queryKey({ input }), { path, input, type: 'query' }],
    ['a query without input', me.queryKey(), { path: ['me'], type: 'query' }],
    [
      'a skipped query',
      message.list.queryKey({ input: skipToken }),
      { path, input: skipToken, type: 'query' },
    ],
    ['a key for filters', message.list.key({ input }), { path, input }],
    ['a router’s key', message.key(), { path: ['message'] }],
    ['a mutation’s key', message.list.mutationKey(), undefined],
    ['the root’s key', [[], {}], undefined],
    ['a plain key', ['message', 'list', { type: 'query' }], undefined],
    ['a key of tRPC with a prefix', [['app'], path, { type: 'query' }], undefined],
  ])('reads %s', (_, key, read) => {
    expect(orpcKeys(key)).toEqual(read)
  })
})

test('a base path is cut off by a reader around `orpcKeys`', async () => {
  const { queryClient, send } = startEngine(onNewMessage(LIST), {
    keys: (key) => {
      const read = orpcKeys(key)
      return read?.path[0] === 'chat' ? { ...read, path: read.path.slice(1) } : undefined
    },
  })
  const orpc = createTanstackQueryUtils(createRouterClient(router), { path: ['chat'] })
  const options = orpc.message.list.queryOptions({ input: { conversationId: 'c1' } })
  await queryClient.fetchQuery(options)
  send('message:new', second)
  expect(queryClient.getQueryData(options.queryKey)).toEqual([second, first])
})

test('an engine with tRPC’s keys finds oRPC’s plain and infinite queries, too', async () => {
  const { queryClient, send } = startEngine(
    onNewMessage({ ...MATCHED, infinite: true }, MATCHED),
  )
  const orpc = createTanstackQueryUtils(createRouterClient(router))
  const plain = orpc.message.list.queryOptions({ input: { conversationId: 'c1' } })
  await queryClient.fetchQuery(plain)
  await queryClient.fetchInfiniteQuery(pagesOf(orpc, 'c1'))
  send('message:new', second)
  expect(queryClient.getQueryData(plain.queryKey)).toEqual([second, first])
  expect(queryClient.getQueryData(pagesOf(orpc, 'c1').queryKey)?.pages).toEqual([
    [second, first],
  ])
})
