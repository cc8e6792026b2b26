/** Which queries a rule means: the keys of both tRPC packages, and keys of one's own. */

import { InfiniteQueryObserver, QueryClient, type QueryKey } from '@tanstack/query-core'
import { initTRPC } from '@trpc/server'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { prependToFirstPage, type CacheAction } from '@iron-stack/sync'
import type { SyncEngineOptions } from '@iron-stack/sync/engine'
import { settled, startEngine, stateOf } from '../support/engine.ts'
import { ONE, onNewTodo, TWO, type Todo } from '../support/todos.ts'

/** The keys among `keys` that an event reaches through `action`. */
function reached(
  keys: readonly QueryKey[],
  action: CacheAction<Todo>,
  options: SyncEngineOptions = {},
): QueryKey[] {
  const { queryClient, send } = startEngine(onNewTodo(action), options)
  for (const key of keys) queryClient.setQueryData(key, 'old')
  send('todo:new', ONE)
  return keys.filter((key) => {
    const { data, isInvalidated } = stateOf(queryClient, key)
    return data !== 'old' || isInvalidated
  })
}

const CHANGE = { action: 'direct', updater: () => 'new' } as const
const INVALIDATE = { action: 'invalidate' } as const

// As `@trpc/react-query` and `@trpc/tanstack-react-query` make them.
const NO_INPUT = [['todo', 'list'], { type: 'query' }]
const INPUT = [['todo', 'list'], { input: { listId: 'a' }, type: 'query' }]
const PAGES = [['todo', 'list'], { input: { listId: 'a' }, type: 'infinite' }]
const PAGES_NO_INPUT = [['todo', 'list'], { type: 'infinite' }]
/** `getQueryKey(procedure)` of the classic package, as a key for data put there by hand. */
const BARE = [['todo', 'list']]
const BARE_INPUT = [['todo', 'list'], { input: { listId: 'a' } }]
const OTHER_PROCEDURE = [['todo', 'count'], { type: 'query' }]
const BELOW = [['todo', 'list', 'shared'], { type: 'query' }]
const OTHER_ROUTER = [['note', 'list'], { type: 'query' }]
const PREFIXED = [['app1'], ['todo', 'list'], { input: { listId: 'a' }, type: 'query' }]
const PREFIXED_PAGES = [['app1'], ['todo', 'list'], { type: 'infinite' }]
const OTHER_PREFIX = [['app2'], ['todo', 'list'], { type: 'query' }]
const PLAIN = ['todo', 'list', { listId: 'a' }]

const ALL: QueryKey[] = [
  NO_INPUT,
  INPUT,
  PAGES,
  PAGES_NO_INPUT,
  BARE,
  BARE_INPUT,
  OTHER_PROCEDURE,
  BELOW,
  OTHER_ROUTER,
  PREFIXED,
  PREFIXED_PAGES,
  OTHER_PREFIX,
  PLAIN,
]

describe('a procedure', () => {
  const procedure = ['todo', 'list']

  test('means its plain queries for `direct`, with any input and any prefix', () => {
    const plain = [NO_INPUT, INPUT, BARE, BARE_INPUT, PREFIXED, OTHER_PREFIX]
    expect(reached(ALL, { procedure, ...CHANGE })).toEqual(plain)
  })

  test('means its infinite queries for `direct` with `infinite`', () => {
    expect(reached(ALL, { procedure, ...CHANGE, infinite: true })).toEqual([
      PAGES,
      PAGES_NO_INPUT,
      PREFIXED_PAGES,
    ])
  })

  test('means both, and what lies below it, for `invalidate`', () => {
    expect(reached(ALL, { procedure, ...INVALIDATE })).toEqual([
      NO_INPUT,
      INPUT,
      PAGES,
      PAGES_NO_INPUT,
      BARE,
      BARE_INPUT,
      BELOW,
      PREFIXED,
      PREFIXED_PAGES,
      OTHER_PREFIX,
    ])
  })

  test('means one prefix alone where the engine has a `keyPrefix`', () => {
    const action = { procedure, ...INVALIDATE }
    expect(reached(ALL, action, { keyPrefix: 'app1' })).toEqual([PREFIXED, PREFIXED_PAGES])
    expect(reached(ALL, action, { keyPrefix: 'app3' })).toEqual([])
  })

  test('is found by its whole path, not by the end or the start of its name', () => {
    const near = [
      [['list'], { type: 'query' }],
      [['list', 'todo'], { type: 'query' }],
      [['todo', 'lists'], { type: 'query' }],
      [['my', 'todo', 'list'], { type: 'query' }],
    ]
    expect(reached(near, { procedure, ...INVALIDATE })).toEqual([])
  })

  test('never means a key of another making', () => {
    const others = [['todo', 'list'], ['todo.list'], [{ todo: 'list' }], [[]], [['todo', 7]]]
    expect(reached(others, { procedure, ...INVALIDATE })).toEqual([])
  })
})

