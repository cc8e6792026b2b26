/** What the linter finds in updaters, and what it lets be. */

import {
  appendToLastPage,
  defineSyncRules,
  prependToFirstPage,
  removeItem,
  updateItem,
  upsertItem,
  type CacheAction,
  type SyncRule,
} from '@iron-stack/sync'
import { checkSyncRules } from '@iron-stack/sync/lint'
import { initTRPC } from '@trpc/server'
import { type } from 'arktype'
import { runInThisContext } from 'node:vm'
import * as fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scenario, updatersOf } from '../updaters/setups.ts'
import { codesOf, codesOfUpdater, type Closure, type Row } from './support/codes.ts'

function now(): number {
  return Math.floor(new Date().getTime() / 1000)
}

type Table<Data = Row> = Record<string, Closure<Data>>

/** Pages as an infinite query holds them. */
type Pages = { readonly pages: Row[] }

describe('sound updaters are let be', () => {
  const OF_LISTS: Table<Row[]> = {
    'replaces by id': (old, post) => old.map((row) => (row.id === post.id ? post : row)),
    'removes by id': (old, { id }) => old.filter((row) => row.id !== id),
    'adds what is not there': (old, post) =>
      old.some((row) => row.id === post.id) ? old : [post, ...old],
    'removes, and adds at the end': (old, post) => [
      ...old.filter(({ id }) => id !== post.id),
      post,
    ],
    'keeps the list short': (old, post) =>
      [post, ...old.filter(({ id }) => id !== post.id)].slice(0, 20),
    'keeps the list in order': (old, post) =>
      [...old.filter(({ id }) => id !== post.id), post].sort((a, b) => a.rank - b.rank),
    'puts it in its place': (old, post) => {
      const others = old.filter(({ id }) => id !== post.id)
      const at = others.findIndex(({ rank }) => rank > post.rank)
      return at < 0 ? [...others, post] : [...others.slice(0, at), post, ...others.slice(at)]
    },
    'compares names': (old, { person }) =>
      [...old.filter(({ id }) => id !== person.id), person].sort((a, b) =>
        a.name.localeCompare(b.name),
      ),
    'finds it by two fields': (old, { personId, boardId, role }) =>
      old.map((row) =>
        row.personId === personId && row.boardId === boardId ? { ...row, role } : row,
      ),
    'finds it by a nested field': (old, event) =>
      old.map((row) =>
        row.author.id === event.person.id ? { ...row, author: event.person } : row,
      ),
    'by an id of another name': (old, { slug, title }) =>
      old.map((row) => (row.slug === slug ? { ...row, title } : row)),
    'adds many': (old, { rows }) => {
      const ids = new Set(rows.map(({ id }: Row) => id))
      return [...old.filter(({ id }) => !ids.has(id)), ...rows]
    },
    'counts what it has not counted': (old, { conversationId, revision }) =>
      old.map((row) =>
        row.id === conversationId && row.revision < revision
          ? { ...row, revision, unread: row.unread + 1 }
          : row,
      ),
    'counts by dates': (old, { conversationId, createdAt }) =>
      old.map((row) =>
        row.id !== conversationId || new Date(row.lastAt) >= new Date(createdAt)
          ? row
          : { ...row, lastAt: createdAt, unread: row.unread + 1 },
      ),
    'counts by versions that are texts of numbers': (old, { id, version }) =>
      old.map((row) =>
        row.id !== id || BigInt(row.version) >= BigInt(version)
          ? row
          : { ...row, version, edits: row.edits + 1 },
      ),
    'keeps or drops by a status': (old, post) => {
      const others = old.filter(({ id }) => id !== post.id)
      return post.status === 'open' ? [...others, post] : others
    },
    'toggles to what the event says': (old, { id, isDone }) =>
      old.map((row) => (row.id === id ? { ...row, isDone } : row)),
    'knows the viewer': (old, message, { viewer }) =>
      old.map((row) =>
        row.id === message.conversationId
          ? { ...row, last: message, isMine: message.authorId === viewer.id }
          : row,
      ),
    'knows the input': (old, post, { input }) =>
      input.status === post.status && !old.some(({ id }) => id === post.id)
        ? [...old, post]
        : old,
    'returns nothing': () => undefined,
    'returns the event': (_, post) => post,
    'calls upsertItem': (old, post, context) =>
      upsertItem({ insert: 'first' })(old, post, context),
    'calls prependToFirstPage': (old, post) => prependToFirstPage(old, post),
    'calls appendToLastPage with options': (old, post) =>
      appendToLastPage(old, post, { id: (row: { slug: unknown }) => row.slug } as object),
    prependToFirstPage,
    appendToLastPage,
    'upsertItem()': upsertItem({ insert: 'last' }),
    'updateItem()': updateItem(),
    'removeItem()': removeItem(),
  }

  const OF_OTHER_DATA: Table = {
    'a page': (old, post) => ({
      ...old,
      items: [post, ...old.items.filter(({ id }: Row) => id !== post.id)],
    }),
    'a page, without its items': (old, post) => ({
      ...old,
      messages: (old.messages ?? []).filter(({ id }: Row) => id !== post.id),
    }),
    'a detail': (old, post) => (old?.id === post.id ? { ...old, ...post } : old),
    'a detail with a version': (old, post) => (post.version <= old.version ? old : post),
    'a counter with a version': (old, { stamp }) =>
      old.stamp >= stamp ? old : { total: old.total + 1, stamp },
    'a counter that is told': (_, { total }) => total,
    'a list of what was seen': (old, { id }) =>
      old.seen.includes(id) ? old : { ...old, count: old.count + 1, seen: [...old.seen, id] },
    'rows by id': (old, post) => ({ ...old, byId: { ...old.byId, [post.id]: post } }),
    'a map': (old: Row, post: Row) => new Map(old as [unknown, unknown][]).set(post.id, post),
    'a set': (old, { id }) => new Set([...(old as unknown[]), id]),
    'instances of a class': (old, post) =>
      old.map((row: Row) => (row.id === post.id ? new Post(post as Post) : row)),
  }

  const OF_PAGES: Table<Pages> = {
    'on each page': (old, post) => ({
      ...old,
      pages: old.pages.map((page) => ({
        ...page,
        items: page.items.map((row: Row) => (row.id === post.id ? post : row)),
      })),
    }),
    'on pages that are lists': (old, { id }) => ({
      ...old,
      pages: old.pages.map((page) => page.filter((row: Row) => row.id !== id)),
    }),
    'on the first page': (old, post) => {
      const [first = {}, ...others] = old.pages
      if (old.pages.some(({ rows }) => rows.some(({ id }: Row) => id === post.id))) return old
      return { ...old, pages: [{ ...first, rows: [post, ...first.rows] }, ...others] }
    },
    'calls prependToFirstPage': (old, post) =>
      prependToFirstPage(old, post, { items: 'messages' }),
  }

  class Post {
    readonly id: unknown
    constructor({ id }: { id: unknown }) {
      this.id = id
    }
  }

  test.each(Object.entries(OF_LISTS))('of a list: %s', async (_, updater) => {
    expect(await codesOfUpdater(updater)).toEqual([])
  })

  test.each(Object.entries(OF_OTHER_DATA))('of other data: %s', async (_, updater) => {
    expect(await codesOfUpdater(updater)).toEqual([])
  })

  test.each(Object.entries(OF_PAGES))('of infinite data: %s', async (_, updater) => {
    expect(await codesOfUpdater(updater, { infinite: true })).toEqual([])
  })

  test('the object form of rules that a router types', async () => {
    const t = initTRPC.create()
    const appRouter = t.router({
      list: t.procedure.input(z.object({ boardId: z.string() })).query((): Card[] => []),
    })
    type Card = { id: string; boardId: string; rank: number; version: number }
    const rules = defineSyncRules<
      Record<'added' | 'edited' | 'gone', Card>,
      typeof appRouter
    >()({
      added: {
        room: 'board:{boardId}',
        actions: [
          {
            procedure: ['list'],
            action: 'direct',
            match: 'boardId',
            updater: {
              upsert: { compare: (a, b) => a.rank - b.rank, version: (row) => row.version },
            },
          },
        ],
      },
      edited: {
        room: 'board:{boardId}',
        actions: [
          {
            procedure: ['list'],
            action: 'direct',
            match: 'boardId',
            updater: { update: { change: (row, { rank }) => ({ ...row, rank }) } },
          },
        ],
      },
      gone: {
        room: 'board:{boardId}',
        actions: [
          { procedure: ['list'], action: 'direct', match: 'boardId', updater: { remove: {} } },
        ],
      },
    })
    expect(await checkSyncRules(rules, { router: appRouter, verbose: true })).toEqual([])
  })

  test('those of this library, whatever their options, bare and in a closure', async () => {
    const claim = fc.asyncProperty(scenario, fc.integer(), async ({ setup }, seed) => {
      const { isInfinite: infinite } = setup.shape
      for (const updater of Object.values(updatersOf(setup))) {
        const closure: Closure = (old, event, context) => updater(old, event, context)
        expect(await codesOfUpdater(updater, { infinite, seed })).toEqual([])
        expect(await codesOfUpdater(closure, { infinite, seed })).toEqual([])
      }
    })
    await fc.assert(claim, { numRuns: 10 })
  })
})

