/** What the linter takes: any router and any rules, without a cast. */

import { defineEntityRules, defineSyncRules, mergeSyncRules } from '@iron-stack/sync'
import { checkSyncRules, formatFinding, type Finding } from '@iron-stack/sync/lint'
import { initTRPC } from '@trpc/server'
import { expectTypeOf, test } from 'vitest'
import type { AppRouter, DateRouter, PostOnTheWire } from './router.ts'

declare const appRouter: AppRouter
declare const dateRouter: DateRouter

interface Events {
  'post:saved': PostOnTheWire
  'post:gone': { readonly id: number }
}
interface Context {
  readonly userId: string
}

const plain = defineSyncRules<Events>({
  'post:saved': { room: 'board:{boardId}', actions: [] },
  'post:gone': { room: ({ id }) => `post:${id}`, actions: [] },
})
const typed = defineSyncRules<Events, AppRouter, Context>()({
  'post:saved': {
    room: 'board:{boardId}',
    actions: [{ procedure: ['post'], action: 'invalidate' }],
  },
  'post:gone': { room: () => 'posts', actions: [] },
})
const entity = defineEntityRules<PostOnTheWire, AppRouter>()('post', {
  room: 'board:{boardId}',
  lists: [{ procedure: ['post', 'list'], match: 'boardId', insert: 'first' }],
})

test('takes rules however they were made, and routers of any kind', () => {
  const t = initTRPC.context<Context>().meta<{ isPublic: boolean }>().create()
  const empty = t.router({})
  const merged = t.mergeRouters(empty, t.router({ list: t.procedure.query(() => 1) }))
  for (const router of [appRouter, dateRouter, empty, merged]) {
    void checkSyncRules(plain, { router })
    void checkSyncRules(typed, { router })
    void checkSyncRules(entity, { router })
    void checkSyncRules(mergeSyncRules(plain, entity), { router })
    void checkSyncRules({ hello: { room: 'lobby', actions: [] } }, { router })
  }
})

test('gives findings', () => {
  expectTypeOf(checkSyncRules(plain)).toEqualTypeOf<Promise<Finding[]>>()
  expectTypeOf(formatFinding).returns.toEqualTypeOf<string>()
})

test('knows the events, and their data', () => {
  void checkSyncRules(typed, {
    samples: { 'post:gone': { id: 7 } },
    ignore: [{ code: 'declarable-room', event: 'post:gone' }],
  })
  // @ts-expect-error: no such event.
  void checkSyncRules(typed, { samples: { 'post:lost': { id: 7 } } })
  // @ts-expect-error: its id is a number.
  void checkSyncRules(typed, { samples: { 'post:gone': { id: '7' } } })
  // @ts-expect-error: no such event.
  void checkSyncRules(typed, { ignore: [{ code: 'declarable-room', event: 'post:lost' }] })
  // @ts-expect-error: no such code.
  void checkSyncRules(typed, { ignore: [{ code: 'declarable' }] })
  // @ts-expect-error: no router.
  void checkSyncRules(typed, { router: {} })
})
