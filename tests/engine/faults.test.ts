/** A rule that fails costs its own query a refetch and one report, and nobody else anything. */

import { SyncError, type ActionContext } from '@iron-stack/sync'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { EventEmitter } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { captureConsole } from '../support/console.ts'
import { createClient, deliver, observe, startEngine, stateOf } from '../support/engine.ts'
import { watchRejections } from '../support/rejections.ts'
import {
  INVALIDATE,
  listKey,
  ONE,
  onNewTodo,
  prepend,
  PREPEND,
  THREE,
  TWO,
  type Todo,
} from '../support/todos.ts'
import { until } from '../support/until.ts'

/** Fails for list `a` alone. */
function failForA(result: () => unknown) {
  return (old: readonly Todo[], todo: Todo, { input }: ActionContext): unknown =>
    input?.['listId'] === 'a' ? result() : prepend(old, todo)
}

function throwing(): never {
  throw new Error('no such field')
}

describe('an updater that throws', () => {
  const rule = onNewTodo({ ...PREPEND, updater: failForA(throwing) })

  test('has its query refetched instead', async () => {
    const { queryClient, send } = startEngine(rule)
    const onlooker = observe(queryClient, listKey('a'), [[ONE], [TWO, ONE]])
    await until(() => expect(onlooker.shown).toEqual([[ONE]]))
    send('todo:new', TWO)
    await until(() => expect(onlooker.shown).toEqual([[ONE], [TWO, ONE]]))
  })

  test('leaves the data of its query as it was, marked stale', () => {
    const { queryClient, send } = startEngine(rule)
    const data = [ONE]
    queryClient.setQueryData(listKey('a'), data)
    send('todo:new', TWO)
    expect(queryClient.getQueryData(listKey('a'))).toBe(data)
    expect(stateOf(queryClient, listKey('a')).isInvalidated).toBe(true)
  })

  test('stops neither other queries, nor later actions, nor other listeners', () => {
    const { queryClient, send, socket } = startEngine(
      onNewTodo(
        { ...PREPEND, updater: failForA(throwing) },
        { queryKey: ['counts'], action: 'invalidate' },
      ),
    )
    const heard: unknown[] = []
    socket.on('todo:new', (todo) => heard.push(todo))
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(listKey('b'), [ONE])
    queryClient.setQueryData(['counts'], 1)
    send('todo:new', TWO)
    expect(queryClient.getQueryData(listKey('b'))).toEqual([TWO, ONE])
    expect(stateOf(queryClient, ['counts']).isInvalidated).toBe(true)
    expect(heard).toEqual([TWO])
  })

  test('is reported once, with its event, its target and the cause', () => {
    const { errors, queryClient, send } = startEngine(rule)
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    send('todo:new', TWO)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toBeInstanceOf(SyncError)
    expect(errors[0]).toMatchObject({
      code: 'updater-failed',
      subject: 'todo:new todo.list',
      cause: new Error('no such field'),
      message:
        'Sync rule "todo:new": the `updater` for todo.list threw Error: no such field. ' +
        'Its query is refetched instead. See `cause` for the place.',
    })
  })
})

test('an updater that fails in another way each time is still reported once', () => {
  let failures = 0
  const { errors, queryClient, send } = startEngine(
    onNewTodo({
      ...PREPEND,
      updater: () => {
        throw new Error(`failure ${++failures}`)
      },
    }),
  )
  queryClient.setQueryData(listKey('a'), [ONE])
  send('todo:new', TWO)
  send('todo:new', THREE)
  expect(failures).toBe(2)
  expect(errors).toHaveLength(1)
})

describe('an updater that returns a promise', () => {
  test('is refused, and its query refetched', () => {
    const { errors, queryClient, send } = startEngine(
      onNewTodo({ ...PREPEND, updater: failForA(async () => [TWO]) }),
    )
    const data = [ONE]
    queryClient.setQueryData(listKey('a'), data)
    queryClient.setQueryData(listKey('b'), [ONE])
    send('todo:new', TWO)
    expect(queryClient.getQueryData(listKey('a'))).toBe(data)
    expect(stateOf(queryClient, listKey('a')).isInvalidated).toBe(true)
    expect(queryClient.getQueryData(listKey('b'))).toEqual([TWO, ONE])
    expect(errors.map((error) => error.message)).toEqual([
      'Sync rule "todo:new": the `updater` for todo.list threw ' +
        'TypeError: the updater returned a promise. ' +
        'Its query is refetched instead. See `cause` for the place.',
    ])
  })

  test('that rejects makes no unhandled rejection', async () => {
    const rejections = watchRejections()
    const { errors, queryClient, send } = startEngine(
      onNewTodo({ ...PREPEND, updater: failForA(async () => throwing()) }),
    )
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    expect(errors).toHaveLength(1)
    expect(await rejections.reasons()).toEqual([])
  })
})

