/** Rules are checked once, where they are defined, and an error names event and action. */

import {
  defineSyncRules,
  mergeSyncRules,
  removeItem,
  SyncError,
  type SyncRule,
  type SyncRules,
  updateItem,
  upsertItem,
} from '@iron-stack/sync'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { SyncServer } from '@iron-stack/sync/server'
import { EventEmitter } from 'node:events'
import { Server } from 'socket.io'
import { describe, expect, test } from 'vitest'
import { createClient } from './support/engine.ts'

const room = () => 'lobby'

/** What `defineSyncRules` says to rules that only JavaScript, or a cast, can hand it. */
function refusal(rules: unknown): string | undefined {
  try {
    defineSyncRules(rules as SyncRules)
  } catch (error) {
    if (error instanceof SyncError && error.code === 'invalid-rule') return error.message
    throw error
  }
  return undefined
}

/** The refusal of one action, behind a sound one, of `message:new`. */
function actionRefusal(action: unknown): string | undefined {
  const sound = { procedure: ['conversation', 'list'], action: 'invalidate' }
  return refusal({ 'message:new': { room, actions: [sound, action] } })
}

describe('an action', () => {
  const updater = (old: unknown) => old

  test('of an unknown kind is refused', () => {
    expect(actionRefusal({ procedure: ['message', 'list'], action: 'refresh' })).toBe(
      'Sync rule "message:new", action 2 (message.list): unknown action "refresh". ' +
        'Use one of direct, invalidate, remove.',
    )
  })

  test('without a kind is refused', () => {
    expect(actionRefusal({ procedure: ['message', 'list'] })).toBe(
      'Sync rule "message:new", action 2 (message.list): unknown action undefined. ' +
        'Use one of direct, invalidate, remove.',
    )
  })

  test('`direct` without an updater is refused', () => {
    expect(actionRefusal({ procedure: ['message', 'list'], action: 'direct' })).toBe(
      'Sync rule "message:new", action 2 (message.list): `direct` needs an `updater`. ' +
        'Add updater: (old, event) => …, or use invalidate.',
    )
  })

  test.each([
    ['upsertItem', upsertItem],
    ['updateItem', updateItem],
    ['removeItem', removeItem],
  ])('with `%s` itself for an updater is refused', (name, maker) => {
    expect(
      actionRefusal({ procedure: ['message', 'list'], action: 'direct', updater: maker }),
    ).toBe(
      `Sync rule "message:new", action 2 (message.list): \`${name}\` makes an updater, and is none. ` +
        `Call it: updater: ${name}().`,
    )
  })

  test.each(['invalidate', 'remove'])('`%s` with an updater is refused', (action) => {
    expect(actionRefusal({ procedure: ['message', 'list'], action, updater })).toBe(
      'Sync rule "message:new", action 2 (message.list): ' +
        `an \`updater\` has no effect on ${action}. Remove it, or use the action direct.`,
    )
  })

  test.each([
    ['an empty path', []],
    ['an empty name', ['message', '']],
    ['a dotted string', 'message.list'],
    ['a number in the path', ['message', 7]],
  ])('with %s for a procedure is refused', (_, procedure) => {
    expect(actionRefusal({ procedure, action: 'invalidate' })).toMatch(
      /^Sync rule "message:new", action 2.*: `procedure` must be a path of one or more names\. Write the path as an array, e\.g\. \['message', 'list'\] for message\.list\.$/,
    )
  })

  test('with neither procedure nor queryKey, or with both, is refused', () => {
    const problem = 'give either `procedure` or `queryKey`.'
    const remedy = "E.g. procedure: ['message', 'list']."
    expect(actionRefusal({ action: 'invalidate' })).toBe(
      `Sync rule "message:new", action 2: ${problem} ${remedy}`,
    )
    expect(
      actionRefusal({ procedure: ['todo'], queryKey: ['todos'], action: 'invalidate' }),
    ).toBe(`Sync rule "message:new", action 2 (todo): ${problem} ${remedy}`)
  })

  test('with an empty queryKey, which would mean every query there is, is refused', () => {
    expect(actionRefusal({ queryKey: [], action: 'remove' })).toBe(
      'Sync rule "message:new", action 2 ([]): `queryKey` must be an array that is not empty. ' +
        "E.g. queryKey: ['todos'].",
    )
  })

  test('with an option that does not exist is refused by its name', () => {
    expect(
      actionRefusal({ queryKey: ['todos'], action: 'invalidate', matches: () => true }),
    ).toBe(
      'Sync rule "message:new", action 2 (["todos"]): unknown option "matches". ' +
        'Options are procedure, queryKey, action, updater, match, infinite.',
    )
  })

  test('with a match that is neither function nor fields is refused', () => {
    expect(
      actionRefusal({ procedure: ['message', 'list'], action: 'invalidate', match: true }),
    ).toBe(
      'Sync rule "message:new", action 2 (message.list): `match` is neither a function nor fields. ' +
        "Write match: (event, input) => boolean, match: 'field', or { inputField: 'eventField' }.",
    )
  })

  test('with an `infinite` that is no boolean is refused', () => {
    expect(
      actionRefusal({ procedure: ['message', 'list'], action: 'invalidate', infinite: 'yes' }),
    ).toBe(
      'Sync rule "message:new", action 2 (message.list): `infinite` is not a boolean. ' +
        'Use true, false, or leave it out.',
    )
  })

  test('that is no object is refused', () => {
    expect(actionRefusal('invalidate')).toBe(
      'Sync rule "message:new", action 2: not an object. Write { procedure, action }.',
    )
  })
})

