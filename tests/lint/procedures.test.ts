/** Procedures that a router does not have, or that do not fit what a rule does with them. */

import type { CacheAction } from '@iron-stack/sync'
import { checkSyncRules } from '@iron-stack/sync/lint'
import { initTRPC, lazy } from '@trpc/server'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import * as zod3 from 'zod/v3'

const t = initTRPC.create()
const query = t.procedure.query(() => 1)
const paged = z.object({ boardId: z.string(), cursor: z.number().nullish() })

const noteRouter = t.router({ list: query, deep: lazy(async () => t.router({ er: query })) })
const appRouter = t.router({
  post: t.router({
    list: query,
    byId: query,
    feed: t.procedure.input(paged).query(() => 1),
    rename: t.procedure.mutation(() => 1),
    changes: t.procedure.subscription(async function* () {
      yield 1
    }),
    archive: t.router({ years: query }),
  }),
  settings: { theme: query },
  admin: t.router({ reset: t.procedure.mutation(() => 1) }),
  note: lazy(async () => noteRouter),
  broken: lazy(() => Promise.reject(new Error('DATABASE_URL is not set'))),
})

const updater = (old: unknown) => old

async function find(
  action: Partial<CacheAction>,
  router: Parameters<typeof check>[1] = appRouter,
) {
  const [finding] = await check(action, router)
  return finding
}

function check(action: Partial<CacheAction>, router: Router) {
  const actions = [{ action: 'invalidate', ...action } as CacheAction]
  return checkSyncRules({ e: { room: 'x', actions } }, { router, verbose: true })
}

type Router = NonNullable<NonNullable<Parameters<typeof checkSyncRules>[1]>['router']>

describe('a procedure that is there is no fault', () => {
  test.each(['post.list', 'post.archive.years', 'settings.theme', 'note.list', 'note.deep.er'])(
    '%s',
    async (path) => {
      const procedure = path.split('.')
      expect(await find({ procedure })).toBeUndefined()
      expect(await find({ procedure, action: 'direct', updater })).toBeUndefined()
    },
  )

  test.each(['post', 'post.archive', 'note', 'settings'])(
    'a router, to invalidate: %s',
    async (path) => {
      expect(await find({ procedure: path.split('.') })).toBeUndefined()
    },
  )

  test('nor is a query key', async () => {
    expect(await find({ queryKey: ['post', 'lists'] })).toBeUndefined()
  })
})

describe('a procedure that is not there is found, with the one that was meant', () => {
  test.each([
    ['post.lists', "['post', 'list']"],
    ['posts.list', "['post', 'list']"],
    ['post.ById', "['post', 'byId']"],
    ['years', "['post', 'archive', 'years']"],
    ['post.archive.years.all', "['post', 'archive', 'years']"],
    ['notes.list', "['note', 'list']"],
    ['note.deep.err', "['note', 'deep', 'er']"],
    ['setting', "['settings']"],
  ])('%s', async (path, meant) => {
    expect(await find({ procedure: path.split('.') })).toEqual({
      code: 'unknown-procedure',
      severity: 'error',
      event: 'e',
      action: 0,
      procedure: path,
      problem: `The router has no procedure ${path}.`,
      remedy: `Did you mean ${meant}?`,
    })
  })

  test('never a mutation, and no router where a procedure is needed', async () => {
    expect((await find({ procedure: ['post', 'renam'] }))?.remedy).not.toContain('rename')
    const direct = { procedure: ['setting'], action: 'direct', updater } as const
    expect((await find(direct))?.remedy).toBe(
      "Name one that it has: ['post', 'list'], ['post', 'byId'], ['post', 'feed'], ['post', 'archive', 'years'], ['settings', 'theme'], ['note', 'list'], ….",
    )
  })
})

describe('what is no query is found', () => {
  test.each([
    ['post.rename', 'post.rename is a mutation: the cache holds no query of it.'],
    ['post.changes', 'post.changes is a subscription: the cache holds no query of it.'],
    ['admin', 'admin is a router without queries: the cache holds no query of it.'],
  ])('%s', async (path, problem) => {
    const finding = await find({ procedure: path.split('.') })
    expect(finding).toMatchObject({ code: 'not-a-query', problem })
  })

  test('a router, where data is changed', async () => {
    expect(
      await find({ procedure: ['post', 'archive'], action: 'direct', updater }),
    ).toMatchObject({
      code: 'direct-on-router',
      remedy: "Name the procedure: ['post', 'archive', 'years']; or use invalidate or remove.",
    })
  })
})

