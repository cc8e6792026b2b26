/** `direct` changes data in place, and nothing else about a query. */

import { prependToFirstPage } from '@iron-stack/sync'
import { describe, expect, test } from 'vitest'
import { observe, settled, startEngine, stateOf } from '../support/engine.ts'
import {
  INVALIDATE,
  listKey,
  ONE,
  onNewTodo,
  pagesKey,
  PREPEND,
  THREE,
  TWO,
  type Todo,
} from '../support/todos.ts'
import { until } from '../support/until.ts'

describe('`direct`', () => {
  test('shows an onlooker the new data without a request', async () => {
    const { queryClient, send } = startEngine(onNewTodo(PREPEND))
    const onlooker = observe(queryClient, listKey('a'), [[ONE]])
    await until(() => expect(onlooker.shown.at(-1)).toEqual([ONE]))
    send('todo:new', TWO)
    await until(() => expect(onlooker.shown).toEqual([[ONE], [TWO, ONE]]))
    expect(onlooker.fetches()).toBe(1)
  })

  test('changes queries that nobody looks at, or that are disabled', () => {
    const { queryClient, send } = startEngine(onNewTodo(PREPEND))
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(listKey('b'), [ONE])
    const disabled = observe(queryClient, listKey('b'), [[]], { enabled: false })
    send('todo:new', TWO)
    expect(queryClient.getQueryData(listKey('a'))).toEqual([TWO, ONE])
    expect(queryClient.getQueryData(listKey('b'))).toEqual([TWO, ONE])
    expect(disabled.fetches()).toBe(0)
  })

  test('changes the queries that match, and leaves the others as they are', () => {
    const { queryClient, send } = startEngine(
      onNewTodo({ ...PREPEND, match: (todo, input) => input?.['listId'] === todo.listId }),
    )
    const others = [ONE]
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(listKey('b'), others)
    send('todo:new', TWO)
    expect(queryClient.getQueryData(listKey('a'))).toEqual([TWO, ONE])
    expect(queryClient.getQueryData(listKey('b'))).toBe(others)
  })

  test('tells match and updater the input, the viewer and the key of each query', () => {
    const told: unknown[] = []
    const { queryClient, send } = startEngine(
      onNewTodo({
        ...PREPEND,
        match: (...args) => told.push(['match', ...args]) > 0,
        updater: (...args) => void told.push(['updater', ...args]),
      }),
      { viewer: { id: 'ada' } },
    )
    const old = [ONE]
    queryClient.setQueryData(listKey('a'), old)
    send('todo:new', TWO)
    const context = { input: { listId: 'a' }, viewer: { id: 'ada' }, queryKey: listKey('a') }
    expect(told).toEqual([
      ['match', TWO, { listId: 'a' }, context],
      ['updater', old, TWO, context],
    ])
  })

  test('keeps pages and page params that it did not change', () => {
    const { queryClient, send } = startEngine(
      onNewTodo({ ...PREPEND, infinite: true, updater: prependToFirstPage }),
    )
    const secondPage = [ONE]
    const pageParams = [0, 1]
    queryClient.setQueryData(pagesKey('a'), { pages: [[TWO], secondPage], pageParams })
    send('todo:new', THREE)
    const data = queryClient.getQueryData<{ pages: Todo[][] }>(pagesKey('a'))
    expect(data).toEqual({ pages: [[THREE, TWO], [ONE]], pageParams: [0, 1] })
    expect(data?.pages[1]).toBe(secondPage)
  })

  test('keeps the identity of rows that merely moved', () => {
    const { queryClient, send } = startEngine(onNewTodo(PREPEND))
    queryClient.setQueryData(listKey('a'), [ONE, TWO])
    const before = queryClient.getQueryData<Todo[]>(listKey('a'))
    send('todo:new', THREE)
    const after = queryClient.getQueryData<Todo[]>(listKey('a'))
    expect(after).toEqual([THREE, ONE, TWO])
    expect(after?.[1]).toBe(before?.[0])
    expect(after?.[2]).toBe(before?.[1])
  })

  test('does its actions in order, each on what the one before it left', () => {
    const { queryClient, send } = startEngine(
      onNewTodo(PREPEND, { ...PREPEND, updater: (old: Todo[]) => old.toReversed() }),
    )
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    expect(queryClient.getQueryData(listKey('a'))).toEqual([ONE, TWO])
  })

  test('and `invalidate` on one query paint now and reconcile later', async () => {
    const { queryClient, send } = startEngine(onNewTodo(PREPEND, INVALIDATE))
    const onlooker = observe(queryClient, listKey('a'), [[ONE], [THREE, TWO, ONE]])
    await until(() => expect(onlooker.shown.at(-1)).toEqual([ONE]))
    send('todo:new', TWO)
    await settled(queryClient)
    expect(onlooker.shown).toEqual([[ONE], [TWO, ONE], [THREE, TWO, ONE]])
    expect(onlooker.fetches()).toBe(2)
  })
})