describe('an updater that changes more when it runs twice is a fault', () => {
  const OF_LISTS: Table<Row[]> = {
    'adds without a look': (old, post) => [post, ...old],
    'adds without a look, by concat': (old, post) => old.concat(post),
    'adds without a look, and keeps it short': (old, post) => [post, ...old].slice(0, 50),
    'adds what is not the same object': (old, post) => [...new Set([...old, post])],
    'adds where the status is right': (old, post) =>
      post.status === 'open' ? [...old, post] : old,
    'adds where the input fits': (old, post, { input }) =>
      input.status === post.status ? [...old, post] : old,
    'adds many': (old, { rows }) => [...old, ...rows],
    'counts in a row': (old, { conversationId }) =>
      old.map((row) => (row.id === conversationId ? { ...row, unread: row.unread + 1 } : row)),
    'counts in a row that another says': (old, message, { viewer }) =>
      old.map((row) =>
        row.id === message.conversationId && message.authorId !== viewer.id
          ? { ...row, unread: row.unread + 1 }
          : row,
      ),
    toggles: (old, { id }) =>
      old.map((row) => (row.id === id ? { ...row, isDone: !row.isDone } : row)),
    'knows only the last event': (old, { id, conversationId }) =>
      old.map((row) =>
        row.id !== conversationId || row.lastId === id
          ? row
          : { ...row, lastId: id, unread: row.unread + 1 },
      ),
    'gives a new id each time': (old, post) =>
      old.map((row) => (row.id === post.id ? { ...row, key: Math.random() } : row)),
    'looks at the clock, in seconds': (old, post) =>
      old.map((row) => (row.id === post.id ? { ...row, seenAt: now() } : row)),
    'counts what is not read, and marks nothing': (old, { id }) =>
      old.map((row) =>
        row.id !== id || row.isRead ? row : { ...row, unread: row.unread + 1 },
      ),
    'a change that counts, without a version': updateItem({
      change: (row: { votes: number }) => ({ ...row, votes: row.votes + 1 }),
      eventId: (event: { id: unknown }) => event.id,
      id: (row) => (row as { id?: unknown }).id,
    }) as Closure<Row[]>,
    'gives each row an id of its own': (old, post) =>
      prependToFirstPage(old, { ...post, id: Math.random() }),
  }

  const OF_OTHER_DATA: Table = {
    'a counter': (old) => Number(old) + 1,
    'a counter in an object': (old) => ({ ...old, unread: old.unread + 1 }),
    'a counter that the event steps': (old, { step }) => ({ total: old.total + step }),
    'a page': (old, post) => ({ ...old, items: [post, ...old.items] }),
    'a page of another field': (old, post) => ({ ...old, messages: [...old.messages, post] }),
    'a set of copies': (old, post) => new Set([...(old as Row[]), { ...post }]),
    'a list that may be missing': (old, post) => ({ ...old, log: [...(old.log ?? []), post] }),
  }

  const OF_PAGES: Table<Pages> = {
    'on the first page': (old, post) => ({
      ...old,
      pages: old.pages.map((page, n) =>
        n === 0 ? { ...page, items: [post, ...page.items] } : page,
      ),
    }),
    'on a first page that is a list': (old, post) => ({
      ...old,
      pages: [[post, ...(old.pages[0] as Row[])], ...old.pages.slice(1)],
    }),
    'on pages that are looked at first': (old, post) => ({
      ...old,
      pages: old.pages.map((page) =>
        Array.isArray(page.messages) ? { ...page, messages: [post, ...page.messages] } : page,
      ),
    }),
    'on the last page': (old, post) => {
      const last = old.pages.at(-1) ?? {}
      const others = old.pages.slice(0, -1)
      return { ...old, pages: [...others, { ...last, rows: [...last['rows'], post] }] }
    },
  }

  test.each(Object.entries(OF_LISTS))('of a list: %s', async (_, updater) => {
    expect(await codesOfUpdater(updater)).toEqual(['unstable-updater'])
  })

  test.each(Object.entries(OF_OTHER_DATA))('of other data: %s', async (_, updater) => {
    expect(await codesOfUpdater(updater)).toEqual(['unstable-updater'])
  })

  test.each(Object.entries(OF_PAGES))('of infinite data: %s', async (_, updater) => {
    expect(await codesOfUpdater(updater, { infinite: true })).toEqual(['unstable-updater'])
  })

  test('and the finding says where', async () => {
    const updater: Closure = (old) => ({ ...old, counts: { unread: old.counts.unread + 1 } })
    const actions = [{ procedure: ['inbox'], action: 'direct', updater } as const]
    const [finding] = await checkSyncRules({ e: { room: 'x', actions } })
    expect(finding).toEqual({
      code: 'unstable-updater',
      severity: 'error',
      event: 'e',
      action: 0,
      procedure: 'inbox',
      problem:
        'The `updater` for inbox changes more when it runs twice, at `old.counts.unread`.',
      remedy:
        'A response may know the event already: look for the row first (see upsertItem), keep ' +
        'a version beside a counter, or add an `invalidate` for the same query.',
    })
  })
})