test('lazy routers are loaded, also those in lazy routers', async () => {
  const inner = lazy(async () => t.router({ list: query }))
  const outer = t.router({ outer: lazy(async () => t.router({ inner })) })
  expect(await find({ procedure: ['outer', 'inner', 'list'] }, outer)).toBeUndefined()
})

test('below a lazy router that does not load, nothing is known', async () => {
  const finding = await find({ procedure: ['broken', 'list'] })
  expect(finding).toMatchObject({ code: 'not-checked', severity: 'note' })
})

describe('`infinite: true` needs a cursor', () => {
  const withInput = (input: z.ZodType | zod3.ZodTypeAny) =>
    t.router({ list: t.procedure.input(input).query(() => 1) })
  const ofInput = async (input: z.ZodType | zod3.ZodTypeAny) =>
    (await find({ procedure: ['list'], infinite: true }, withInput(input)))?.code
  const { z: old } = zod3

  const plain = z.object({ boardId: z.string() })
  const oldPlain = old.object({ boardId: old.string() })
  const oldPaged = old.object({ cursor: old.number().nullish() })

  test('which these inputs do not take', async () => {
    for (const input of [
      plain,
      plain.optional(),
      plain.nullable().default({ boardId: '' }),
      plain.strict().readonly(),
      plain.refine(() => true).transform((value) => value),
      z.union([plain, z.string()]),
      z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') })]),
      plain.and(z.object({ status: z.string() })),
      z.string(),
      z.void(),
      oldPlain,
      oldPlain.optional(),
      oldPlain.transform((value) => value),
      oldPlain.brand('board'),
      old.union([oldPlain, old.string()]),
      old.discriminatedUnion('kind', [old.object({ kind: old.literal('a') })]),
    ]) {
      expect(await ofInput(input)).toBe('no-cursor')
    }
    expect((await find({ procedure: ['post', 'list'], infinite: true }))?.problem).toBe(
      '`infinite: true` means no query: the input of post.list takes no `cursor`.',
    )
  })

  test('which these take, or may take', async () => {
    for (const input of [
      paged,
      paged.partial().optional(),
      paged.transform((value) => value),
      z.union([plain, paged]),
      plain.and(paged),
      z.looseObject({}),
      z.object({}).catchall(z.number()),
      z.record(z.string(), z.string()),
      z.any(),
      z.unknown(),
      z.preprocess((value) => value, plain),
      z.lazy(() => paged),
      oldPaged,
      oldPaged.optional(),
      oldPaged.transform((value) => value),
      old.union([oldPlain, oldPaged]),
      oldPlain.passthrough(),
      oldPlain.and(oldPaged),
      old.preprocess((value) => value, oldPlain),
    ]) {
      expect(await ofInput(input)).toBeUndefined()
    }
  })

  test('also where several parsers take a part of it each, or one that nobody knows', async () => {
    const both = t.procedure.input(plain).input(z.object({ cursor: z.number().optional() }))
    const unknown = t.procedure.input((value: unknown) => value as { cursor?: number })
    for (const procedure of [both, unknown]) {
      const router = t.router({ list: procedure.query(() => 1) })
      expect(await find({ procedure: ['list'], infinite: true }, router)).toBeUndefined()
    }
  })

  test('only where infinite queries are meant', async () => {
    for (const infinite of [false, undefined]) {
      const action = { procedure: ['post', 'list'], ...(infinite === false && { infinite }) }
      expect(await find(action)).toBeUndefined()
    }
  })
})

test('what is no router is refused', async () => {
  const rules = { e: { room: 'x', actions: [] } }
  for (const router of [{}, { _def: {} }, [], 'router'] as never[]) {
    await expect(checkSyncRules(rules, { router })).rejects.toMatchObject({
      code: 'invalid-router',
    })
  }
})
