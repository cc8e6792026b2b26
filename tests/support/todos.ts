/** Lists of todos: what the engine's tests are about. */

import type { CacheAction, SyncRules } from '@iron-stack/sync'

export interface Todo {
  readonly id: number
  readonly listId: string
}

export interface TodoEvents {
  'todo:new': Todo
}

export const ONE: Todo = { id: 1, listId: 'a' }
export const TWO: Todo = { id: 2, listId: 'a' }
export const THREE: Todo = { id: 3, listId: 'a' }

/** A rule for new todos that does these actions. */
export function onNewTodo(...actions: CacheAction<Todo>[]): SyncRules<TodoEvents> {
  return { 'todo:new': { room: (todo) => `list:${todo.listId}`, actions } }
}

/** The key that tRPC gives the todos of one list. */
export function listKey(listId: string): readonly unknown[] {
  return [['todo', 'list'], { input: { listId }, type: 'query' }]
}

/** The key that tRPC gives the pages of one list. */
export function pagesKey(listId: string): readonly unknown[] {
  return [['todo', 'list'], { input: { listId }, type: 'infinite' }]
}

/** Puts a todo in front, once. */
export function prepend(old: readonly Todo[], todo: Todo): readonly Todo[] {
  return old.some(({ id }) => id === todo.id) ? old : [todo, ...old]
}

const procedure = ['todo', 'list']

export const PREPEND = {
  procedure,
  action: 'direct',
  updater: prepend,
} satisfies CacheAction<Todo>

/** Shows an event that was applied twice as two todos. Real rules should be like PREPEND. */
export const PREPEND_EACH_TIME = {
  procedure,
  action: 'direct',
  updater: (old: readonly Todo[], todo: Todo) => [todo, ...old],
} satisfies CacheAction<Todo>

export const INVALIDATE = { procedure, action: 'invalidate' } satisfies CacheAction<Todo>

export const REMOVE = { procedure, action: 'remove' } satisfies CacheAction<Todo>
