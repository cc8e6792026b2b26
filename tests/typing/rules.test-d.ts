/** What rules know from the router: nobody annotates, nobody casts. */

import {
  defineRoom,
  defineSyncRules,
  prependToFirstPage,
  removeItem,
  updateItem,
  upsertItem,
  type ActionContext,
  type SyncRules,
} from '@iron-stack/sync'
import type { InfiniteData } from '@tanstack/query-core'
import type { inferRouterOutputs } from '@trpc/server'
import { describe, expectTypeOf, test } from 'vitest'
import type { AppRouter, DateRouter, Note, Post, PostOnTheWire } from './router.ts'

interface Events {
  'post:saved': PostOnTheWire
  'post:deleted': { readonly id: number; readonly boardId: string }
  'post:wrapped': { readonly post: PostOnTheWire; readonly by: { readonly id: string } }
}
interface Viewer {
  readonly personId: string
}

const define = defineSyncRules<Pick<Events, 'post:saved'>, AppRouter, Viewer>()
const defineDeleted = defineSyncRules<Pick<Events, 'post:deleted'>, AppRouter, Viewer>()
const defineWrapped = defineSyncRules<Pick<Events, 'post:wrapped'>, AppRouter>()
const defineDates = defineSyncRules<{ 'post:saved': Post }, DateRouter>()

type Feed = { items: PostOnTheWire[]; nextCursor: number | null }

