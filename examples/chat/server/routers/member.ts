/** Who is in a conversation. Any member may add a colleague or let one go, also oneself. */
import { TRPCError } from '@trpc/server'
import { and, eq, getTableColumns } from 'drizzle-orm'
import { z } from 'zod'
import { byName } from '../../shared/order.ts'
import { conversationRoom } from '../../shared/rooms.ts'
import { findLastMessage, listConversations } from '../conversations.ts'
import { memberships, people } from '../schema.ts'
import { memberProcedure, router } from '../trpc.ts'

const personInput = z.object({ personId: z.string().min(1).max(40) })

export const memberRouter = router({
  list: memberProcedure.query(async ({ ctx, input }) => {
    const found = await ctx.db
      .select(getTableColumns(people))
      .from(memberships)
      .innerJoin(people, eq(people.id, memberships.personId))
      .where(eq(memberships.conversationId, input.conversationId))
    return found.toSorted(byName)
  }),

  /** The person starts with everything read: the history is there, but not to be caught up. */
  add: memberProcedure
    .input(personInput)
    .mutation(async ({ ctx, input: { conversationId, personId } }) => {
      const [person] = await ctx.db.select().from(people).where(eq(people.id, personId))
      if (!person) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such person.' })
      const last = await findLastMessage(ctx.db, conversationId)
      const [added] = await ctx.db
        .insert(memberships)
        .values({ conversationId, personId, lastReadId: last?.id ?? 0 })
        .onConflictDoNothing()
        .returning()
      if (!added) return
      await ctx.sync.joinRoom(conversationRoom({ conversationId }), [personId])
      void ctx.sync.broadcast('member:joined', { conversationId, person })
      const [conversation] = await listConversations(ctx.db, personId, conversationId)
      if (conversation) {
        void ctx.sync.broadcast('conversation:added', { personIds: [personId], conversation })
      }
    }),

  remove: memberProcedure
    .input(personInput)
    .mutation(async ({ ctx, input: { conversationId, personId } }) => {
      const [removed] = await ctx.db
        .delete(memberships)
        .where(
          and(
            eq(memberships.conversationId, conversationId),
            eq(memberships.personId, personId),
          ),
        )
        .returning()
      if (!removed) return
      await ctx.sync.leaveRoom(conversationRoom({ conversationId }), [personId])
      void ctx.sync.broadcast('member:left', { conversationId, personId })
      void ctx.sync.broadcast('conversation:removed', { conversationId, personId })
    }),
})
