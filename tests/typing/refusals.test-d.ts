/**
 * What must not compile, each at the word that is wrong. One wrong word leaves the rest of the rules
 * as they are: their types are asserted beside it.
 */

import {
  appendToLastPage,
  defineRoom,
  defineSyncRules,
  prependToFirstPage,
  removeItem,
  updateItem,
  upsertItem,
} from '@iron-stack/sync'
import { describe, expectTypeOf, test } from 'vitest'
import type { AppRouter, DateRouter, Note, PostOnTheWire } from './router.ts'

interface Events {
  'post:saved': PostOnTheWire
  'post:deleted': { readonly id: number; readonly boardId: string }
  'note:named': { readonly noteId: string; readonly name: string }
}

const define = defineSyncRules<Pick<Events, 'post:saved'>, AppRouter, { id: string }>()
const defineNamed = defineSyncRules<Pick<Events, 'note:named'>, AppRouter>()
const defineDates = defineSyncRules<{ 'post:saved': PostOnTheWire }, DateRouter>()
const room = 'everybody'

describe('a procedure path', () => {
  test('that leads nowhere', () => {
    define({
      'post:saved': {
        room,
        actions: [
          {
            // @ts-expect-error - no such router
            procedure: ['pots', 'list'],
            action: 'invalidate',
          },
          {
            // @ts-expect-error - no such procedure
            procedure: ['post', 'lists'],
            action: 'invalidate',
          },
          {
            // @ts-expect-error - a procedure of another router
            procedure: ['note', 'feed'],
            action: 'invalidate',
          },
          {
            // @ts-expect-error - goes on behind a procedure
            procedure: ['post', 'list', 'all'],
            action: 'invalidate',
          },
          {
            // @ts-expect-error - no such procedure, three names deep
            procedure: ['post', 'archive', 'deep', 'err'],
            action: 'remove',
          },
          {
            // @ts-expect-error - empty
            procedure: [],
            action: 'invalidate',
          },
          {
            // @ts-expect-error - a dotted name is no path
            procedure: ['post.list'],
            action: 'invalidate',
          },
          {
            // @ts-expect-error - nor is a string
            procedure: 'post.list',
            action: 'invalidate',
          },
          {
            procedure: ['post', 'list'],
            action: 'direct',
            updater: (old) => {
              expectTypeOf(old).toExtend<PostOnTheWire[]>()
              return old
            },
          },
        ],
      },
    })
  })

  test('that leads to what is no query', () => {
    define({
      'post:saved': {
        room,
        actions: [
          {
            // @ts-expect-error - a mutation
            procedure: ['post', 'rename'],
            action: 'invalidate',
          },
          {
            // @ts-expect-error - a subscription
            procedure: ['post', 'changes'],
            action: 'invalidate',
          },
          // @ts-expect-error - a router holds no data that could be changed
          {
            procedure: ['post'],
            action: 'direct',
            updater: (old) => old,
          },
          // @ts-expect-error - nor does one inside
          {
            procedure: ['post', 'archive'],
            action: 'direct',
            updater: (old) => old,
          },
        ],
      },
    })
  })
})