describe('the updater', () => {
  test('is given what the cache holds of a query, serialised', () => {
    define({
      'post:saved': {
        room: () => 'board',
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'direct',
            updater: (old, post, context) => {
              expectTypeOf(old.map(({ createdAt }) => createdAt)).toEqualTypeOf<string[]>()
              expectTypeOf(old).toExtend<PostOnTheWire[]>()
              expectTypeOf<PostOnTheWire[]>().toExtend<typeof old>()
              expectTypeOf(post).toEqualTypeOf<PostOnTheWire>()
              expectTypeOf(context).toEqualTypeOf<ActionContext<{ boardId: string }, Viewer>>()
              expectTypeOf(context.viewer.personId).toEqualTypeOf<string>()
              return old
            },
          },
          {
            procedure: ['post', 'byId'],
            action: 'direct',
            updater: (old, post) => {
              expectTypeOf(old).toExtend<PostOnTheWire | undefined>()
              return post
            },
          },
          {
            procedure: ['post', 'count'],
            action: 'direct',
            updater: (old, _, { input }) => {
              expectTypeOf(old).toEqualTypeOf<number>()
              expectTypeOf(input).toEqualTypeOf<undefined>()
              return old
            },
          },
        ],
      },
    })
  })

  test('is given an infinite query as pages, and its input without the paging', () => {
    define({
      'post:saved': {
        room: () => 'board',
        actions: [
          {
            procedure: ['post', 'feed'],
            action: 'direct',
            infinite: true,
            updater: (old, post, { input }) => {
              expectTypeOf(old).toExtend<InfiniteData<Feed, number | null>>()
              expectTypeOf<InfiniteData<Feed, number | null>>().toExtend<typeof old>()
              expectTypeOf(input.sort).toEqualTypeOf<'newest' | 'title'>()
              expectTypeOf<keyof typeof input>().toEqualTypeOf<
                'boardId' | 'status' | 'sort' | 'limit'
              >()
              return { ...old, pages: old.pages.map((page) => ({ ...page, items: [post] })) }
            },
          },
          {
            procedure: ['post', 'feed'],
            action: 'direct',
            updater: (old, _, { input }) => {
              expectTypeOf(old).toExtend<Feed>()
              expectTypeOf(input.cursor).toEqualTypeOf<number | undefined>()
              return old
            },
          },
          {
            procedure: ['post', 'feed'],
            action: 'direct',
            infinite: false,
            updater: (old) => {
              expectTypeOf(old.nextCursor).toEqualTypeOf<number | null>()
              return undefined
            },
          },
        ],
      },
    })
  })

  test('is given dates as dates where the router has a transformer', () => {
    defineDates({
      'post:saved': {
        room: () => 'board',
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'direct',
            updater: (old, post) => {
              expectTypeOf(old).toEqualTypeOf<Post[]>()
              return [...old, post]
            },
          },
          {
            procedure: ['post', 'feed'],
            action: 'direct',
            infinite: true,
            updater: (old) => {
              expectTypeOf(old).toExtend<InfiniteData<Post[], Date | null>>()
              return old
            },
          },
        ],
      },
    })
  })

  test('is given lazy, nested and grouped procedures alike', () => {
    define({
      'post:saved': {
        room: () => 'board',
        actions: [
          {
            procedure: ['note', 'list'],
            action: 'direct',
            updater: (old) => {
              expectTypeOf(old).toEqualTypeOf<Note[]>()
              return old
            },
          },
          {
            procedure: ['post', 'archive', 'deep', 'er'],
            action: 'direct',
            updater: (old, _, { input }) => {
              expectTypeOf(old).toEqualTypeOf<Note[]>()
              expectTypeOf(input).toEqualTypeOf<string>()
              return old
            },
          },
          {
            procedure: ['settings', 'theme'],
            action: 'direct',
            updater: (old) => {
              expectTypeOf(old).toEqualTypeOf<string>()
              return 'light'
            },
          },
        ],
      },
    })
  })

  test('knows JSON: what is dropped, emptied, turned to text, left alone', () => {
    define({
      'post:saved': {
        room: () => 'board',
        actions: [
          {
            procedure: ['note', 'odd'],
            action: 'direct',
            updater: (old) => {
              expectTypeOf(old.at).toEqualTypeOf<string>()
              expectTypeOf(old.tags).toEqualTypeOf<object>()
              expectTypeOf(old.names).toEqualTypeOf<object>()
              expectTypeOf<keyof typeof old>().toEqualTypeOf<
                'at' | 'tags' | 'names' | 'maybe' | 'list' | 'any'
              >()
              expectTypeOf(old.maybe).toEqualTypeOf<string | undefined>()
              expectTypeOf(old.list).toEqualTypeOf<string[]>()
              expectTypeOf(old.any).toEqualTypeOf<unknown>()
              expectTypeOf(old).toExtend<inferRouterOutputs<AppRouter>['note']['odd']>()
              return old
            },
          },
        ],
      },
    })
    type Outputs = inferRouterOutputs<AppRouter>
    const post: Outputs['post']['list'][number] | undefined = undefined as
      | PostOnTheWire
      | undefined
    expectTypeOf(post).toExtend<PostOnTheWire | undefined>()
  })

  test('may be prependToFirstPage, bare or in a closure', () => {
    define({
      'post:saved': {
        room: () => 'board',
        actions: [
          {
            procedure: ['post', 'feed'],
            action: 'direct',
            infinite: true,
            updater: prependToFirstPage,
          },
          {
            procedure: ['post', 'list'],
            action: 'direct',
            updater: (old, post) => prependToFirstPage(old, post),
          },
        ],
      },
    })
  })

  test('may be a keyed updater whose rows are the events', () => {
    define({
      'post:saved': {
        room: () => 'board',
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'direct',
            updater: upsertItem({
              insert: 'first',
              version: (row) => {
                expectTypeOf(row).toEqualTypeOf<PostOnTheWire>()
                return row.rank
              },
            }),
          },
          { procedure: ['post', 'mine'], action: 'direct', updater: updateItem() },
          { procedure: ['post', 'list'], action: 'direct', updater: removeItem() },
        ],
      },
    })
    defineWrapped({
      'post:wrapped': {
        room: () => 'board',
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'direct',
            updater: upsertItem({
              item: ({ post }) => post,
              version: (row) => {
                expectTypeOf(row).toEqualTypeOf<PostOnTheWire>()
                return row.rank
              },
            }),
          },
        ],
      },
    })
  })
})

