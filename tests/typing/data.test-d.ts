/** What rules know of an event's data from its schema, and what a schema must fit. */

import { defineSyncRules, type SyncRules } from '@iron-stack/sync'
import { SyncServer } from '@iron-stack/sync/server'
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
  const rules = defineSyncRules({
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

  test('types what is broadcast', () => {
    const sync = new SyncServer({ io: new Server(), rules })
    void sync.broadcast('note:valibot', { id: 'a', pinned: true })
    // @ts-expect-error - what travels is what the schema returns
    void sync.broadcast('note:valibot', { id: 'a' })
    // @ts-expect-error - no such event
    void sync.broadcast('note:gone', {})
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
