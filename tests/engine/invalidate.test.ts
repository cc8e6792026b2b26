/** `invalidate` refetches what somebody looks at, and marks the rest stale. */

import { describe, expect, test } from 'vitest'
import { observe, settled, startEngine, stateOf } from '../support/engine.ts'
import { INVALIDATE, listKey, ONE, onNewTodo, pagesKey, TWO } from '../support/todos.ts'
import { until } from '../support/until.ts'

describe('`invalidate`', () => {
  test('refetches a query that somebody looks at, once, and shows the answer', async () => {
    const { queryClient, send } = startEngine(onNewTodo(INVALIDATE))
    const onlooker = observe(queryClient, listKey('a'), [[ONE], [TWO, ONE]])
    await until(() => expect(onlooker.shown.at(-1)).toEqual([ONE]))
    send('todo:new', TWO)
    expect(stateOf(queryClient, listKey('a')).fetchStatus).toBe('fetching')
    await settled(queryClient)
    expect(onlooker.shown).toEqual([[ONE], [TWO, ONE]])
    expect(onlooker.fetches()).toBe(2)
    expect(stateOf(queryClient, listKey('a')).isInvalidated).toBe(false)
  })

  test('marks a query that nobody looks at, and the next to look refetches it', async () => {
    const { queryClient, send } = startEngine(onNewTodo(INVALIDATE))
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    expect(stateOf(queryClient, listKey('a'))).toMatchObject({
      data: [ONE],
      isInvalidated: true,
      fetchStatus: 'idle',
    })
    const onlooker = observe(queryClient, listKey('a'), [[TWO, ONE]])
    await until(() => expect(onlooker.shown).toEqual([[ONE], [TWO, ONE]]))
  })

  test('marks a query that is disabled, and does not fetch it', () => {
    const { queryClient, send } = startEngine(onNewTodo(INVALIDATE))
    queryClient.setQueryData(listKey('a'), [ONE])
    const onlooker = observe(queryClient, listKey('a'), [[TWO]], { enabled: false })
    send('todo:new', TWO)
    expect(stateOf(queryClient, listKey('a'))).toMatchObject({
      isInvalidated: true,
      fetchStatus: 'idle',
    })
    expect(onlooker.fetches()).toBe(0)
  })

  test('does not fetch a query that is static', async () => {
    const { queryClient, send } = startEngine(onNewTodo(INVALIDATE))
    const onlooker = observe(queryClient, listKey('a'), [[ONE]], { staleTime: 'static' })
    await until(() => expect(onlooker.shown.at(-1)).toEqual([ONE]))
    send('todo:new', TWO)
    expect(stateOf(queryClient, listKey('a')).fetchStatus).toBe('idle')
    expect(onlooker.fetches()).toBe(1)
  })

  test('gives a query that failed another chance', async () => {
    const { queryClient, send } = startEngine(onNewTodo(INVALIDATE))
    const onlooker = observe(queryClient, listKey('a'), [new Error('offline'), [TWO]])
    await until(() => expect(stateOf(queryClient, listKey('a')).status).toBe('error'))
    send('todo:new', TWO)
    await until(() => expect(onlooker.shown.at(-1)).toEqual([TWO]))
    expect(stateOf(queryClient, listKey('a')).status).toBe('success')
  })

  test('whose fetch fails leaves the error where onlookers see it, and nowhere else', async () => {
    const { errors, queryClient, send } = startEngine(onNewTodo(INVALIDATE))
    const error = new Error('offline')
    const onlooker = observe(queryClient, listKey('a'), [[ONE], error])
    await until(() => expect(onlooker.shown.at(-1)).toEqual([ONE]))
    send('todo:new', TWO)
    await settled(queryClient)
    expect(stateOf(queryClient, listKey('a'))).toMatchObject({ data: [ONE], error })
    expect(errors).toEqual([])
  })

  test('by two actions of one event refetches once', async () => {
    const { queryClient, send } = startEngine(
      onNewTodo(INVALIDATE, { procedure: ['todo'], action: 'invalidate' }),
    )
    const onlooker = observe(queryClient, listKey('a'), [[ONE], [TWO, ONE]])
    await until(() => expect(onlooker.shown.at(-1)).toEqual([ONE]))
    send('todo:new', TWO)
    await settled(queryClient)
    expect(onlooker.fetches()).toBe(2)
  })

  test('narrows by match', () => {
    const { queryClient, send } = startEngine(
      onNewTodo({ ...INVALIDATE, match: (todo, input) => input?.['listId'] === todo.listId }),
    )
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(listKey('b'), [])
    send('todo:new', TWO)
    expect(stateOf(queryClient, listKey('a')).isInvalidated).toBe(true)
    expect(stateOf(queryClient, listKey('b')).isInvalidated).toBe(false)
  })

  test.each([
    [undefined, { plain: true, pages: true }],
    [true, { plain: false, pages: true }],
    [false, { plain: true, pages: false }],
  ])('with `infinite: %s` means %j', (infinite, expected) => {
    const { queryClient, send } = startEngine(
      onNewTodo({ ...INVALIDATE, ...(infinite !== undefined && { infinite }) }),
    )
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(pagesKey('a'), { pages: [[ONE]], pageParams: [0] })
    send('todo:new', TWO)
    expect({
      plain: stateOf(queryClient, listKey('a')).isInvalidated,
      pages: stateOf(queryClient, pagesKey('a')).isInvalidated,
    }).toEqual(expected)
  })
})
