/** The router whose types the type tests read: nested, lazy, with inputs and outputs of all kinds. */

import { initTRPC, lazy } from '@trpc/server'
import { z } from 'zod'

export interface Post {
  readonly id: number
  readonly boardId: string
  readonly title: string
  readonly status: 'open' | 'closed'
  readonly rank: number
  readonly author: { readonly id: string; readonly name: string }
  readonly createdAt: Date
}

export interface Note {
  readonly id: string
  readonly text: string
}

/** A post as JSON brings it. */
export type PostOnTheWire = Omit<Post, 'createdAt'> & { readonly createdAt: string }

const plain = initTRPC.create()

/** Stands for superjson: what it is does not matter to types, only that it is there. */
const transformer = {
  serialize: (value: unknown): unknown => value,
  deserialize: (value: unknown): unknown => value,
}
const transforming = initTRPC.create({ transformer })

function recordOf({ router, procedure }: Pick<typeof plain, 'router' | 'procedure'>) {
  const paged = z.object({
    boardId: z.string(),
    status: z.enum(['open', 'closed']).optional(),
    sort: z.enum(['newest', 'title']),
    cursor: z.number().optional(),
    limit: z.number().optional(),
  })
  return {
    post: router({
      feed: procedure.input(paged).query((): { items: Post[]; nextCursor: number | null } => ({
        items: [],
        nextCursor: null,
      })),
      list: procedure.input(z.object({ boardId: z.string() })).query((): Post[] => []),
      byId: procedure
        .input(z.object({ id: z.number(), with: z.object({ board: z.string() }).optional() }))
        .query((): Post | undefined => undefined),
      count: procedure.query((): number => 0),
      title: procedure.input(z.number()).query((): string => ''),
      mine: procedure
        .input(z.object({ status: z.string() }).optional())
        .query((): { rows: Post[] } => ({ rows: [] })),
      rename: procedure.input(z.object({ title: z.string() })).mutation((): boolean => true),
      changes: procedure.subscription(async function* () {
        yield 1
      }),
      archive: router({
        years: procedure.query((): { year: number; posts: Post[] }[] => []),
        deep: router({ er: procedure.input(z.string()).query((): Note[] => []) }),
      }),
    }),
    settings: { theme: procedure.query((): string => 'dark') },
    note: lazy(async () => ({ default: noteRouter })),
  }
}

const noteRouter = plain.router({
  list: plain.procedure.query((): Note[] => []),
  odd: plain.procedure.query(() => ({
    at: new Date(0),
    tags: new Set<string>(),
    names: new Map<string, number>(),
    run: () => 1,
    maybe: undefined as string | undefined,
    list: [new Date(0)] as const,
    any: 1 as unknown,
  })),
})

const appRouter = plain.router(recordOf(plain))
export type AppRouter = typeof appRouter

/** The same, with a transformer: dates stay dates. */
const dateRouter = transforming.router({
  post: transforming.router({
    list: transforming.procedure
      .input(z.object({ boardId: z.string() }))
      .query((): Post[] => []),
    feed: transforming.procedure
      .input(z.object({ cursor: z.date().nullish() }))
      .query((): Post[] => []),
  }),
})
export type DateRouter = typeof dateRouter