describe('an updater', () => {
  test('that returns what the query does not hold', () => {
    define({
      'post:saved': {
        room,
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'direct',
            // @ts-expect-error - a list of posts is no string
            updater: () => 'posts',
          },
          {
            procedure: ['post', 'count'],
            action: 'direct',
            // @ts-expect-error - a number
            updater: (_, post) => post,
          },
          {
            procedure: ['post', 'feed'],
            action: 'direct',
            infinite: true,
            // @ts-expect-error - a page, where there are pages
            updater: (old) => old.pages[0],
          },
          {
            procedure: ['post', 'list'],
            action: 'direct',
            // @ts-expect-error - a promise
            updater: async (old) => old,
          },
          {
            procedure: ['note', 'list'],
            action: 'direct',
            // @ts-expect-error - notes, not posts
            updater: (old, post) => [...old, post],
          },
        ],
      },
    })
  })

  test('that reads what is not there', () => {
    define({
      'post:saved': {
        room,
        actions: [
          {
            procedure: ['post', 'feed'],
            action: 'direct',
            // @ts-expect-error - a plain query has no pages
            updater: (old) => old.pages,
          },
          {
            procedure: ['post', 'feed'],
            action: 'direct',
            infinite: true,
            // @ts-expect-error - an infinite one has no items of its own
            updater: (old) => ({ ...old, pages: old.items }),
          },
          {
            procedure: ['post', 'list'],
            action: 'direct',
            updater: (old, post, { input, viewer }) => {
              // @ts-expect-error - dates came as JSON
              old[0]?.createdAt.getTime()
              // @ts-expect-error - no field of the event
              post.headline.trim()
              // @ts-expect-error - no field of the input
              input.board.trim()
              // @ts-expect-error - no field of the viewer
              viewer.name.trim()
              return old
            },
          },
          {
            procedure: ['post', 'feed'],
            action: 'direct',
            infinite: true,
            updater: (old, _, { input }) => {
              // @ts-expect-error - tRPC keeps the cursor out of an infinite query's key
              input.cursor?.toFixed()
              return old
            },
          },
        ],
      },
    })
    defineDates({
      'post:saved': {
        room,
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'direct',
            // @ts-expect-error - dates are dates here, and the event has text
            updater: (old, post) => [...old, post],
          },
        ],
      },
    })
  })

  test('where there is none, or there must be one', () => {
    define({
      'post:saved': {
        room,
        actions: [
          // @ts-expect-error - `direct` needs an updater
          { procedure: ['post', 'list'], action: 'direct' },
          {
            procedure: ['post', 'list'],
            action: 'invalidate',
            // @ts-expect-error - it would never be called
            updater: (old: unknown) => old,
          },
        ],
      },
    })
  })

  test('of this library, for rows of another kind', () => {
    define({
      'post:saved': {
        room,
        actions: [
          {
            procedure: ['note', 'list'],
            action: 'direct',
            // @ts-expect-error - a post is no note
            updater: upsertItem(),
          },
          {
            procedure: ['note', 'list'],
            action: 'direct',
            // @ts-expect-error - nor in front
            updater: prependToFirstPage,
          },
          {
            procedure: ['note', 'list'],
            action: 'direct',
            // @ts-expect-error - nor at the end
            updater: (old, post) => appendToLastPage(old, post),
          },
          {
            procedure: ['post', 'byId'],
            action: 'direct',
            // @ts-expect-error - one post is no list
            updater: upsertItem(),
          },
          {
            procedure: ['post', 'list'],
            action: 'direct',
            // @ts-expect-error - `item` makes no post
            updater: upsertItem({ item: ({ author }) => author }),
          },
          {
            procedure: ['post', 'list'],
            action: 'direct',
            // @ts-expect-error - rows are posts
            updater: updateItem({ version: (note: Note) => note.text }),
          },
          {
            procedure: ['post', 'list'],
            action: 'direct',
            // @ts-expect-error - rows are posts
            updater: removeItem({ id: (note: Note) => note.text }),
          },
        ],
      },
    })
  })
})

describe("a list's change", () => {
  test('that does not fit its list', () => {
    define({
      'post:saved': {
        room,
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'direct',
            // @ts-expect-error - no field of a row
            updater: { upsert: { version: (row) => row.revision } },
          },
          {
            procedure: ['post', 'list'],
            action: 'direct',
            // @ts-expect-error - no field of the input
            updater: { upsert: { where: (row, input) => row.status === input.status } },
          },
          {
            procedure: ['post', 'list'],
            action: 'direct',
            // @ts-expect-error - no such option
            updater: { upsert: { sort: () => 0 } },
          },
          {
            procedure: ['post', 'list'],
            action: 'direct',
            // @ts-expect-error - no such change
            updater: { replace: {} },
          },
          {
            procedure: ['post', 'list'],
            action: 'direct',
            // @ts-expect-error - only what adds rows has a place for them
            updater: { update: { insert: 'first' } },
          },
          {
            procedure: ['note', 'list'],
            action: 'direct',
            // @ts-expect-error - a post is no note: `item` or `change` must make one
            updater: { upsert: {} },
          },
          {
            procedure: ['post', 'count'],
            action: 'direct',
            // @ts-expect-error - a number is no list
            updater: { upsert: {} },
          },
        ],
      },
    })
    defineNamed({
      'note:named': {
        room,
        actions: [
          {
            procedure: ['note', 'list'],
            action: 'direct',
            // @ts-expect-error - the event has no `id`: `eventId` must say whose it is
            updater: { remove: {} },
          },
          {
            procedure: ['note', 'list'],
            action: 'direct',
            updater: { remove: { eventId: ({ noteId }) => noteId } },
          },
        ],
      },
    })
  })
})

describe('a match', () => {
  test('of fields that are not there, or cannot be equal', () => {
    define({
      'post:saved': {
        room,
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'invalidate',
            // @ts-expect-error - misspelt
            match: 'boardid',
          },
          {
            procedure: ['post', 'list'],
            action: 'invalidate',
            // @ts-expect-error - a field of the event, not of the input
            match: 'title',
          },
          {
            procedure: ['post', 'feed'],
            action: 'invalidate',
            // @ts-expect-error - a field of the input, not of the event
            match: 'sort',
          },
          {
            procedure: ['post', 'list'],
            action: 'invalidate',
            // @ts-expect-error - no field of the input
            match: { board: 'boardId' },
          },
          {
            procedure: ['post', 'list'],
            action: 'invalidate',
            // @ts-expect-error - no field of the event
            match: { boardId: 'board' },
          },
          {
            procedure: ['post', 'list'],
            action: 'invalidate',
            // @ts-expect-error - text against a number
            match: { boardId: 'rank' },
          },
          {
            procedure: ['post', 'feed'],
            action: 'invalidate',
            // @ts-expect-error - two sets of words with none in common
            match: { sort: 'status' },
          },
          {
            procedure: ['post', 'byId'],
            action: 'remove',
            // @ts-expect-error - an object holds no value to compare
            match: { with: 'author' },
          },
          {
            procedure: ['post', 'count'],
            action: 'invalidate',
            // @ts-expect-error - asked without input
            match: 'id',
          },
          {
            procedure: ['post', 'list'],
            action: 'invalidate',
            // @ts-expect-error - says neither yes nor no
            match: (post) => post.id,
          },
        ],
      },
    })
  })
})