describe('a rule', () => {
  test.each([
    'connect',
    'connect_error',
    'disconnect',
    'disconnecting',
    'newListener',
    'removeListener',
  ])('for "%s", which Socket.IO cannot emit, is refused', (event) => {
    expect(refusal({ [event]: { room, actions: [] } })).toBe(
      `Sync rule "${event}": Socket.IO reserves this event name. ` +
        'Choose another name, e.g. "user:connected".',
    )
  })

  test('under the prefix of our own messages is refused', () => {
    expect(refusal({ 'sync:join': { room, actions: [] } })).toBe(
      'Sync rule "sync:join": the prefix "sync:" is reserved. Choose another name.',
    )
  })

  test('for an event without a name is refused', () => {
    expect(refusal({ '': { room, actions: [] } })).toBe(
      'Sync rule "": an event needs a name. Name it, e.g. "message:new".',
    )
  })

  test('without a room is refused', () => {
    expect(refusal({ 'message:new': { actions: [] } })).toBe(
      'Sync rule "message:new": `room` is neither a function nor a template. ' +
        'Write room: (event) => `conversation:${event.id}`, or a template with fields in braces.',
    )
  })

  test.each([
    'board:{}',
    'board:{boardId',
    'board:boardId}',
    'board:{board-id}',
    'board:{ id }',
    '{a}{b}',
    '',
  ])('with a room that is no template is refused: %j', (template) => {
    expect(refusal({ 'message:new': { room: template, actions: [] } })).toBe(
      `Sync rule "message:new": "${template}" is not a room template. ` +
        'Write fields in braces, with text between them: "conversation:{conversationId}". ' +
        'A field has letters, digits, _ and $, and dots on the way into objects; no spaces, no -.',
    )
  })

  test('with a room whose backticks were forgotten is refused', () => {
    expect(refusal({ 'message:new': { room: 'board:${boardId}', actions: [] } })).toBe(
      'Sync rule "message:new": "board:${boardId}" has `${` in it, which means nothing in quotes. ' +
        'Leave the $ out, "board:{boardId}"; or write a function, with backticks.',
    )
  })

  test('without a list of actions is refused', () => {
    expect(refusal({ 'message:new': { room } })).toBe(
      'Sync rule "message:new": `actions` is not an array. ' +
        'List the cache actions; [] for none.',
    )
  })

  test('with an option that does not exist is refused by its name', () => {
    expect(refusal({ 'message:new': { rooms: room, actions: [] } })).toBe(
      'Sync rule "message:new": unknown option "rooms". Options are ' +
        'room, volatile, schema, version, upcast, actions.',
    )
  })

  test('that is no object is refused', () => {
    expect(refusal({ 'message:new': null })).toBe(
      'Sync rule "message:new": a rule is an object. Write { room, actions }.',
    )
  })
})

