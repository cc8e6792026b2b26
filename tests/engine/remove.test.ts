/** `remove` takes data out of the cache, and off the screen. */

import { QueryObserver } from '@tanstack/query-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { defer } from '../support/defer.ts'
import { observe, startEngine, stateOf } from '../support/engine.ts'
import { listKey, ONE, onNewTodo, pagesKey, REMOVE, TWO, type Todo } from '../support/todos.ts'
import { until } from '../support/until.ts'

describe('`remove`', () => {
  test('drops a query that nobody looks at', () => {
    const { queryClient, send } = startEngine(onNewTodo(REMOVE))
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    expect(queryClient.getQueryCache().getAll()).toEqual([])
  })

  test('empties the screen of a query that somebody looks at, and asks again', async () => {
    const { queryClient, send } = startEngine(onNewTodo(REMOVE))
    const onlooker = observe(queryClient, listKey('a'), [[ONE], [TWO]])
    await until(() => expect(onlooker.shown.at(-1)).toEqual([ONE]))
    send('todo:new', TWO)
    expect(stateOf(queryClient, listKey('a')).data).toBe(undefined)
    await until(() => expect(onlooker.shown).toEqual([[ONE], undefined, [TWO]]))
    expect(onlooker.fetches()).toBe(2)
  })

  test('whose new fetch is refused leaves the screen empty', async () => {
    const { queryClient, send } = startEngine(onNewTodo(REMOVE))
    const onlooker = observe(queryClient, listKey('a'), [[ONE], new Error('forbidden')])
    await until(() => expect(onlooker.shown.at(-1)).toEqual([ONE]))
    send('todo:new', TWO)
    await until(() => expect(stateOf(queryClient, listKey('a')).status).toBe('error'))
    expect(onlooker.shown).toEqual([[ONE], undefined])
  })

  test('empties a query that is disabled, and does not ask', async () => {
    const { queryClient, send } = startEngine(onNewTodo(REMOVE))
    queryClient.setQueryData(listKey('a'), [ONE])
    const onlooker = observe(queryClient, listKey('a'), [[TWO]], { enabled: false })
    send('todo:new', TWO)
    await until(() => expect(onlooker.shown.at(-1)).toBe(undefined))
    expect(stateOf(queryClient, listKey('a'))).toMatchObject({
      data: undefined,
      status: 'pending',
      fetchStatus: 'idle',
    })
    expect(onlooker.fetches()).toBe(0)
  })

  test('narrows by match, and leaves other queries where they are', () => {
    const { queryClient, send } = startEngine(
      onNewTodo({ ...REMOVE, match: (todo, input) => input?.['listId'] === todo.listId }),
    )
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(listKey('b'), [ONE])
    queryClient.setQueryData(['settings'], 'dark')
    send('todo:new', TWO)
    const keys = queryClient
      .getQueryCache()
      .getAll()
      .map(({ queryKey }) => queryKey)
    expect(keys).toEqual([listKey('b'), ['settings']])
  })

  test.each([
    [undefined, []],
    [true, [listKey('a')]],
    [false, [pagesKey('a')]],
  ])('with `infinite: %s` leaves %j', (infinite, left) => {
    const { queryClient, send } = startEngine(
      onNewTodo({ ...REMOVE, ...(infinite !== undefined && { infinite }) }),
    )
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(pagesKey('a'), { pages: [[ONE]], pageParams: [0] })
    send('todo:new', TWO)
    const keys = queryClient
      .getQueryCache()
      .getAll()
      .map(({ queryKey }) => queryKey)
    expect(keys).toEqual(left)
  })

  test('twice, and for a query that comes back, is as good as once', () => {
    const { errors, queryClient, send } = startEngine(onNewTodo(REMOVE))
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    send('todo:new', TWO)
    queryClient.setQueryData(listKey('a'), [TWO])
    expect(queryClient.getQueryData(listKey('a'))).toEqual([TWO])
    send('todo:new', TWO)
    expect(queryClient.getQueryCache().getAll()).toEqual([])
    expect(errors).toEqual([])
  })
})

test('a first fetch that somebody awaits is not cancelled by a `remove`, and followed by another', async () => {
  const { queryClient, send } = startEngine(onNewTodo(REMOVE))
  const answer = defer<Todo[]>()
  let requests = 0
  const options = {
    queryKey: listKey('a'),
    async queryFn() {
      requests++
      return requests === 1 ? answer.promise : [TWO]
    },
  }
  const fetched = queryClient.fetchQuery(options)
  send('todo:new', TWO)
  answer.resolve([ONE])
  expect(await fetched).toEqual([ONE])
  onTestFinished(
    new QueryObserver(queryClient, { ...options, staleTime: Infinity }).subscribe(() => {}),
  )
  await until(() => expect(queryClient.getQueryData(listKey('a'))).toEqual([TWO]))
})
