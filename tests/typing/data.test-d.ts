/** What rules know of an event's data from its schema, and what a schema must fit. */

import { defineSyncRules, mergeSyncRules, type SyncRules } from '@iron-stack/sync'
import { createSyncEmitter, memoryLog, SyncServer } from '@iron-stack/sync/server'
import { type } from 'arktype'
import { Server } from 'socket.io'
import * as v from 'valibot'
import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import type { AppRouter, DateRouter, Post, PostOnTheWire } from './router.ts'

interface Note {
  readonly id: string
  readonly at: Date
}

/** The events that rules are for. */
type EventsOf<Rules> = Rules extends SyncRules<infer Events> ? Events : never

describe('the schema of a rule', () => {
  const first = defineSyncRules({
    'note:zod': {
      schema: z.object({ id: z.string(), at: z.coerce.date(), kind: z.enum(['a', 'b']) }),
      room: (note) => {
        expectTypeOf(note).toEqualTypeOf<{ id: string; at: Date; kind: 'a' | 'b' }>()
        return note.id
      },
      actions: [
        {
          procedure: ['note', 'list'],
          action: 'direct',
          match: (note, input) => note.id === input?.id,
          updater: (old, note) => {
            expectTypeOf(note.kind).toEqualTypeOf<'a' | 'b'>()
            return old
          },
        },
      ],
    },
    'note:valibot': {
      schema: v.object({ id: v.string(), pinned: v.optional(v.boolean(), false) }),
      room: (note) => {
        expectTypeOf(note).toEqualTypeOf<{ id: string; pinned: boolean }>()
        return note.id
      },
      actions: [],
    },
    'note:arktype': {
      schema: type({ id: 'string', 'n?': 'number' }),
      room: (note) => {
        expectTypeOf(note.n).toEqualTypeOf<number | undefined>()
        return note.id
      },
      actions: [],
    },
    'note:unknown': { room: () => 'a', actions: [] },
  })
  const second = defineSyncRules({
    'note:defaults': {
      schema: type({ id: 'string', pinned: 'boolean = false' }),
      room: (note) => {
        expectTypeOf(note.pinned).toEqualTypeOf<boolean>()
        return note.id
      },
      actions: [],
    },
    'note:dates': {
      schema: v.object({
        at: v.pipe(
          v.union([v.string(), v.date()]),
          v.transform((at) => new Date(at)),
        ),
      }),
      room: ({ at }) => {
        expectTypeOf(at).toEqualTypeOf<Date>()
        return 'a'
      },
      actions: [],
    },
    'note:annotated': { room: (note: Note) => note.id, actions: [] },
  })
  const rules = mergeSyncRules(first, second)

  test('types its event where nothing else does', () => {
    type Events = EventsOf<typeof rules>
    expectTypeOf<Events['note:zod']>().toEqualTypeOf<{
      id: string
      at: Date
      kind: 'a' | 'b'
    }>()
    expectTypeOf<Events['note:arktype']>().toEqualTypeOf<{ id: string; n?: number }>()
    expectTypeOf<Events['note:unknown']>().toEqualTypeOf<unknown>()
  })

  test('types what is broadcast: what it takes, without defaults, before it is coerced', () => {
    const sync = new SyncServer({ io: new Server(), rules })
    void sync.broadcast('note:zod', { id: 'a', at: '2026-01-01', kind: 'a' })
    void sync.broadcast('note:valibot', { id: 'a', pinned: true })
    void sync.broadcast('note:valibot', { id: 'a' })
    void sync.broadcast('note:defaults', { id: 'a' })
    void sync.broadcastMany('note:dates', [{ at: new Date() }, { at: '2026-01-01' }])
    void sync.broadcast('note:annotated', { id: 'a', at: new Date() })
    void sync.broadcast('note:unknown', 1)
    // @ts-expect-error - no such kind
    void sync.broadcast('note:zod', { id: 'a', at: '2026-01-01', kind: 'c' })
    // @ts-expect-error - no id
    void sync.broadcast('note:valibot', { pinned: true })
    // @ts-expect-error - no id
    void sync.broadcast('note:defaults', {})
    // @ts-expect-error - no date
    void sync.broadcastMany('note:dates', [{ at: 1 }])
    // @ts-expect-error - no date
    void sync.broadcast('note:annotated', { id: 'a', at: '2026-01-01' })
    // @ts-expect-error - no such event
    void sync.broadcast('note:gone', {})
  })

  test('types what an emitter broadcasts, and what merged rules do', () => {
    const more = defineSyncRules<{ 'clock:tick': number }>({
      'clock:tick': { room: () => 'clock', actions: [] },
    })
    const emitter = createSyncEmitter({ rules: mergeSyncRules(rules, more), log: memoryLog() })
    void emitter.broadcast('note:valibot', { id: 'a' })
    void emitter.broadcast('clock:tick', 1)
    // @ts-expect-error - no id
    void emitter.broadcast('note:valibot', {})
    // @ts-expect-error - no number
    void emitter.broadcast('clock:tick', '1')
  })

  test('leaves rules as rules of the events that arrive', () => {
    expectTypeOf(rules).toExtend<SyncRules<EventsOf<typeof rules>>>()
    expectTypeOf(rules).toExtend<SyncRules>()
    const sync: SyncServer<EventsOf<typeof rules>> = new SyncServer({ io: new Server(), rules })
    // @ts-expect-error - so annotated, it takes what arrives
    void sync.broadcast('note:valibot', { id: 'a' })
  })

  test('may return more than its event has, and readonly or not', () => {
    defineSyncRules<{ 'note:saved': Note }>({
      'note:saved': {
        schema: z.object({ id: z.string(), at: z.date(), more: z.number() }),
        room: (note) => {
          expectTypeOf(note).toEqualTypeOf<Note>()
          return note.id
        },
        actions: [],
      },
    })
    defineSyncRules<{ 'note:saved': Note }>({
      'note:saved': {
        schema: type({ id: 'string', at: 'Date' }).readonly(),
        room: () => 'a',
        actions: [],
      },
    })
  })

  test('that returns something else than its event does not compile', () => {
    defineSyncRules<{ 'note:saved': Note; 'note:gone': string }>({
      'note:saved': {
        // @ts-expect-error - a date that is a string
        schema: z.object({ id: z.string(), at: z.string() }),
        room: (note) => {
          expectTypeOf(note).toEqualTypeOf<Note>()
          return note.id
        },
        actions: [],
      },
      'note:gone': {
        // @ts-expect-error - no string
        schema: v.number(),
        room: () => 'a',
        actions: [],
      },
    })
    defineSyncRules<{ 'note:saved': Note }>({
      'note:saved': {
        // @ts-expect-error - a field too few
        schema: type({ id: 'string' }),
        room: () => 'a',
        actions: [],
      },
    })
    defineSyncRules<{ 'note:saved': Note }>({
      'note:saved': {
        // @ts-expect-error - no schema
        schema: (data: unknown) => data,
        room: () => 'a',
        actions: [],
      },
    })
  })
})

