/**
 * The ground the routers stand on: what a request knows, and the three kinds of procedure that
 * decide who may call: anybody who is signed in, or only a conversation's members.
 */
import { initTRPC, TRPCError } from '@trpc/server'
import type { SyncServer } from '@iron-stack/sync/server'
import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import type { ChatEvents } from '../shared/types.ts'
import type { Database } from './database.ts'
import { memberships } from './schema.ts'
import type { Person } from './schema.ts'

interface Context {
  db: Database
  sync: SyncServer<ChatEvents>
  viewer: Person | undefined
}

const t = initTRPC.context<Context>().create({ isDev: false })

export const router = t.router

export const publicProcedure = t.procedure

export const signedInProcedure = t.procedure.use(({ ctx, next }) => {
  if (!ctx.viewer) throw new TRPCError({ code: 'UNAUTHORIZED' })
  return next({ ctx: { viewer: ctx.viewer } })
})

/** Takes a `conversationId`. Who is not a member learns nothing, not even that it exists. */
export const memberProcedure = signedInProcedure
  .input(z.object({ conversationId: z.int().positive() }))
  .use(async ({ ctx, input, next }) => {
    if (!(await isMember(ctx.db, input.conversationId, ctx.viewer.id))) {
      throw new TRPCError({ code: 'NOT_FOUND', message: 'No such conversation.' })
    }
    return next()
  })

async function isMember(
  db: Database,
  conversationId: number,
  personId: string,
): Promise<boolean> {
  const found = await db.$count(
    memberships,
    and(eq(memberships.conversationId, conversationId), eq(memberships.personId, personId)),
  )
  return found > 0
}