test('an updater that returns a function is refused, and its query refetched', () => {
  const { errors, queryClient, send } = startEngine(
    onNewTodo({ ...PREPEND, updater: failForA(() => () => [TWO]) }),
  )
  const data = [ONE]
  queryClient.setQueryData(listKey('a'), data)
  send('todo:new', TWO)
  expect(queryClient.getQueryData(listKey('a'))).toBe(data)
  expect(stateOf(queryClient, listKey('a')).isInvalidated).toBe(true)
  expect(errors[0]?.message).toContain('TypeError: the updater returned a function.')
})

describe('a match that throws', () => {
  test('has its query refetched, whatever the action, and is reported once', () => {
    const { errors, queryClient, send } = startEngine(
      onNewTodo({ ...INVALIDATE, match: (_, input) => throwing() ?? input }),
    )
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(listKey('b'), [ONE])
    send('todo:new', TWO)
    expect(stateOf(queryClient, listKey('a')).isInvalidated).toBe(true)
    expect(stateOf(queryClient, listKey('b')).isInvalidated).toBe(true)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({
      code: 'match-failed',
      subject: 'todo:new todo.list',
      message:
        'Sync rule "todo:new": the `match` for todo.list threw Error: no such field. ' +
        'Its query is refetched instead. See `cause` for the place.',
    })
  })

  test('never lets `remove` take a query that was not asked for', () => {
    const { queryClient, send } = startEngine(
      onNewTodo({ procedure: ['todo', 'list'], action: 'remove', match: throwing }),
    )
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    expect(queryClient.getQueryData(listKey('a'))).toEqual([ONE])
  })
})

describe('a report', () => {
  test('goes to console.error where there is no onError', () => {
    const printed = captureConsole('error')
    const queryClient = createClient()
    const socket = new EventEmitter()
    onTestFinished(
      createSyncEngine(queryClient, socket, onNewTodo({ ...PREPEND, updater: throwing })),
    )
    queryClient.setQueryData(listKey('a'), [ONE])
    deliver(socket, 'todo:new', TWO)
    expect(printed.map(String)).toEqual([
      'SyncError: Sync rule "todo:new": the `updater` for todo.list threw Error: ' +
        'no such field. Its query is refetched instead. See `cause` for the place.',
    ])
  })

  test('to an onError that throws itself stops nothing', () => {
    const printed = captureConsole('error')
    const { queryClient, send } = startEngine(
      onNewTodo({ ...PREPEND, updater: throwing }, INVALIDATE),
      {
        onError: () => {
          throw new Error('the logger is down')
        },
      },
    )
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    expect(stateOf(queryClient, listKey('a')).isInvalidated).toBe(true)
    expect(printed.map(String)).toEqual(['Error: the logger is down'])
  })

  test('is made for each rule of its own', () => {
    const { errors, queryClient, send } = startEngine({
      ...onNewTodo({ ...PREPEND, updater: throwing }, { ...INVALIDATE, match: throwing }),
      'todo:old': onNewTodo({ ...PREPEND, updater: throwing })['todo:new'],
    })
    queryClient.setQueryData(listKey('a'), [ONE])
    send('todo:new', TWO)
    send('todo:old', TWO)
    expect(errors.map(({ code, subject }) => `${code}: ${subject}`)).toEqual([
      'updater-failed: todo:new todo.list',
      'match-failed: todo:new todo.list',
      'updater-failed: todo:old todo.list',
    ])
  })
})

test('a cache subscriber of the application that throws keeps no query from the event', () => {
  const { errors, queryClient, send } = startEngine(onNewTodo(PREPEND))
  queryClient.setQueryData(listKey('a'), [ONE])
  queryClient.setQueryData(listKey('b'), [ONE])
  const unsubscribe = queryClient.getQueryCache().subscribe(throwing)
  send('todo:new', TWO)
  unsubscribe()
  expect(queryClient.getQueryData(listKey('a'))).toEqual([TWO, ONE])
  expect(queryClient.getQueryData(listKey('b'))).toEqual([TWO, ONE])
  expect(errors.map(({ code }) => code)).toEqual(['subscriber-failed'])
})

test('an engine that was never given an event does not mind it', () => {
  const { errors, send } = startEngine(onNewTodo(PREPEND))
  send('todo:old', TWO)
  send('todo:new', undefined)
  expect(errors).toEqual([])
})