const post = {
  id: z.number(),
  boardId: z.string(),
  title: z.string(),
  status: z.enum(['open', 'closed']),
  rank: z.number(),
  author: z.object({ id: z.string(), name: z.string() }),
}

describe('with a router', () => {
  test('a schema leaves the rest of the rule as well typed as it was', () => {
    defineSyncRules<{ 'post:saved': PostOnTheWire }, AppRouter>()({
      'post:saved': {
        schema: z.object({ ...post, createdAt: z.string() }),
        version: 3,
        upcast: {
          2: (old) => {
            expectTypeOf(old).toEqualTypeOf<unknown>()
            return old
          },
        },
        room: 'board:{boardId}',
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'direct',
            match: 'boardId',
            updater: (old, saved) => {
              expectTypeOf(saved).toEqualTypeOf<PostOnTheWire>()
              return [...old, saved]
            },
          },
        ],
      },
    })
  })

  test('and a transformer, dates are dates in event and cache', () => {
    defineSyncRules<{ 'post:saved': Post }, DateRouter>()({
      'post:saved': {
        schema: z.object({ ...post, createdAt: z.date() }),
        room: 'board:{boardId}',
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'direct',
            match: 'boardId',
            updater: { upsert: { compare: (a, b) => +a.createdAt - +b.createdAt } },
          },
        ],
      },
    })
  })

  test('a schema that returns something else than its event does not compile', () => {
    defineSyncRules<{ 'post:saved': PostOnTheWire }, AppRouter>()({
      'post:saved': {
        // @ts-expect-error - a date, where the event has a string
        schema: z.object({ ...post, createdAt: z.date() }),
        room: 'board:{boardId}',
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'direct',
            updater: (old, saved) => {
              expectTypeOf(saved).toEqualTypeOf<PostOnTheWire>()
              return [...old, saved]
            },
          },
        ],
      },
    })
  })
})

describe('upcast', () => {
  test('knows nothing of older data, unless that is annotated', () => {
    defineSyncRules<{ 'note:saved': Note }>({
      'note:saved': {
        version: 3,
        upcast: {
          1: (old) => {
            expectTypeOf(old).toEqualTypeOf<unknown>()
            return { name: 'x' }
          },
          2: (old: { readonly name: string }) => ({ id: old.name, at: new Date(0) }),
        },
        room: () => 'a',
        actions: [],
      },
    })
  })

  test('takes versions as numbers, and functions', () => {
    defineSyncRules<{ 'note:saved': Note }>({
      'note:saved': {
        // @ts-expect-error - no number
        version: '2',
        upcast: {
          // @ts-expect-error - no version
          one: (old: unknown) => old,
        },
        room: () => 'a',
        actions: [],
      },
    })
    defineSyncRules<{ 'note:saved': Note }>({
      'note:saved': {
        version: 2,
        // @ts-expect-error - no function
        upcast: { 1: 'up' },
        room: () => 'a',
        actions: [],
      },
    })
  })
})