describe('`direct` never', () => {
  test('makes an entry for a query that was never asked', () => {
    const { queryClient, send } = startEngine(onNewTodo(PREPEND))
    send('todo:new', TWO)
    expect(queryClient.getQueryCache().getAll()).toEqual([])
  })

  test('calls the updater for a query without data', () => {
    const called: unknown[] = []
    const { queryClient, send } = startEngine(
      onNewTodo({ ...PREPEND, updater: (old) => called.push(old) }),
    )
    observe(queryClient, listKey('a'), [[ONE]], { enabled: false })
    send('todo:new', TWO)
    expect(called).toEqual([])
    expect(stateOf(queryClient, listKey('a'))).toMatchObject({
      data: undefined,
      status: 'pending',
    })
  })

  test('heals a query whose last fetch failed', async () => {
    const { queryClient, send } = startEngine(onNewTodo(PREPEND))
    const error = new Error('offline')
    const onlooker = observe(queryClient, listKey('a'), [[ONE], error])
    await until(() => expect(onlooker.shown.at(-1)).toEqual([ONE]))
    await queryClient.refetchQueries({ queryKey: listKey('a') })
    send('todo:new', TWO)
    expect(stateOf(queryClient, listKey('a'))).toMatchObject({
      data: [TWO, ONE],
      status: 'error',
      error,
    })
  })

  test('turns a query that failed before it had data into a success', async () => {
    const { queryClient, send } = startEngine(onNewTodo(PREPEND))
    observe(queryClient, listKey('a'), [new Error('offline')])
    await until(() => expect(stateOf(queryClient, listKey('a')).status).toBe('error'))
    send('todo:new', TWO)
    expect(stateOf(queryClient, listKey('a'))).toMatchObject({
      data: undefined,
      status: 'error',
    })
  })

  test('makes old data look fresh', () => {
    const { queryClient, send } = startEngine(onNewTodo(PREPEND))
    queryClient.setQueryData(listKey('a'), [ONE], { updatedAt: 1000 })
    send('todo:new', TWO)
    expect(stateOf(queryClient, listKey('a')).dataUpdatedAt).toBe(1000)
  })

  test('takes an invalidation back', async () => {
    const { queryClient, send } = startEngine(onNewTodo(PREPEND))
    queryClient.setQueryData(listKey('a'), [ONE])
    await queryClient.invalidateQueries({ queryKey: listKey('a') })
    send('todo:new', TWO)
    expect(stateOf(queryClient, listKey('a'))).toMatchObject({
      data: [TWO, ONE],
      isInvalidated: true,
    })
  })

  test.each([
    ['the old data', (old: unknown) => old],
    ['undefined', () => undefined],
  ])('tells anybody of an updater that returns %s', (_, updater) => {
    const { queryClient, send } = startEngine(onNewTodo({ ...PREPEND, updater }))
    const data = [ONE]
    queryClient.setQueryData(listKey('a'), data)
    const notices: string[] = []
    queryClient.getQueryCache().subscribe(({ type }) => notices.push(type))
    send('todo:new', TWO)
    expect(queryClient.getQueryData(listKey('a'))).toBe(data)
    expect(notices).toEqual([])
  })
})

test.each([[null], [0], [''], [false]])(
  '%j is data: an updater is asked, and may return it',
  (value) => {
    const { queryClient, send } = startEngine(
      onNewTodo({ ...PREPEND, updater: (old) => (old === value ? 'changed' : value) }),
    )
    queryClient.setQueryData(listKey('a'), value)
    send('todo:new', ONE)
    expect(queryClient.getQueryData(listKey('a'))).toBe('changed')
    send('todo:new', ONE)
    expect(queryClient.getQueryData(listKey('a'))).toBe(value)
  },
)