describe('an `invalidate` beside makes up for an updater that is not replay-stable', () => {
  const count: Closure = (old) => ({ ...old, unread: old.unread + 1 })
  const direct = { procedure: ['inbox', 'count'], action: 'direct', updater: count } as const

  test('of the same procedure, or of its router', async () => {
    for (const procedure of [['inbox', 'count'], ['inbox']]) {
      const actions = [direct, { procedure, action: 'invalidate' }] as const
      expect(await codesOf({ actions })).toEqual([])
    }
  })

  test('of the same match', async () => {
    const functions = [
      (event: unknown) => String(event) !== 'x',
      (event: unknown) => String(event) !== 'x',
    ] as const
    for (const [a, b] of [
      ['boardId', 'boardId'],
      [{ id: 'boardId' }, { id: 'boardId' }],
      functions,
    ]) {
      const actions = [
        { ...direct, match: a },
        { procedure: ['inbox'], action: 'invalidate', match: b },
      ] as const
      expect(await codesOf({ actions })).toEqual([])
    }
  })

  test('not of another procedure, another shape, or fewer queries', async () => {
    for (const other of [
      { procedure: ['inbox', 'list'] },
      { procedure: ['inbox', 'count'], infinite: true },
      { procedure: ['inbox', 'count'], match: 'boardId' },
      { queryKey: ['inbox', 'count'] },
    ]) {
      const actions = [direct, { ...other, action: 'invalidate' }] as const
      expect(await codesOf({ actions })).toEqual(['unstable-updater'])
    }
  })
})

