/** The three rules of an entity, said once: what they expand to, and what they do. */

import { defineEntityRules, mergeSyncRules, defineSyncRules } from '@iron-stack/sync'
import { describe, expect, test } from 'vitest'
import { observe, settled, startEngine } from './support/engine.ts'
import { until } from './support/until.ts'
import type { AppRouter, PostOnTheWire } from './typing/router.ts'

const rules = defineEntityRules<PostOnTheWire, AppRouter>()('post', {
  room: 'board:{boardId}',
  version: ({ rank }) => rank,
  lists: [
    {
      procedure: ['post', 'feed'],
      infinite: true,
      match: 'boardId',
      where: (post, { status }) => status === undefined || post.status === status,
      compare: (a, b, { sort }) =>
        sort === 'title' ? (a.title < b.title ? -1 : 1) : b.id - a.id,
    },
    { procedure: ['post', 'list'], match: 'boardId', insert: 'first' },
  ],
  detail: { procedure: ['post', 'byId'], match: 'id' },
})

describe('the rules of an entity', () => {
  test('are ordinary rules: a room, and actions with updaters', () => {
    expect(print(rules)).toEqual({
      'post:created': [
        'board:{boardId}',
        'direct post.feed infinite boardId upsertItem',
        'direct post.list boardId upsertItem',
        'direct post.byId id',
      ],
      'post:updated': [
        'board:{boardId}',
        'direct post.feed infinite boardId upsertItem',
        'direct post.list boardId updateItem',
        'direct post.byId id',
      ],
      'post:deleted': [
        'board:{boardId}',
        'direct post.feed infinite boardId removeItem',
        'direct post.list boardId removeItem',
        'remove post.byId id',
      ],
    })
  })

  test('merge with others, and take more actions', () => {
    const merged = mergeSyncRules(
      rules,
      defineSyncRules<{ 'post:created': PostOnTheWire }, AppRouter>()({
        'post:created': {
          room: 'board:{boardId}',
          actions: [{ procedure: ['post', 'count'], action: 'invalidate' }],
        },
      }),
    )
    expect(print(merged)['post:created']?.at(-1)).toBe('invalidate post.count')
  })

  test('show a new post, move it from list to list, and take it away', async () => {
    const { queryClient, send } = startEngine(rules)
    const open = feedKey('open')
    const closed = feedKey('closed')
    const detail = [['post', 'byId'], { input: { id: 2 }, type: 'query' }]
    queryClient.setQueryData(open, pagesOf(post(1)))
    queryClient.setQueryData(closed, pagesOf())
    queryClient.setQueryData(detail, null)

    send('post:created', post(2))
    expect(queryClient.getQueryData(open)).toEqual(pagesOf(post(2), post(1)))
    expect(queryClient.getQueryData(detail)).toEqual(post(2))

    const shut = post(2, { status: 'closed', rank: 1 })
    send('post:updated', shut)
    expect(queryClient.getQueryData(open)).toEqual(pagesOf(post(1)))
    expect(queryClient.getQueryData(closed)).toEqual(pagesOf(shut))
    expect(queryClient.getQueryData(detail)).toBe(shut)

    send('post:deleted', { id: 2, boardId: 'a' })
    expect(queryClient.getQueryData(closed)).toEqual(pagesOf())
    expect(queryClient.getQueryData(detail)).toBe(undefined)
    await settled(queryClient)
  })

  test('never go back to an older version', () => {
    const { queryClient, send } = startEngine(rules)
    const detail = [['post', 'byId'], { input: { id: 1 }, type: 'query' }]
    const newest = post(1, { rank: 5 })
    queryClient.setQueryData(feedKey('open'), pagesOf(newest))
    queryClient.setQueryData(detail, newest)
    send('post:updated', post(1, { rank: 4, title: 'older' }))
    expect(queryClient.getQueryData(feedKey('open'))).toEqual(pagesOf(newest))
    expect(queryClient.getQueryData(detail)).toBe(newest)
  })

  test('reset the detail that somebody looks at when its post is deleted', async () => {
    const { queryClient, send } = startEngine(rules)
    const detail = [['post', 'byId'], { input: { id: 1 }, type: 'query' }]
    const onlooker = observe(queryClient, detail, [post(1), null])
    await until(() => expect(onlooker.shown.at(-1)).toEqual(post(1)))
    send('post:deleted', { id: 1, boardId: 'a' })
    await until(() => expect(onlooker.shown.at(-1)).toBe(null))
    expect(onlooker.fetches()).toBe(2)
  })
})

function post(id: number, changes: Partial<PostOnTheWire> = {}): PostOnTheWire {
  return {
    id,
    boardId: 'a',
    title: `Post ${id}`,
    status: 'open',
    rank: 0,
    author: { id: 'ada', name: 'Ada' },
    createdAt: '2026-01-01T00:00:00.000Z',
    ...changes,
  }
}

function feedKey(status: 'open' | 'closed'): readonly unknown[] {
  const input = { boardId: 'a', status, sort: 'newest' }
  return [['post', 'feed'], { input, type: 'infinite' }]
}

function pagesOf(...items: PostOnTheWire[]) {
  return { pages: [{ items, nextCursor: null }], pageParams: [null] }
}

/** Rules as lines: what they do, and the names of their updaters. */
function print(some: object): Record<string, string[]> {
  const lines = Object.entries(some as Record<string, PrintedRule>).map(([event, rule]) => {
    const actions = rule.actions.map(({ action, procedure, infinite, match, updater }) => {
      const name = updater?.name === 'updater' ? '' : updater?.name
      const words = [action, procedure.join('.'), infinite ? 'infinite' : '', match, name]
      return words
        .filter((word) => word !== undefined && !['', 'replace'].includes(word))
        .join(' ')
    })
    return [event, [rule.room, ...actions]]
  })
  return Object.fromEntries(lines) as Record<string, string[]>
}

interface PrintedRule {
  readonly room: string
  readonly actions: readonly {
    readonly action: string
    readonly procedure: readonly string[]
    readonly infinite?: boolean
    readonly match?: string
    readonly updater?: { readonly name: string }
  }[]
}