test('a key that says `query` is believed, though its data look like pages', () => {
  const { queryClient, send } = startEngine(
    onNewTodo({ procedure: ['todo', 'list'], ...CHANGE }),
  )
  queryClient.setQueryData(INPUT, { pages: [[ONE]], pageParams: [0] })
  send('todo:new', TWO)
  expect(queryClient.getQueryData(INPUT)).toBe('new')
})

describe('a router', () => {
  test('means all of its procedures for `invalidate`', () => {
    expect(reached(ALL, { procedure: ['todo'], ...INVALIDATE })).toEqual(
      ALL.filter((key) => key !== OTHER_ROUTER && key !== PLAIN),
    )
  })

  test('means all of its procedures for `remove`', () => {
    const { queryClient, send } = startEngine(
      onNewTodo({ procedure: ['todo'], action: 'remove' }),
    )
    for (const key of ALL) queryClient.setQueryData(key, 'old')
    send('todo:new', ONE)
    const left = queryClient
      .getQueryCache()
      .getAll()
      .map(({ queryKey }) => queryKey)
    expect(left).toEqual([OTHER_ROUTER, PLAIN])
  })

  test('means none of them for `direct`, whose updater knows one shape', () => {
    expect(reached(ALL, { procedure: ['todo'], ...CHANGE })).toEqual([])
  })
})

describe('a plain query key', () => {
  test('means the keys that begin with it', () => {
    const keys = [['todos'], ['todos', 7], ['todos', { listId: 'a' }], ['todo'], [['todos']]]
    expect(reached(keys, { queryKey: ['todos'], ...CHANGE })).toEqual([
      ['todos'],
      ['todos', 7],
      ['todos', { listId: 'a' }],
    ])
  })

  test('means objects that hold its own, as the filters of TanStack Query do', () => {
    const keys = [
      ['todos', { listId: 'a', page: 2 }],
      ['todos', { listId: 'b' }],
    ]
    expect(reached(keys, { queryKey: ['todos', { listId: 'a' }], ...INVALIDATE })).toEqual([
      ['todos', { listId: 'a', page: 2 }],
    ])
  })

  test('finds tRPC’s keys, too, where it is one', () => {
    expect(
      reached(ALL, { queryKey: [['todo', 'list'], { type: 'infinite' }], ...INVALIDATE }),
    ).toEqual([PAGES, PAGES_NO_INPUT])
  })

  test('gives match the first object behind it as the input', () => {
    const inputs: unknown[] = []
    const keys = [['todos'], ['todos', 7, { listId: 'a' }, { page: 2 }], ['todos', ['a']]]
    reached(keys, {
      queryKey: ['todos'],
      ...INVALIDATE,
      match: (_, input) => inputs.push(input) > 0,
    })
    expect(inputs).toEqual([undefined, { listId: 'a' }, undefined])
  })

  test('tells infinite queries from plain ones by their data', () => {
    const { queryClient, send } = startEngine(
      onNewTodo(
        { queryKey: ['todos'], ...CHANGE },
        { queryKey: ['todos'], action: 'direct', infinite: true, updater: prependToFirstPage },
      ),
    )
    queryClient.setQueryData(['todos', 'plain'], 'old')
    queryClient.setQueryData(['todos', 'pages'], { pages: [[TWO]], pageParams: [0] })
    send('todo:new', ONE)
    expect(queryClient.getQueryData(['todos', 'plain'])).toBe('new')
    expect(queryClient.getQueryData(['todos', 'pages'])).toEqual({
      pages: [[ONE, TWO]],
      pageParams: [0],
    })
  })

  test('tells an infinite query without data by its observer', async () => {
    const { queryClient, send } = startEngine(
      onNewTodo({ queryKey: ['todos'], action: 'invalidate', infinite: true }),
    )
    let fetches = 0
    const observer = new InfiniteQueryObserver(queryClient, {
      queryKey: ['todos'],
      queryFn: async () => {
        fetches++
        throw new Error('offline')
      },
      initialPageParam: 0,
      getNextPageParam: () => null,
      staleTime: Infinity,
    })
    onTestFinished(observer.subscribe(() => {}))
    await settled(queryClient)
    send('todo:new', ONE)
    await settled(queryClient)
    expect(fetches).toBe(2)
  })
})