describe('an updater that changes what it is given is a fault', () => {
  const OF_LISTS: Record<string, [place: string, Closure<Row[]>]> = {
    pushes: [
      'old.length',
      (old, post) => {
        if (!old.some(({ id }) => id === post.id)) old.push(post)
        return old
      },
    ],
    'writes to a row': [
      'old[',
      (old, { id, title }) => {
        const row = old.find((each) => each.id === id)
        if (row !== undefined) row.title = title
        return [...old]
      },
    ],
    'sorts in place': ['', (old) => old.sort((a, b) => a.rank - b.rank)],
    'writes what is there already': [
      'what it is given',
      (old) => {
        for (const row of old) Object.assign(row, { id: row.id })
        return old
      },
    ],
    'writes to the event': [
      'event.isSeen',
      (old, event) => {
        event.isSeen = true
        return old.map((row) => (row.id === event.id ? event : row))
      },
    ],
    'writes to the input': [
      'context.input.status',
      (old, _, { input }) => {
        input.status = 'open'
        return old
      },
    ],
    'fails silently, as code in scripts may': [
      'old.length',
      // Not in strict mode, as all modules are.
      runInThisContext('(function (old) { old.length = 0; return old })') as Closure<Row[]>,
    ],
    'in a change': [
      'old[',
      updateItem({
        change: (row: { title: unknown }, { title }: { id: unknown; title: unknown }) => {
          row.title = title
          return row
        },
        id: (row) => (row as { id?: unknown }).id,
        eventId: ({ id }) => id,
      }) as Closure<Row[]>,
    ],
  }

  test.each(Object.entries(OF_LISTS))('%s', async (_, [place, updater]) => {
    const actions = [{ procedure: ['list'], action: 'direct', updater } as const]
    const [finding, ...others] = await checkSyncRules({ e: { room: 'x', actions } })
    expect(finding?.code).toBe('mutating-updater')
    expect(finding?.problem).toContain(place)
    expect(others).toEqual([])
  })

  test('in infinite data', async () => {
    const updater: Closure<Pages> = (old, post) => {
      old.pages[0]?.items.unshift(post)
      return { ...old }
    }
    const codes = await codesOfUpdater(updater, { infinite: true })
    expect(codes.toSorted()).toEqual(['mutating-updater', 'unstable-updater'])
  })
})

