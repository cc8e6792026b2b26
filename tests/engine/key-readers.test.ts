/** Keys of any making: what a reader of one's own can do, and what its faults cost. */

import type { QueryKey } from '@tanstack/query-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { prependToFirstPage, type CacheAction, type SyncError } from '@iron-stack/sync'
import { createSyncEngine, orpcKeys, trpcKeys, type KeyReader } from '@iron-stack/sync/engine'
import { startEngine, stateOf } from '../support/engine.ts'
import {
  INVALIDATE,
  listKey,
  ONE,
  onNewTodo,
  PREPEND,
  TWO,
  type Todo,
} from '../support/todos.ts'

/** `['api', 'todo', 'list', { filter }]`, with `'pages'` at the end for infinite queries. */
const apiKeys: KeyReader = ([root, ...rest]) => {
  if (root !== 'api') return undefined
  const path = rest.filter((part) => typeof part === 'string' && part !== 'pages')
  const options = rest.find((part) => typeof part === 'object') as
    | { filter?: unknown }
    | undefined
  return {
    path: path.map(String),
    input: options?.filter,
    type: rest.at(-1) === 'pages' ? 'infinite' : 'query',
  }
}

const apiList = (listId: string) => ['api', 'todo', 'list', { filter: { listId } }]
const apiPages = (listId: string) => [...apiList(listId), 'pages']

const MATCHED = { ...PREPEND, match: 'listId' } satisfies CacheAction<Todo>

describe('a reader of one’s own', () => {
  test('leads a procedure, a match and `infinite` to its keys', () => {
    const { queryClient, send } = startEngine(
      onNewTodo(MATCHED, { ...MATCHED, infinite: true, updater: prependToFirstPage }),
      { keys: apiKeys },
    )
    queryClient.setQueryData(apiList('a'), [ONE])
    queryClient.setQueryData(apiList('b'), [ONE])
    queryClient.setQueryData(apiPages('a'), { pages: [[ONE]], pageParams: [0] })
    send('todo:new', TWO)
    expect(queryClient.getQueryData(apiList('a'))).toEqual([TWO, ONE])
    expect(queryClient.getQueryData(apiList('b'))).toEqual([ONE])
    expect(queryClient.getQueryData(apiPages('a'))).toEqual({
      pages: [[TWO, ONE]],
      pageParams: [0],
    })
  })

  test('leads a router’s path to all below it', () => {
    const { queryClient, send } = startEngine(
      onNewTodo({ procedure: ['todo'], action: 'invalidate' }),
      { keys: apiKeys },
    )
    const keys: QueryKey[] = [apiList('a'), apiPages('a'), ['api', 'todo'], ['api', 'note']]
    for (const key of keys) queryClient.setQueryData(key, 'old')
    send('todo:new', ONE)
    const found = keys.filter((key) => stateOf(queryClient, key).isInvalidated)
    expect(found).toEqual(keys.slice(0, 3))
  })

  test('gives `match` and `updater` the input it has read', () => {
    const inputs: unknown[] = []
    const { queryClient, send } = startEngine(
      onNewTodo({
        procedure: ['todo', 'list'],
        action: 'direct',
        match: (_, input) => inputs.push(input) > 0,
        updater: (old, _, { input }) => {
          inputs.push(input)
          return old
        },
      }),
      { keys: apiKeys },
    )
    queryClient.setQueryData(apiList('a'), [ONE])
    send('todo:new', TWO)
    expect(inputs).toEqual([{ listId: 'a' }, { listId: 'a' }])
  })

  test('gives `keyPrefix` the prefix it has read', () => {
    const { queryClient, send } = startEngine(onNewTodo(PREPEND), {
      keys: ([prefix, ...path]) => ({ path: path.map(String), prefix: String(prefix) }),
      keyPrefix: 'one',
    })
    queryClient.setQueryData(['one', 'todo', 'list'], [ONE])
    queryClient.setQueryData(['two', 'todo', 'list'], [ONE])
    send('todo:new', TWO)
    expect(queryClient.getQueryData(['one', 'todo', 'list'])).toEqual([TWO, ONE])
    expect(queryClient.getQueryData(['two', 'todo', 'list'])).toEqual([ONE])
  })

  test('joins two libraries in one engine', () => {
    const { queryClient, send } = startEngine(onNewTodo(PREPEND), {
      keys: (key) => trpcKeys(key) ?? apiKeys(key),
    })
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(apiList('a'), [ONE])
    send('todo:new', TWO)
    expect(queryClient.getQueryData(listKey('a'))).toEqual([TWO, ONE])
    expect(queryClient.getQueryData(apiList('a'))).toEqual([TWO, ONE])
  })

  test('leaves plain keys to `queryKey`', () => {
    const { queryClient, send } = startEngine(
      onNewTodo({ queryKey: ['todos'], action: 'direct', updater: PREPEND.updater }),
      { keys: apiKeys },
    )
    queryClient.setQueryData(['todos', { listId: 'a' }], [ONE])
    send('todo:new', TWO)
    expect(queryClient.getQueryData(['todos', { listId: 'a' }])).toEqual([TWO, ONE])
  })

  test('reads each key once, however many events come', () => {
    const reads: unknown[] = []
    const { queryClient, send } = startEngine(
      onNewTodo(MATCHED, INVALIDATE, { queryKey: ['api'], action: 'invalidate' }),
      {
        keys: (key) => {
          reads.push(key)
          return apiKeys(key)
        },
      },
    )
    queryClient.setQueryData(apiList('a'), [ONE])
    queryClient.setQueryData(['plain'], [ONE])
    for (let id = 2; id < 10; id++) send('todo:new', { id, listId: 'a' })
    queryClient.removeQueries()
    expect(reads).toEqual([apiList('a'), ['plain']])
  })
})

