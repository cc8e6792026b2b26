/** Engines on one cache share their listeners; cleaning up leaves everything as it was. */

import type { QueryCache, QueryClient } from '@tanstack/query-core'
import type { SyncRules } from '@iron-stack/sync'
import { createSyncEngine, type SyncSocket } from '@iron-stack/sync/engine'
import { EventEmitter } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createClient, deliver } from '../support/engine.ts'
import {
  INVALIDATE,
  listKey,
  ONE,
  onNewTodo,
  PREPEND_EACH_TIME,
  THREE,
  TWO,
  type Todo,
} from '../support/todos.ts'

/** An engine that keeps to itself that PREPEND_EACH_TIME is no model to follow. */
function start<Events>(
  queryClient: QueryClient,
  socket: SyncSocket,
  rules: SyncRules<Events>,
): () => void {
  const stop = createSyncEngine(queryClient, socket, rules, { onError: () => {} })
  onTestFinished(stop)
  return stop
}

function startAll() {
  const queryClient = createClient()
  queryClient.setQueryData(listKey('a'), [])
  return {
    queryClient,
    socket: new EventEmitter(),
    ids: () => queryClient.getQueryData<Todo[]>(listKey('a'))?.map(({ id }) => id),
    listens: () => isListenedTo(queryClient.getQueryCache()),
  }
}

function isListenedTo(cache: QueryCache): boolean {
  return cache.hasListeners()
}

describe('two engines on one cache', () => {
  test('with the same rules and socket apply an event once, with one listener', () => {
    const { ids, queryClient, socket } = startAll()
    const rules = onNewTodo(PREPEND_EACH_TIME)
    start(queryClient, socket, rules)
    start(queryClient, socket, rules)
    expect(socket.listenerCount('todo:new')).toBe(1)
    deliver(socket, 'todo:new', ONE)
    expect(ids()).toEqual([1])
  })

  test('go on when one of them ends, and stop with the last', () => {
    const { ids, listens, queryClient, socket } = startAll()
    const rules = onNewTodo(PREPEND_EACH_TIME)
    const stopFirst = start(queryClient, socket, rules)
    const stopSecond = start(queryClient, socket, rules)
    stopFirst()
    expect(socket.listenerCount('todo:new')).toBe(1)
    deliver(socket, 'todo:new', ONE)
    stopSecond()
    deliver(socket, 'todo:new', TWO)
    expect(ids()).toEqual([1])
    expect(socket.eventNames()).toEqual([])
    expect(listens()).toBe(false)
  })

  test('with rules of their own apply both', () => {
    const { ids, queryClient, socket } = startAll()
    start(queryClient, socket, onNewTodo(PREPEND_EACH_TIME))
    start(queryClient, socket, onNewTodo(PREPEND_EACH_TIME))
    expect(socket.listenerCount('todo:new')).toBe(1)
    deliver(socket, 'todo:new', ONE)
    expect(ids()).toEqual([1, 1])
  })

  test('with sockets of their own hear both', () => {
    const { ids, listens, queryClient, socket } = startAll()
    const other = new EventEmitter()
    const rules = onNewTodo(PREPEND_EACH_TIME)
    const stop = start(queryClient, socket, rules)
    const stopOther = start(queryClient, other, rules)
    deliver(socket, 'todo:new', ONE)
    deliver(other, 'todo:new', TWO)
    stop()
    deliver(socket, 'todo:new', THREE)
    deliver(other, 'todo:new', THREE)
    expect(ids()).toEqual([3, 2, 1])
    stopOther()
    expect([...socket.eventNames(), ...other.eventNames()]).toEqual([])
    expect(listens()).toBe(false)
  })
})

test('two caches on one socket each apply an event', () => {
  const socket = new EventEmitter()
  const rules = onNewTodo(PREPEND_EACH_TIME)
  const clients = [createClient(), createClient()]
  const stops = clients.map((queryClient) => {
    queryClient.setQueryData(listKey('a'), [])
    return start(queryClient, socket, rules)
  })
  deliver(socket, 'todo:new', ONE)
  const data = () => clients.map((queryClient) => queryClient.getQueryData(listKey('a')))
  expect(data()).toEqual([[ONE], [ONE]])
  stops[0]?.()
  deliver(socket, 'todo:new', TWO)
  expect(data()).toEqual([[ONE], [TWO, ONE]])
})

describe('a cleanup', () => {
  test('called twice does no more than once', () => {
    const { ids, listens, queryClient, socket } = startAll()
    const rules = onNewTodo(PREPEND_EACH_TIME)
    const stop = start(queryClient, socket, rules)
    start(queryClient, socket, rules)
    stop()
    stop()
    expect(listens()).toBe(true)
    deliver(socket, 'todo:new', ONE)
    expect(ids()).toEqual([1])
  })

  test('leaves the listeners of others on socket and cache alone', () => {
    const { listens, queryClient, socket } = startAll()
    const heard: unknown[] = []
    socket.on('todo:new', (todo) => heard.push(todo))
    const before = socket.listeners('todo:new')
    queryClient.getQueryCache().subscribe(({ type }) => heard.push(type))
    start(queryClient, socket, onNewTodo(INVALIDATE))()
    expect(socket.listeners('todo:new')).toEqual(before)
    expect(listens()).toBe(true)
    deliver(socket, 'todo:new', ONE)
    queryClient.setQueryData(['other'], 1)
    expect(heard).toEqual([ONE, 'added', 'updated'])
  })

  test('that an event itself calls for does not upset the others', () => {
    const { ids, listens, queryClient, socket } = startAll()
    const stop = start(
      queryClient,
      socket,
      onNewTodo({
        ...PREPEND_EACH_TIME,
        updater: (old) => {
          stop()
          return old
        },
      }),
    )
    const stopOther = start(queryClient, socket, onNewTodo(PREPEND_EACH_TIME))
    deliver(socket, 'todo:new', ONE)
    deliver(socket, 'todo:new', TWO)
    expect(ids()).toEqual([2, 1])
    stopOther()
    expect(socket.eventNames()).toEqual([])
    expect(listens()).toBe(false)
  })

  test('a hundred times leaves no listener behind', () => {
    const { listens, queryClient, socket } = startAll()
    const rules = onNewTodo(PREPEND_EACH_TIME)
    for (let round = 0; round < 100; round++) start(queryClient, socket, rules)()
    expect(socket.eventNames()).toEqual([])
    expect(listens()).toBe(false)
  })
})

test('an engine that starts again knows what was cached meanwhile', () => {
  const { ids, queryClient, socket } = startAll()
  const rules = onNewTodo(PREPEND_EACH_TIME)
  start(queryClient, socket, rules)()
  queryClient.removeQueries({ queryKey: listKey('a') })
  queryClient.setQueryData(listKey('a'), [ONE])
  start(queryClient, socket, rules)
  deliver(socket, 'todo:new', TWO)
  expect(ids()).toEqual([2, 1])
})

test('what the engines of a cache have in common is told to the first of those that run', () => {
  const { queryClient, socket } = startAll()
  const told: string[] = []
  const rules = onNewTodo(PREPEND_EACH_TIME)
  const startAs = (name: string) =>
    createSyncEngine(queryClient, socket, rules, {
      onError: ({ code }) => code === 'subscriber-failed' && told.push(name),
    })
  startAs('the first')()
  onTestFinished(startAs('the second'))
  const unsubscribe = queryClient.getQueryCache().subscribe(({ type }) => {
    if (type === 'updated') throw new Error('not ours')
  })
  onTestFinished(unsubscribe)
  deliver(socket, 'todo:new', ONE)
  expect(told).toEqual(['the second'])
})