test('an updater meets the queries that its declared match finds', async () => {
  const updater: Closure = (old, { boardId, post }, { input }) =>
    input.filter.board === boardId && input.post === post.id
      ? { ...old, post }
      : { ...old, others: old.others + 1 }
  const of = (match: CacheAction['match']) => [
    { procedure: ['board'], action: 'direct', updater, match } as CacheAction,
  ]
  const match = { 'filter.board': 'boardId', post: 'post.id' }
  expect(await codesOf({ actions: of(match) })).toEqual([])
  expect(await codesOf({ actions: of({ post: 'post.id' }) })).toEqual(['unstable-updater'])
})

test('an updater that returns a promise is a fault', async () => {
  const waits: Closure<Row[]> = async (old, post) => [...old, await post.row]
  const fails: Closure = () => Promise.reject(new Error('offline'))
  expect(await codesOfUpdater(waits)).toEqual(['async-updater'])
  expect(await codesOfUpdater(fails)).toEqual(['async-updater'])
})

describe('what made-up data does not suit', () => {
  const Message = z.object({ id: z.uuid(), text: z.string() })
  const parses: Closure<Row[]> = (old, event) => [...old, Message.parse(event)]

  test('is not checked, and noted only where that is asked for', async () => {
    expect(await codesOfUpdater(parses)).toEqual(['not-checked'])
    expect(await codesOfUpdater(parses, { verbose: false })).toEqual([])
  })

  test('is checked on a sample', async () => {
    const e = { id: '0197f1a4-7c1e-7b32-8f0a-3d1f6a1c9b11', text: 'hello' }
    expect(await codesOfUpdater(parses, { samples: { e } })).toEqual(['unstable-updater'])
  })

  test.each([
    ['zod', Message],
    ['valibot', v.object({ id: v.pipe(v.string(), v.uuid()), text: v.string() })],
    ['arktype', type({ id: 'string.uuid', text: 'string' })],
  ] as [string, SyncRule['schema']][])(
    'is checked on what a schema takes: %s',
    async (_, schema) => {
      const actions = [{ procedure: ['list'], action: 'direct', updater: parses }] as const
      expect(await codesOf({ actions, schema } as Partial<SyncRule>)).toEqual([
        'unstable-updater',
      ])
    },
  )

  test('a schema tells which values there are', async () => {
    const counts: Closure<Row> = (old, { status }) =>
      ['done', 'dropped'].includes(status.slice(0)) ? { ...old, closed: old.closed + 1 } : old
    const actions = [{ procedure: ['count'], action: 'direct', updater: counts }] as const
    const of = (...values: [string, string]) => z.object({ status: z.enum(values) })
    expect(await codesOf({ actions, schema: of('open', 'done') })).toEqual(['unstable-updater'])
    expect(await codesOf({ actions, schema: of('open', 'paused') })).toEqual([])
  })

  test('a schema that answers later, or takes nothing that can be made up, is left out', async () => {
    const adds: Closure<Row[]> = (old, post) => [...old, post]
    const actions = [{ procedure: ['list'], action: 'direct', updater: adds }] as const
    for (const schema of [
      z.object({ id: z.string().refine(() => Promise.resolve(true)) }),
      z.object({ id: z.string().regex(/^never$/) }),
      z.custom(() => {
        throw new Error('no')
      }),
    ]) {
      expect(await codesOf({ actions, schema })).toEqual(['unstable-updater'])
    }
  })

  test('is checked with a viewer', async () => {
    const admits: Closure<Row[]> = (old, { id }, { viewer }) => {
      if (!viewer.roles.has('admin')) return old
      return [...old, { id }]
    }
    expect(await codesOfUpdater(admits)).toEqual(['not-checked'])
    const viewer = { roles: new Set(['admin']) }
    expect(await codesOfUpdater(admits, { viewer })).toEqual(['unstable-updater'])
  })

  test('a sample is found in the list it may be in', async () => {
    const counts: Closure<Row[]> = (old, { channel }) =>
      old.map((row) => (row.key === channel ? { ...row, unread: row.unread + 1 } : row))
    const e = { channel: 'general' }
    expect(await codesOfUpdater(counts, { samples: { e } })).toEqual(['unstable-updater'])
  })

  test('a function that never ends on data that is watched is let go of', async () => {
    const walks: Closure = (old, event) => {
      let node = event
      while (node) node = node.parent
      return old
    }
    const empties: Closure = (old, { queue }) => {
      while (queue.length > 0) queue.pop()
      return old
    }
    expect(await codesOfUpdater(walks)).toEqual([])
    expect(await codesOfUpdater(empties)).toEqual(['mutating-updater'])
  })
})