describe("a list's change", () => {
  test('knows rows, input and viewer', () => {
    define({
      'post:saved': {
        room: () => 'board',
        actions: [
          {
            procedure: ['post', 'feed'],
            action: 'direct',
            infinite: true,
            updater: {
              upsert: {
                id: (row) => {
                  expectTypeOf(row.id).toEqualTypeOf<number>()
                  return row.id
                },
                where: (row, input) => {
                  expectTypeOf(row.status).toEqualTypeOf<'open' | 'closed'>()
                  expectTypeOf(input.status).toEqualTypeOf<'open' | 'closed' | undefined>()
                  return input.status === undefined || input.status === row.status
                },
                compare: (a, b, { sort }) => {
                  expectTypeOf(sort).toEqualTypeOf<'newest' | 'title'>()
                  return sort === 'title' ? a.title.localeCompare(b.title) : b.id - a.id
                },
                limit: ({ limit }) => {
                  expectTypeOf(limit).toEqualTypeOf<number | undefined>()
                  return limit
                },
                version: ({ rank }) => rank,
              },
            },
          },
        ],
      },
    })
  })

  test('finds the rows of a page under whatever name they have', () => {
    define({
      'post:saved': {
        room: () => 'board',
        actions: [
          {
            procedure: ['post', 'mine'],
            action: 'direct',
            updater: {
              update: {
                items: 'rows',
                compare: (a, b, input) => {
                  expectTypeOf(input).toEqualTypeOf<{ status: string } | undefined>()
                  return a.rank - b.rank
                },
              },
            },
          },
        ],
      },
    })
  })

  test('makes rows of another kind by `change`, from the row and the event', () => {
    define({
      'post:saved': {
        room: () => 'board',
        actions: [
          {
            procedure: ['post', 'archive', 'years'],
            action: 'direct',
            updater: {
              update: {
                id: ({ year }) => year,
                eventId: (post) => post.createdAt.slice(0, 4),
                change: (row, post, context) => {
                  expectTypeOf(row.year).toEqualTypeOf<number>()
                  expectTypeOf(post).toEqualTypeOf<PostOnTheWire>()
                  expectTypeOf(context.viewer).toEqualTypeOf<Viewer>()
                  return { ...row, posts: [post] }
                },
              },
            },
          },
        ],
      },
    })
  })

  test('takes the row out of the event by `item`', () => {
    defineWrapped({
      'post:wrapped': {
        room: () => 'board',
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'direct',
            updater: { upsert: { item: ({ post }) => post, compare: (a, b) => a.id - b.id } },
          },
          {
            procedure: ['post', 'list'],
            action: 'direct',
            updater: { remove: { eventId: ({ post }) => post.id } },
          },
        ],
      },
    })
  })

  test('removes by nothing but the id', () => {
    defineDeleted({
      'post:deleted': {
        room: 'board:{boardId}',
        actions: [
          {
            procedure: ['post', 'feed'],
            action: 'direct',
            infinite: true,
            match: 'boardId',
            updater: { remove: {} },
          },
          {
            procedure: ['post', 'list'],
            action: 'direct',
            updater: {
              remove: {
                version: (row) => row.rank,
                eventVersion: ({ id }) => id,
                refill: false,
              },
            },
          },
        ],
      },
    })
  })
})

