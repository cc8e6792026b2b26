/** `debug: true` prints one line per event, and warns once of what looks like a mistake. */

import { prependToFirstPage, type CacheAction } from '@iron-stack/sync'
import { describe, expect, test } from 'vitest'
import { captureConsole } from '../support/console.ts'
import { observe, startEngine } from '../support/engine.ts'
import {
  INVALIDATE,
  listKey,
  ONE,
  onNewTodo,
  pagesKey,
  PREPEND,
  REMOVE,
  TWO,
  type Todo,
} from '../support/todos.ts'

function startDebugging(...actions: CacheAction<Todo>[]) {
  const printed = captureConsole('log')
  return { printed, ...startEngine(onNewTodo(...actions), { debug: true }) }
}

const ofTheirList = (todo: Todo, input: Record<string, unknown> | undefined) =>
  input?.['listId'] === todo.listId

describe('an event prints', () => {
  test('what was patched, unchanged, without data, and not meant', () => {
    const { printed, queryClient, send } = startDebugging({
      ...PREPEND,
      match: ofTheirList,
      updater: (old: readonly Todo[], todo: Todo) => (old.length > 1 ? old : [todo, ...old]),
    })
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(listKey('b'), [ONE])
    queryClient.setQueryData(listKey('c'), [ONE])
    observe(queryClient, listKey('d'), [[]], { enabled: false })
    send('todo:new', TWO)
    send('todo:new', TWO)
    expect(printed).toEqual([
      '[sync] todo:new → direct todo.list: 1 patched, 2 no match, 1 no data',
      '[sync] todo:new → direct todo.list: 1 unchanged, 2 no match, 1 no data',
    ])
  })

  test('the same where `match` is declared', () => {
    const { printed, queryClient, send } = startDebugging({ ...PREPEND, match: 'listId' })
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(listKey('b'), [ONE])
    queryClient.setQueryData(pagesKey('b'), { pages: [[ONE]], pageParams: [0] })
    send('todo:new', TWO)
    send('todo:new', { ...TWO, listId: 'c' })
    expect(printed).toEqual([
      '[sync] todo:new → direct todo.list: 1 patched, 1 no match, 1 other shape',
      '[sync] todo:new → direct todo.list: 2 no match, 1 other shape',
    ])
  })

  test('no match, where it names a field that the event or the input does not have', () => {
    const { printed, queryClient, send } = startDebugging(
      { ...PREPEND, match: { listID: 'listId' } },
      { ...INVALIDATE, match: { listId: 'listID' } as never },
    )
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    expect(printed).toEqual([
      '[sync] todo:new → direct todo.list: 1 no match; invalidate todo.list: 1 no match',
    ])
  })

  test('what was invalidated, removed and reset, action by action', () => {
    const { printed, queryClient, send } = startDebugging(
      { queryKey: ['counts', { of: 'todos' }], action: 'invalidate' },
      REMOVE,
    )
    queryClient.setQueryData(['counts', { of: 'todos' }], 1)
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(listKey('b'), [ONE])
    observe(queryClient, listKey('b'), [[]], { enabled: false })
    send('todo:new', TWO)
    expect(printed).toEqual([
      '[sync] todo:new → invalidate ["counts",{"of":"todos"}]: 1 invalidated; ' +
        'remove todo.list: 1 removed, 1 reset',
    ])
  })

  test('that there is no such query, and that a rule has no actions', () => {
    const { printed, send } = startDebugging(INVALIDATE)
    send('todo:new', TWO)
    expect(printed).toEqual(['[sync] todo:new → invalidate todo.list: no such query'])
    printed.length = 0
    const idle = startEngine(onNewTodo(), { debug: true })
    idle.send('todo:new', TWO)
    expect(printed).toEqual(['[sync] todo:new → no actions'])
  })

  test('that a callback failed', () => {
    const { errors, printed, queryClient, send } = startDebugging({
      ...PREPEND,
      updater: () => {
        throw new Error('no such field')
      },
    })
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    expect(printed).toEqual(['[sync] todo:new → direct todo.list: 1 failed'])
    expect(errors).toHaveLength(1)
  })

  test('nothing of what it carries, nor of what the cache holds', () => {
    const { printed, queryClient, send } = startDebugging(PREPEND, INVALIDATE, REMOVE)
    queryClient.setQueryData(listKey('a'), [{ id: 1, listId: 'a', text: 'SECRET' }])
    send('todo:new', { id: 2, listId: 'a', text: 'SECRET' })
    expect(printed).toHaveLength(1)
    expect(printed.join()).not.toContain('SECRET')
  })

  test('nothing at all without `debug`', () => {
    const printed = captureConsole('log')
    const { queryClient, send } = startEngine(onNewTodo(PREPEND))
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    expect(printed).toEqual([])
  })
})