describe('a room', () => {
  test('of fields that are not there, or cannot name it', () => {
    define({
      'post:saved': {
        // @ts-expect-error - misspelt
        room: 'board:{boardID}',
        actions: [],
      },
    })
    define({
      'post:saved': {
        // @ts-expect-error - an object names nothing
        room: 'author:{author}',
        actions: [],
      },
    })
    define({
      'post:saved': {
        // @ts-expect-error - one of the two
        room: 'board:{boardId}:{tenantId}',
        actions: [],
      },
    })
    define({
      'post:saved': {
        // @ts-expect-error - the event has none of its fields
        room: defineRoom('tenant:{tenantId}'),
        actions: [],
      },
    })
    define({
      'post:saved': {
        // @ts-expect-error - a number is no name
        room: (post) => post.id,
        actions: [],
      },
    })
    define({
      'post:saved': {
        // @ts-expect-error - no field of the event
        room: (post) => post.tenantId,
        actions: [],
      },
    })
  })
})

describe('an action', () => {
  test('that is none', () => {
    define({
      'post:saved': {
        room,
        actions: [
          {
            procedure: ['post', 'list'],
            // @ts-expect-error - misspelt
            action: 'invalid',
          },
          {
            procedure: ['post', 'list'],
            action: 'invalidate',
            // @ts-expect-error - no such option
            matches: 'boardId',
          },
          // @ts-expect-error - a procedure or a key, not both
          { procedure: ['post', 'list'], queryKey: ['post'], action: 'invalidate' },
          // @ts-expect-error - neither
          { action: 'invalidate' },
          // @ts-expect-error - takes no cursor, so there are no pages of it
          {
            procedure: ['post', 'list'],
            action: 'direct',
            infinite: true,
            updater: (old) => old,
          },
        ],
      },
    })
  })
})

describe('an event', () => {
  test('that is missing, unknown, or no rule', () => {
    // @ts-expect-error - 'post:deleted' and 'note:named' have no rule
    defineSyncRules<Events, AppRouter>()({ 'post:saved': { room, actions: [] } })
    define({
      'post:saved': { room, actions: [] },
      // @ts-expect-error - no such event
      'post:old': { room, actions: [] },
    })
    define({
      // @ts-expect-error - no room
      'post:saved': { actions: [] },
    })
    define({
      // @ts-expect-error - no actions; say `[]` where there are none
      'post:saved': { room },
    })
    // @ts-expect-error - what is not a router
    defineSyncRules<Events, { post: string }>()
  })
})

test('a room names only what each event of its kind has', () => {
  interface Either {
    readonly maybe: { readonly id: string; readonly teamId?: string }
    readonly nullable: { readonly id: string; readonly teamId: string | null }
    readonly nested: { readonly id: string; readonly team?: { readonly id: string } }
    readonly union:
      | { readonly id: string; readonly kind: 'a'; readonly onlyA: string }
      | { readonly id: number; readonly kind: 'b' }
  }
  const defineEither = defineSyncRules<Either, AppRouter>()
  defineSyncRules<Pick<Either, 'maybe'>, AppRouter>()({
    // @ts-expect-error - it may be missing
    maybe: { room: 'team:{teamId}', actions: [] },
  })
  defineSyncRules<Pick<Either, 'nullable'>, AppRouter>()({
    // @ts-expect-error - it may be null
    nullable: { room: 'team:{teamId}', actions: [] },
  })
  defineSyncRules<Pick<Either, 'nested'>, AppRouter>()({
    // @ts-expect-error - what it is in may be missing
    nested: { room: 'team:{team.id}', actions: [] },
  })
  defineSyncRules<Pick<Either, 'union'>, AppRouter>()({
    // @ts-expect-error - one of the two does not have it
    union: { room: 'row:{onlyA}', actions: [] },
  })
  defineEither({
    maybe: { room: 'row:{id}', actions: [] },
    nullable: { room: 'row:{id}', actions: [] },
    nested: { room: 'row:{id}', actions: [] },
    union: { room: '{kind}:{id}', actions: [] },
  })
})