test('engines on one cache each read by their own reader', () => {
  const { queryClient, socket, send } = startEngine(onNewTodo(PREPEND))
  queryClient.setQueryData(listKey('a'), [ONE])
  queryClient.setQueryData(apiList('a'), [ONE])
  const stop = createSyncEngine(queryClient, socket, onNewTodo(PREPEND), { keys: apiKeys })
  send('todo:new', TWO)
  expect(queryClient.getQueryData(listKey('a'))).toEqual([TWO, ONE])
  expect(queryClient.getQueryData(apiList('a'))).toEqual([TWO, ONE])
  stop()
  send('todo:new', { id: 3, listId: 'a' })
  expect(queryClient.getQueryData(apiList('a'))).toEqual([TWO, ONE])
})

test('an engine that starts again finds what was cached while there was none', () => {
  const { queryClient, socket, send, stop } = startEngine(onNewTodo(PREPEND), { keys: apiKeys })
  stop()
  queryClient.setQueryData(apiList('a'), [ONE])
  onTestFinished(createSyncEngine(queryClient, socket, onNewTodo(PREPEND), { keys: apiKeys }))
  send('todo:new', TWO)
  expect(queryClient.getQueryData(apiList('a'))).toEqual([TWO, ONE])
})

test('when the last engine has left, its reader is asked no more', () => {
  const reads: unknown[] = []
  const { queryClient, socket, stop } = startEngine(onNewTodo(PREPEND), {
    keys: (key) => {
      reads.push(key)
      return undefined
    },
  })
  stop()
  onTestFinished(createSyncEngine(queryClient, socket, onNewTodo(PREPEND), { keys: apiKeys }))
  queryClient.setQueryData(apiList('a'), [ONE])
  expect(reads).toEqual([])
})

describe('a reader that fails', () => {
  const broken: [string, (key: QueryKey) => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('what is this?')
      },
    ],
    ['returns no object', () => 'todo.list'],
    ['returns null', () => null],
    ['returns a promise', async () => ({ path: ['todo', 'list'] })],
    ['returns no path', () => ({ input: 1 })],
    ['returns an empty path', () => ({ path: [] })],
    ['returns a path of something else', () => ({ path: ['todo', 7] })],
    ['returns a prefix that is none', () => ({ path: ['todo', 'list'], prefix: 7 })],
    ['returns a type that is none', () => ({ path: ['todo', 'list'], type: 'mutation' })],
  ]

  test.each(broken)('that %s does not know the key, and is reported once', (_, keys) => {
    const { queryClient, send, errors } = startEngine(
      onNewTodo(INVALIDATE, { queryKey: ['todos'], action: 'invalidate' }),
      { keys: keys as KeyReader },
    )
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(['todos'], [ONE])
    send('todo:new', TWO)
    expect(stateOf(queryClient, listKey('a')).isInvalidated).toBe(false)
    expect(stateOf(queryClient, ['todos']).isInvalidated).toBe(true)
    expect(errors.map(({ code }: SyncError) => code)).toEqual(['keys-failed'])
  })

  test('has what it threw in `cause`, and no key in the message', () => {
    const cause = new Error('what is this?')
    const { queryClient, errors } = startEngine(onNewTodo(INVALIDATE), {
      keys: () => {
        throw cause
      },
    })
    queryClient.setQueryData(listKey('secret'), [ONE])
    expect(errors.map((error) => error.cause)).toEqual([cause])
    expect(errors[0]?.message).toBe(
      'A `keys` function threw. Return `{ path, input, prefix, type }`, or undefined for keys of another making.',
    )
  })
})

test('names with dots in them are not taken for paths', () => {
  const { queryClient, send } = startEngine(onNewTodo(PREPEND))
  const dotted = [['todo.list'], { type: 'query' }]
  queryClient.setQueryData(dotted, [ONE])
  queryClient.setQueryData(listKey('a'), [ONE])
  send('todo:new', TWO)
  expect(queryClient.getQueryData(dotted)).toEqual([ONE])
  expect(queryClient.getQueryData(listKey('a'))).toEqual([TWO, ONE])
})

test('a filter called `type` in a plain key says nothing of its shape', () => {
  const { queryClient, send } = startEngine(
    onNewTodo({ queryKey: ['todos'], action: 'direct', updater: PREPEND.updater }),
  )
  queryClient.setQueryData(['todos', { type: 'infinite' }], [ONE])
  send('todo:new', TWO)
  expect(queryClient.getQueryData(['todos', { type: 'infinite' }])).toEqual([TWO, ONE])
})

test.each([
  [[['todo', 'list'], { input: { a: 1 }, type: 'query' }], { input: { a: 1 }, type: 'query' }],
  [[['app'], ['todo', 'list'], { type: 'infinite' }], { prefix: 'app', type: 'infinite' }],
  [[['todo', 'list']], {}],
])('trpcKeys reads %j', (key, more) => {
  expect(trpcKeys(key)).toEqual({ path: ['todo', 'list'], ...more })
})

test('readers know none of each other’s odd keys', () => {
  expect(trpcKeys(['todo', 'list'])).toBe(undefined)
  expect(orpcKeys([['todo', 'list']])).toBe(undefined)
})