describe('a warning is printed once', () => {
  test('where `direct` meets infinite queries alone', () => {
    const { printed, queryClient, send } = startDebugging(PREPEND)
    queryClient.setQueryData(pagesKey('a'), { pages: [[ONE]], pageParams: [0] })
    send('todo:new', TWO)
    send('todo:new', TWO)
    const line = '[sync] todo:new → direct todo.list: 1 other shape'
    expect(printed).toEqual([
      '[sync] todo:new → todo.list: `direct` met only infinite queries. ' +
        'Add `infinite: true` if they are meant.',
      line,
      line,
    ])
  })

  test('where `direct` with `infinite` meets plain queries alone', () => {
    const { printed, queryClient, send } = startDebugging({
      ...PREPEND,
      infinite: true,
      updater: prependToFirstPage,
    })
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    expect(printed).toEqual([
      '[sync] todo:new → todo.list: `direct` met only plain queries. ' +
        'Remove `infinite: true` if that is what they are.',
      '[sync] todo:new → direct todo.list: 1 other shape',
    ])
  })

  test.each([
    ['in a function', ofTheirList],
    ['by fields', 'listId'],
    ['by fields of other names', { listId: 'list.id' }],
  ])('where `match` compares a string with a number that look alike, %s', (_, match) => {
    const { printed, queryClient, send } = startDebugging({ ...PREPEND, match: match as never })
    queryClient.setQueryData(listKey('7'), [ONE])
    send('todo:new', { id: 2, listId: 7, list: { id: 7 } })
    send('todo:new', { id: 3, listId: 7, list: { id: 7 } })
    const line = '[sync] todo:new → direct todo.list: 1 no match'
    expect(printed).toEqual([
      '[sync] todo:new → todo.list: `match` compared the number in the event with the ' +
        'string in the input, which look alike and are never equal. Convert one of them.',
      line,
      line,
    ])
  })
})

describe('no warning is printed', () => {
  test('where `direct` met both shapes', () => {
    const { printed, queryClient, send } = startDebugging(PREPEND)
    queryClient.setQueryData(pagesKey('a'), { pages: [[ONE]], pageParams: [0] })
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    expect(printed).toEqual(['[sync] todo:new → direct todo.list: 1 other shape, 1 patched'])
  })

  test('where `match` said no for a reason', () => {
    const { printed, queryClient, send } = startDebugging({ ...PREPEND, match: ofTheirList })
    queryClient.setQueryData(listKey('7'), [ONE])
    queryClient.setQueryData([['todo', 'list'], { type: 'query' }], [ONE])
    send('todo:new', { id: 2, listId: '8' })
    expect(printed).toEqual(['[sync] todo:new → direct todo.list: 2 no match'])
  })

  test('where two fields look alike that a declared `match` does not compare', () => {
    const { printed, queryClient, send } = startDebugging({
      ...PREPEND,
      match: { listId: 'listId', id: 'id' },
    })
    queryClient.setQueryData([['todo', 'list'], { input: { listId: 'a', id: '7' } }], [ONE])
    send('todo:new', { id: 8, listId: 7 })
    expect(printed).toEqual(['[sync] todo:new → direct todo.list: 1 no match'])
  })

  test('where a `match` cannot be watched, and it still says no', () => {
    const { errors, printed, queryClient, send } = startDebugging({
      ...PREPEND,
      match: (todo) => !structuredClone(todo),
    })
    queryClient.setQueryData(listKey('7'), [ONE])
    send('todo:new', TWO)
    expect(printed).toEqual(['[sync] todo:new → direct todo.list: 1 no match'])
    expect(errors).toEqual([])
  })
})
