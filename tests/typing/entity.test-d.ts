/** What the rules of an entity infer, and what they refuse. */

import { defineEntityRules, type SyncRules } from '@iron-stack/sync'
import { expectTypeOf, test } from 'vitest'
import type { AppRouter, DateRouter, Note, PostOnTheWire } from './router.ts'

const definePosts = defineEntityRules<PostOnTheWire, AppRouter, { id: string }>()
const list = { procedure: ['post', 'list'] } as const
const room = 'board:{boardId}'

test('the events are the three of the entity, the last with its id and what the room needs', () => {
  const rules = definePosts('post', { room: 'board:{boardId}:{rank}', lists: [] })
  type EventsOf<Rules> = Rules extends SyncRules<infer Events> ? Events : never
  type Events = EventsOf<typeof rules>
  expectTypeOf<keyof Events>().toEqualTypeOf<'post:created' | 'post:updated' | 'post:deleted'>()
  expectTypeOf<Events['post:created']>().toEqualTypeOf<PostOnTheWire>()
  expectTypeOf<Events['post:updated']>().toEqualTypeOf<PostOnTheWire>()
  expectTypeOf<Events['post:deleted']>().toEqualTypeOf<{
    readonly id: number
    readonly boardId: string
    readonly rank: number
  }>()
})

test('lists know their rows and their input, each its own', () => {
  definePosts('post', {
    room,
    version: (post) => {
      expectTypeOf(post).toEqualTypeOf<PostOnTheWire>()
      return post.rank
    },
    lists: [
      {
        procedure: ['post', 'feed'],
        infinite: true,
        match: 'boardId',
        where: (row, input) => {
          expectTypeOf(row.status).toEqualTypeOf<'open' | 'closed'>()
          expectTypeOf(input.status).toEqualTypeOf<'open' | 'closed' | undefined>()
          return row.status === input.status
        },
        compare: (a, b, { sort }) => {
          expectTypeOf(sort).toEqualTypeOf<'newest' | 'title'>()
          return a.id - b.id
        },
      },
      {
        procedure: ['post', 'mine'],
        items: 'rows',
        where: (row, input) => {
          expectTypeOf(input).toEqualTypeOf<{ status: string } | undefined>()
          return row.status === input?.status
        },
      },
      {
        procedure: ['note', 'list'],
        item: (post) => {
          expectTypeOf(post).toEqualTypeOf<PostOnTheWire>()
          return { id: String(post.id), text: post.title }
        },
        version: (row) => {
          expectTypeOf(row).toEqualTypeOf<Note>()
          return row.text
        },
      },
    ],
    detail: { procedure: ['post', 'byId'], match: { id: 'id' } },
  })
})

test('a detail that is more than the entity says how it changes', () => {
  definePosts('post', {
    room,
    lists: [],
    detail: {
      procedure: ['note', 'odd'],
      // @ts-expect-error - asked without input
      match: 'id',
      change: (old, post) => {
        expectTypeOf(old.at).toEqualTypeOf<string>()
        expectTypeOf(post).toEqualTypeOf<PostOnTheWire>()
        return old
      },
    },
  })
  definePosts('post', {
    room,
    lists: [],
    // @ts-expect-error - a title is no post: `change` must make it
    detail: { procedure: ['post', 'title'], match: 'id' },
  })
})

test('what is wrong is refused at the word', () => {
  definePosts('post', {
    // @ts-expect-error - misspelt
    room: 'board:{boardID}',
    lists: [],
  })
  definePosts('post', {
    room,
    lists: [
      {
        // @ts-expect-error - no such procedure
        procedure: ['post', 'lists'],
      },
      {
        procedure: ['post', 'list'],
        // @ts-expect-error - a deleted post has no title to match
        match: 'title',
      },
      // @ts-expect-error - a post is no note: `item` must make one
      { procedure: ['note', 'list'] },
      {
        procedure: ['post', 'list'],
        // @ts-expect-error - no field of a row
        compare: (a, b) => a.order - b.order,
      },
      // @ts-expect-error - takes no cursor
      { procedure: ['post', 'list'], infinite: true },
    ],
  })
  definePosts('post', {
    room,
    // @ts-expect-error - no field of the entity
    version: (post) => post.revision,
    lists: [list],
  })
  // @ts-expect-error - lists are needed; `[]` where there are none
  definePosts('post', { room })
  // @ts-expect-error - an entity has an `id`
  defineEntityRules<{ name: string }, AppRouter>()
  defineEntityRules<PostOnTheWire, DateRouter>()('post', {
    room,
    // @ts-expect-error - dates are dates here, and the entity has text
    lists: [{ procedure: ['post', 'list'] }],
  })
})