describe('the match', () => {
  test('is given the event, the input and the viewer', () => {
    define({
      'post:saved': {
        room: () => 'board',
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'invalidate',
            match: (post, input, context) => {
              expectTypeOf(post).toEqualTypeOf<PostOnTheWire>()
              expectTypeOf(input).toEqualTypeOf<{ boardId: string }>()
              expectTypeOf(context.viewer).toEqualTypeOf<Viewer>()
              return input.boardId === post.boardId
            },
          },
          {
            procedure: ['post', 'title'],
            action: 'remove',
            match: ({ id }, input) => {
              expectTypeOf(input).toEqualTypeOf<number>()
              return id === input
            },
          },
          {
            procedure: ['post', 'mine'],
            action: 'invalidate',
            match: ({ status }, input) => {
              expectTypeOf(input).toEqualTypeOf<{ status: string } | undefined>()
              return input?.status === status
            },
          },
        ],
      },
    })
  })

  test('is written as in v1.1.0, with or without the question mark', () => {
    define({
      'post:saved': {
        room: (post) => `board:${post.boardId}`,
        actions: [
          {
            procedure: ['post', 'feed'],
            action: 'direct',
            infinite: true,
            match: (post, input) => input?.boardId === post.boardId,
            updater: (old, post) => prependToFirstPage(old, post),
          },
          { procedure: ['post', 'list'], action: 'invalidate' },
        ],
      },
    })
  })

  test('has fields that both sides have, at any depth', () => {
    define({
      'post:saved': {
        room: () => 'board',
        actions: [
          { procedure: ['post', 'list'], action: 'invalidate', match: 'boardId' },
          { procedure: ['post', 'feed'], action: 'invalidate', match: 'status' },
          { procedure: ['post', 'byId'], action: 'remove', match: 'id' },
          { procedure: ['post', 'byId'], action: 'remove', match: { id: 'id' } },
          {
            procedure: ['post', 'byId'],
            action: 'remove',
            match: { id: 'rank', 'with.board': 'author.id' },
          },
          {
            procedure: ['post', 'feed'],
            action: 'invalidate',
            infinite: false,
            match: { boardId: 'boardId', status: 'status' },
          },
        ],
      },
    })
    defineWrapped({
      'post:wrapped': {
        room: 'board:{post.boardId}:{by.id}',
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'invalidate',
            match: { boardId: 'post.boardId' },
          },
        ],
      },
    })
  })

  test("is given what any query below a router's path was asked with", () => {
    define({
      'post:saved': {
        room: () => 'board',
        actions: [
          {
            procedure: ['post', 'archive'],
            action: 'invalidate',
            match: (_, input) => {
              expectTypeOf(input).toEqualTypeOf<string | undefined>()
              return true
            },
          },
          { procedure: ['post'], action: 'invalidate', match: 'boardId' },
          { procedure: ['settings'], action: 'remove' },
          { procedure: ['note'], action: 'invalidate', infinite: true },
        ],
      },
    })
  })
})

describe('the room', () => {
  test('is a function, a template, or defineRoom', () => {
    define({
      'post:saved': {
        room: (post) => {
          expectTypeOf(post).toEqualTypeOf<PostOnTheWire>()
          return [`board:${post.boardId}`, 'all']
        },
        actions: [],
      },
    })
    define({ 'post:saved': { room: 'board:{boardId}:{author.id}:{rank}', actions: [] } })
    define({ 'post:saved': { room: 'everybody', actions: [] } })
    define({ 'post:saved': { room: defineRoom('board:{boardId}'), actions: [] } })
    define({ 'post:saved': { room: 'everybody', volatile: true, actions: [] } })
  })
})

describe('the rules', () => {
  test('are plain rules of their events', () => {
    const rules = define({ 'post:saved': { room: 'board:{boardId}', actions: [] } })
    expectTypeOf(rules).toEqualTypeOf<SyncRules<Pick<Events, 'post:saved'>>>()
  })

  test('mix actions by procedure and by plain key', () => {
    define({
      'post:saved': {
        room: 'board:{boardId}',
        actions: [
          {
            queryKey: ['legacy'],
            action: 'direct',
            match: (_, input) => {
              expectTypeOf(input).toEqualTypeOf<Record<string, unknown> | undefined>()
              return true
            },
            updater: (old, post) => {
              expectTypeOf(old).toEqualTypeOf<unknown>()
              expectTypeOf(post).toEqualTypeOf<PostOnTheWire>()
              return post
            },
          },
          { queryKey: ['legacy', 1], action: 'remove' },
          { procedure: ['post', 'list'], action: 'invalidate' },
        ],
      },
    })
  })

  test('know each event by itself', () => {
    defineSyncRules<Events, AppRouter>()({
      'post:saved': {
        room: 'board:{boardId}',
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'direct',
            match: 'boardId',
            updater: (old, post) => {
              expectTypeOf(post).toEqualTypeOf<PostOnTheWire>()
              return [...old, post]
            },
          },
        ],
      },
      'post:deleted': { room: 'board:{boardId}', actions: [] },
      'post:wrapped': {
        room: 'board:{post.boardId}',
        actions: [
          {
            procedure: ['post', 'list'],
            action: 'direct',
            updater: (old, { by }) => {
              expectTypeOf(by.id).toEqualTypeOf<string>()
              return old
            },
          },
        ],
      },
    })
  })
})