test('rules that are no object are refused', () => {
  expect(refusal(undefined)).toBe(
    'The sync rules are not an object. Pass an object with one rule per event.',
  )
})

test('names that Socket.IO lets through, and rules without actions, are accepted', () => {
  const rule: SyncRule = { room, actions: [] }
  expect(refusal({ error: rule, connection: rule, message: rule, synced: rule })).toBe(
    undefined,
  )
})

test('an error carries its code, its event and its remedy apart', () => {
  const define = () =>
    defineSyncRules<{ 'sync:x': string }>({ 'sync:x': { room, actions: [] } })
  expect(define).toThrow(
    expect.objectContaining({
      name: 'SyncError',
      code: 'invalid-rule',
      subject: 'sync:x',
      remedy: 'Choose another name.',
    }),
  )
})

test('defineSyncRules returns the rules it was given', () => {
  const rules: SyncRules<{ 'todo:new': string }> = { 'todo:new': { room, actions: [] } }
  expect(defineSyncRules(rules)).toBe(rules)
})

test('rules that never saw defineSyncRules are checked by server and engine', () => {
  const rules = { connect: { room, actions: [] } }
  const message =
    'Sync rule "connect": Socket.IO reserves this event name. ' +
    'Choose another name, e.g. "user:connected".'
  expect(() => new SyncServer({ io: new Server(), rules })).toThrow(message)
  expect(() => createSyncEngine(createClient(), new EventEmitter(), { ...rules })).toThrow(
    message,
  )
})

describe('mergeSyncRules', () => {
  interface TodoEvents {
    'todo:new': { listId: string }
  }
  const todoRoom = (todo: { listId: string }) => `list:${todo.listId}`
  const lists = defineSyncRules<TodoEvents>({
    'todo:new': { room: todoRoom, actions: [{ queryKey: ['lists'], action: 'invalidate' }] },
  })

  test('keeps the rules of both', () => {
    const rule: SyncRule<number> = { room, actions: [] }
    const merged = mergeSyncRules(
      lists,
      defineSyncRules<{ 'clock:tick': number }>({ 'clock:tick': rule }),
    )
    expect(Object.keys(merged)).toEqual(['todo:new', 'clock:tick'])
    expect(merged['clock:tick']).toBe(rule)
    expect(merged['todo:new']).toBe(lists['todo:new'])
  })

  test('adds up the actions of one event, in order', () => {
    const counts = defineSyncRules<TodoEvents>({
      'todo:new': { room: todoRoom, actions: [{ queryKey: ['counts'], action: 'invalidate' }] },
    })
    expect(mergeSyncRules(lists, counts)['todo:new']).toEqual({
      room: todoRoom,
      actions: [
        { queryKey: ['lists'], action: 'invalidate' },
        { queryKey: ['counts'], action: 'invalidate' },
      ],
    })
  })

  test('takes one and the same rule once', () => {
    const again: SyncRules<TodoEvents> = { 'todo:new': lists['todo:new'] }
    expect(mergeSyncRules(lists, again)['todo:new'].actions).toEqual([
      { queryKey: ['lists'], action: 'invalidate' },
    ])
  })

  test('leaves what it was given as it was', () => {
    const before = structuredClone(lists['todo:new'].actions)
    const counts = defineSyncRules<TodoEvents>({
      'todo:new': { room: todoRoom, actions: [{ queryKey: ['counts'], action: 'invalidate' }] },
    })
    mergeSyncRules(lists, counts)
    expect(lists['todo:new'].actions).toEqual(before)
  })

  test('refuses an event that each side sends to a room of its own', () => {
    const elsewhere = defineSyncRules<TodoEvents>({
      'todo:new': { room: (todo) => `list:${todo.listId}`, actions: [] },
    })
    expect(() => mergeSyncRules(lists, elsewhere)).toThrow(
      expect.objectContaining({
        code: 'conflicting-rooms',
        subject: 'todo:new',
        message:
          'Two rules for "todo:new" each bring a room of their own. ' +
          'Give both the same `room`: define it once and import it in both.',
      }),
    )
  })

  test('checks what it was given', () => {
    const unsound = { disconnect: { room, actions: [] } }
    expect(() => mergeSyncRules(lists, unsound)).toThrow(
      'Sync rule "disconnect": Socket.IO reserves this event name.',
    )
  })
})