describe('the keys of a real tRPC client', () => {
  const { router, procedure } = initTRPC.create()
  const appRouter = router({
    message: {
      list: procedure
        .input(
          z.object({
            conversationId: z.string(),
            cursor: z.number().nullish(),
            direction: z.enum(['forward', 'backward']).optional(),
          }),
        )
        .query(() => [{ id: 1 }]),
      search: procedure.input(z.string()).query(() => [{ id: 1 }]),
    },
    me: procedure.query(() => 'ada'),
  })
  const queryClient = new QueryClient()
  const trpc = createTRPCOptionsProxy({ router: appRouter, ctx: {}, queryClient })
  const prefixed = createTRPCOptionsProxy<typeof appRouter, { keyPrefix: true }>({
    router: appRouter,
    ctx: {},
    queryClient,
    keyPrefix: 'app1',
  })
  const input = { conversationId: 'c1', cursor: 7 }

  test('are found, query and infinite alike', () => {
    const keys = [
      trpc.message.list.queryKey(input),
      trpc.message.list.infiniteQueryKey(input),
      prefixed.message.list.queryKey(input),
      prefixed.message.list.infiniteQueryKey(input),
      trpc.message.search.queryKey('hello'),
      trpc.me.queryKey(),
    ]
    const list = { procedure: ['message', 'list'], ...CHANGE }
    expect(reached(keys, list)).toEqual([keys[0], keys[2]])
    expect(reached(keys, { ...list, infinite: true })).toEqual([keys[1], keys[3]])
    expect(reached(keys, list, { keyPrefix: 'app1' })).toEqual([keys[2]])
    expect(reached(keys, { procedure: ['me'], ...CHANGE })).toEqual([keys[5]])
    expect(reached(keys, { procedure: ['message'], ...INVALIDATE })).toEqual(keys.slice(0, 5))
  })

  test('give match the input: with the cursor for a query, without it for an infinite one', () => {
    const inputs: unknown[] = []
    const keys = [
      trpc.message.list.queryKey(input),
      trpc.message.list.infiniteQueryKey(input),
      prefixed.message.list.infiniteQueryKey(input),
      trpc.message.search.queryKey('hello'),
      trpc.message.list.queryKey(),
    ]
    reached(keys, {
      procedure: ['message'],
      ...INVALIDATE,
      match: (_, input) => inputs.push(input) > 0,
    })
    expect(inputs).toEqual([
      { conversationId: 'c1', cursor: 7 },
      { conversationId: 'c1' },
      undefined,
      { conversationId: 'c1' },
      'hello',
    ])
  })

  test('are found in what its own options fetched', async () => {
    const { queryClient, send } = startEngine(
      onNewTodo({
        procedure: ['message', 'list'],
        action: 'direct',
        infinite: true,
        match: (_, input) => input?.['conversationId'] === 'c1',
        updater: prependToFirstPage,
      }),
    )
    const options = trpc.message.list.infiniteQueryOptions(
      { conversationId: 'c1' },
      { getNextPageParam: () => null },
    )
    await queryClient.fetchInfiniteQuery(options)
    send('todo:new', TWO)
    expect(queryClient.getQueryData(options.queryKey)?.pages).toEqual([[TWO, { id: 1 }]])
  })
})

test('queries are found whether they were cached before the engine started or after', () => {
  const action = { procedure: ['todo', 'list'], ...INVALIDATE }
  const { queryClient, send } = startEngine(onNewTodo(action))
  queryClient.setQueryData(INPUT, 'old')
  queryClient.removeQueries({ queryKey: INPUT })
  queryClient.setQueryData(INPUT, 'again')
  queryClient.setQueryData(PREFIXED, 'old')
  send('todo:new', ONE)
  expect(stateOf(queryClient, INPUT).isInvalidated).toBe(true)
  expect(stateOf(queryClient, PREFIXED).isInvalidated).toBe(true)
})

test('a query that has left the cache is not asked about again', () => {
  const asked: unknown[] = []
  const { queryClient, send } = startEngine(
    onNewTodo(
      { procedure: ['todo', 'list'], ...INVALIDATE, match: () => asked.push('path') > 0 },
      { queryKey: ['todos'], ...INVALIDATE, match: () => asked.push('plain') > 0 },
    ),
  )
  for (const key of [INPUT, PREFIXED, ['todos'], ['todos', 7]]) {
    queryClient.setQueryData(key, 'old')
  }
  queryClient.clear()
  send('todo:new', ONE)
  expect(asked).toEqual([])
})
