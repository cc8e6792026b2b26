/** What an event costs does not grow with the cache: queries are found without a search. */

import { expect, test, vi } from 'vitest'
import { upsertItem } from '@iron-stack/sync'
import { createClient, startEngine, stateOf } from '../support/engine.ts'
import { listKey, ONE, onNewTodo, PREPEND, TWO, type Todo } from '../support/todos.ts'

const CACHED = 10_000

/** An engine with rules of every kind, on a cache of 10,000 queries of which three are meant. */
function startCrowded() {
  const engine = startEngine(
    onNewTodo(
      { ...PREPEND, match: (todo, input) => input?.['listId'] === todo.listId },
      { queryKey: ['counts'], action: 'invalidate' },
      { procedure: ['draft'], action: 'remove' },
    ),
  )
  const { queryClient } = engine
  for (let n = 0; n < CACHED; n++) {
    queryClient.setQueryData([['other', `procedure${n}`], { type: 'query' }], n)
  }
  queryClient.setQueryData(listKey('a'), [ONE])
  queryClient.setQueryData(['counts'], 1)
  queryClient.setQueryData([['draft', 'list'], { type: 'query' }], [])
  return engine
}

test('an event among 10,000 cached queries searches the cache not once', () => {
  const { queryClient, send } = startCrowded()
  const cache = queryClient.getQueryCache()
  const searches = [
    vi.spyOn(cache, 'findAll'),
    vi.spyOn(cache, 'find'),
    vi.spyOn(cache, 'getAll'),
  ]

  send('todo:new', TWO)
  expect(searches.map((search) => search.mock.calls.length)).toEqual([0, 0, 0])
  expect(queryClient.getQueryData(listKey('a'))).toEqual([TWO, ONE])
  expect(stateOf(queryClient, ['counts']).isInvalidated).toBe(true)
  expect(cache.getAll()).toHaveLength(CACHED + 2)
})

test('an event asks `match` about the queries of its procedure alone', () => {
  let asked = 0
  const { queryClient, send } = startEngine(
    onNewTodo({ ...PREPEND, match: () => asked++ > Infinity }),
  )
  for (let n = 0; n < 100; n++) {
    queryClient.setQueryData([['other', 'list'], { input: { n }, type: 'query' }], n)
  }
  queryClient.setQueryData(listKey('a'), [ONE])
  queryClient.setQueryData(listKey('b'), [ONE])
  send('todo:new', TWO)
  expect(asked).toBe(2)
})

test('an engine adds nothing to a query, and leaves it as it was', () => {
  const { queryClient, stop } = startEngine(onNewTodo(PREPEND))
  const bare = createClient()
  for (const client of [queryClient, bare]) client.setQueryData(listKey('a'), [ONE])
  const [ours, theirs] = [queryClient, bare].map((client) =>
    client.getQueryCache().find({ queryKey: listKey('a') }),
  )
  expect(Object.keys(ours ?? {})).toEqual(Object.keys(theirs ?? {}))
  expect(ours?.setData).not.toBe(theirs?.setData)
  stop()
  expect(ours?.setData).toBe(theirs?.setData)
  expect(Object.getPrototypeOf(ours)).toBe(Object.getPrototypeOf(theirs))
})

test('a new row asks each row of a list for its id, once', () => {
  let asked = 0
  const id = (todo: Todo) => {
    asked++
    return todo.id
  }
  const { queryClient, send } = startEngine(
    onNewTodo({
      procedure: ['todo', 'list'],
      action: 'direct',
      updater: upsertItem({ id, insert: 'first' }),
    }),
  )
  const rows = Array.from({ length: 1000 }, (_, n): Todo => ({ id: n, listId: 'a' }))
  queryClient.setQueryData(listKey('a'), rows)
  send('todo:new', { id: -1, listId: 'a' })
  expect(asked).toBe(1000 + 1)
})
