/** Conversations: the list, founding a new one, and how far one has read. */
import { TRPCError } from '@trpc/server'
import { and, count, eq, gt, inArray, lte, max, ne, sql } from 'drizzle-orm'
import { z } from 'zod'
import { conversationRoom } from '../../shared/rooms.ts'
import { listConversations } from '../conversations.ts'
import { conversations, memberships, messages, people } from '../schema.ts'
import { memberProcedure, router, signedInProcedure } from '../trpc.ts'

export const conversationRouter = router({
  list: signedInProcedure.query(({ ctx }) => listConversations(ctx.db, ctx.viewer.id)),

  create: signedInProcedure
    .input(
      z.object({
        title: z.string().trim().min(1).max(60),
        topic: z.string().trim().max(120),
        personIds: z.array(z.string().max(40)).max(50),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const asked = [...new Set([...input.personIds, ctx.viewer.id])]
      const { conversation, personIds } = await ctx.db.transaction(async (tx) => {
        const [conversation] = await tx
          .insert(conversations)
          .values({
            title: input.title,
            topic: input.topic,
            createdAt: new Date().toISOString(),
          })
          .returning()
        if (!conversation) throw new TRPCError({ code: 'INTERNAL_SERVER_ERROR' })
        const founders = await tx
          .select({ id: people.id })
          .from(people)
          .where(inArray(people.id, asked))
        const personIds = founders.map(({ id }) => id)
        const { id: conversationId } = conversation
        await tx
          .insert(memberships)
          .values(personIds.map((personId) => ({ conversationId, personId, lastReadId: 0 })))
        return { conversation, personIds }
      })
      await ctx.sync.joinRoom(conversationRoom({ conversationId: conversation.id }), personIds)
      void ctx.sync.broadcast('conversation:added', {
        personIds,
        conversation: { ...conversation, lastMessage: null, lastReadId: 0, unread: 0 },
      })
      return conversation
    }),

  /** Marks everything up to a message as read. It never goes back. */
  markRead: memberProcedure
    .input(z.object({ messageId: z.int().positive() }))
    .mutation(async ({ ctx, input: { conversationId, messageId } }) => {
      const personId = ctx.viewer.id
      const inConversation = eq(messages.conversationId, conversationId)
      const [newest] = await ctx.db
        .select({ id: max(messages.id) })
        .from(messages)
        .where(and(inConversation, lte(messages.id, messageId)))
      const [membership] = await ctx.db
        .update(memberships)
        .set({ lastReadId: sql`greatest(${memberships.lastReadId}, ${newest?.id ?? 0}::int)` })
        .where(
          and(
            eq(memberships.conversationId, conversationId),
            eq(memberships.personId, personId),
          ),
        )
        .returning({ lastReadId: memberships.lastReadId })
      if (!membership) return
      const { lastReadId } = membership
      const [left] = await ctx.db
        .select({ unread: count() })
        .from(messages)
        .where(
          and(inConversation, gt(messages.id, lastReadId), ne(messages.authorId, personId)),
        )
      const unread = left?.unread ?? 0
      void ctx.sync.broadcast('conversation:read', {
        personId,
        conversationId,
        lastReadId,
        unread,
      })
    }),
})
