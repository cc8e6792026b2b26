/** Outputs that contain themselves: trees, threads, JSON of any depth. */

import { initTRPC } from '@trpc/server'
import { expectTypeOf, test } from 'vitest'
import { defineSyncRules } from '@iron-stack/sync'

/** As Prisma has it. */
type JsonValue = string | number | boolean | JsonObject | JsonArray | null
type JsonObject = { [Key in string]?: JsonValue }
interface JsonArray extends Array<JsonValue> {}

type Json = string | number | boolean | null | { [key: string]: Json } | Json[]

interface Comment {
  readonly id: string
  readonly replies: Comment[]
}

interface Dated {
  readonly id: string
  readonly at: Date
  readonly replies: Dated[]
  readonly parent?: Dated | null
}

const t = initTRPC.create()
const listOf = <Row>(): Row[] => []
const router = t.router({
  prisma: t.procedure.query(() => listOf<{ id: string; meta: JsonValue }>()),
  json: t.procedure.query(() => listOf<{ id: string; meta: Json; at: Date }>()),
  comments: t.procedure.query(() => listOf<Comment>()),
  dated: t.procedure.query(() => listOf<Dated>()),
})

interface Events {
  saved: { readonly id: string }
}

const define = defineSyncRules<Events, typeof router>()

test('an updater is given what JSON makes of them, at any depth', () => {
  define({
    saved: {
      room: 'row:{id}',
      actions: [
        {
          procedure: ['prisma'],
          action: 'direct',
          updater: (old) => {
            expectTypeOf(old[0]!.meta).toEqualTypeOf<JsonValue>()
            return old
          },
        },
        {
          procedure: ['json'],
          action: 'direct',
          updater: (old) => {
            expectTypeOf(old[0]!.meta).toExtend<Json>()
            expectTypeOf(old[0]!.at).toEqualTypeOf<string>()
            return [...old, { id: '1', meta: { a: [1, null] }, at: '' }]
          },
        },
        {
          procedure: ['comments'],
          action: 'direct',
          updater: (old): Comment[] => [...old, { id: '1', replies: [] }],
        },
        {
          procedure: ['dated'],
          action: 'direct',
          updater: (old) => {
            expectTypeOf(old[0]!.replies[0]!.replies[0]!.at).toEqualTypeOf<string>()
            expectTypeOf(old[0]!.parent?.parent?.at).toEqualTypeOf<string | undefined>()
            return old
          },
        },
        { procedure: ['dated'], action: 'direct', updater: { remove: {} } },
        { procedure: ['comments'], action: 'invalidate' },
      ],
    },
  })
})
