/**
 * The ground the routers stand on: what a request knows, and who may call. All but the sign-in page
 * names the organisation it is about, and is answered to that organisation's people alone.
 */
import { initTRPC, TRPCError } from '@trpc/server'
import type { SyncServer } from '@iron-stack/sync/server'
import { and, eq } from 'drizzle-orm'
import superjson from 'superjson'
import { z } from 'zod'
import type { BoardEvents } from '../shared/types.ts'
import type { Database } from './database.ts'
import { boards } from './schema.ts'
import type { Person } from './schema.ts'

interface Context {
  db: Database
  sync: SyncServer<BoardEvents>
  viewer: Person | undefined
}

const t = initTRPC.context<Context>().create({ isDev: false, transformer: superjson })

export const router = t.router

export const publicProcedure = t.procedure

/** Takes an `orgId`. Who is of another organisation learns nothing, not even that it exists. */
export const orgProcedure = t.procedure
  .input(z.object({ orgId: z.string().min(1).max(40) }))
  .use(({ ctx, input, next }) => {
    if (!ctx.viewer) throw new TRPCError({ code: 'UNAUTHORIZED' })
    if (ctx.viewer.orgId !== input.orgId) throw notFound('organisation')
    return next({ ctx: { viewer: ctx.viewer } })
  })

/** Takes a `boardId`, too: one of the organisation's. */
export const boardProcedure = orgProcedure
  .input(z.object({ boardId: z.int().positive() }))
  .use(async ({ ctx, input, next }) => {
    const isTheirs = and(eq(boards.id, input.boardId), eq(boards.orgId, input.orgId))
    if ((await ctx.db.$count(boards, isTheirs)) === 0) throw notFound('board')
    return next()
  })

/** Takes a `postId`, too. Whose that is, each query and change asks for itself. */
export const postProcedure = orgProcedure.input(z.object({ postId: z.int().positive() }))

export function notFound(what: string): TRPCError {
  return new TRPCError({ code: 'NOT_FOUND', message: `There is no such ${what}.` })
}