describe('an updater that walks a tree is checked in time', () => {
  const TREES: Table = {
    'of children': (old, event) => {
      const walk = (node: Row): Row =>
        node['id'] === event['id']
          ? { ...node, title: event['title'] }
          : { ...node, children: (node['children'] ?? []).map(walk) }
      return walk(old)
    },
    'of replies': (old, event) => {
      const walk = (rows: Row[]): Row[] =>
        rows.map((row) =>
          row['id'] === event['id']
            ? { ...row, text: event['text'] }
            : { ...row, replies: walk(row['replies'] ?? []) },
        )
      return walk(old as Row[])
    },
  }
  test.each(Object.entries(TREES))('%s', async (_, updater) => {
    expect(await codesOfUpdater(updater)).toEqual([])
  })

  test('and its faults are found', async () => {
    const likes: Closure = (old, event) => {
      const walk = (node: Row): Row => ({
        ...node,
        likes: node['id'] === event['id'] ? node['likes'] + 1 : node['likes'],
        children: (node['children'] ?? []).map(walk),
      })
      return walk(old)
    }
    expect(await codesOfUpdater(likes)).toEqual(['unstable-updater'])
  })
})

test('the same seed finds the same, also where an updater rolls dice', async () => {
  const dice: Closure<Row[]> = (old, post) => (Math.random() < 0.02 ? [...old, post] : old)
  const find = (seed: number) => codesOfUpdater(dice, { seed })
  for (const seed of [1, 2, 3]) expect(await find(seed)).toEqual(await find(seed))
  expect(Math.random()).not.toBe(Math.random())
})
