/** Messages: read and written by members, edited and deleted by their author alone. */
import { TRPCError } from '@trpc/server'
import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import type { Message, MessagePage } from '../../shared/types.ts'
import { findLastMessage, inNextRevision } from '../conversations.ts'
import type { Database } from '../database.ts'
import { messages } from '../schema.ts'
import { memberProcedure, router } from '../trpc.ts'

const PAGE_SIZE = 30

const messageText = z.string().trim().min(1).max(4000)
const messageId = z.int().positive()

/** A message of the viewer's own, in a conversation the viewer is still a member of. */
const authorProcedure = memberProcedure
  .input(z.object({ id: messageId }))
  .use(async ({ ctx, input, next }) => {
    const [message] = await ctx.db
      .select()
      .from(messages)
      .where(and(eq(messages.id, input.id), eq(messages.conversationId, input.conversationId)))
    if (!message) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such message.' })
    if (message.authorId !== ctx.viewer.id) {
      throw new TRPCError({ code: 'FORBIDDEN', message: 'Somebody else wrote this.' })
    }
    return next()
  })

export const messageRouter = router({
  /** A page of messages, newest first; `cursor` is the oldest id of the page before. */
  list: memberProcedure
    .input(z.object({ cursor: messageId.nullish() }))
    .query(async ({ ctx, input }): Promise<MessagePage> => {
      const found = await ctx.db
        .select()
        .from(messages)
        .where(
          and(
            eq(messages.conversationId, input.conversationId),
            input.cursor ? lt(messages.id, input.cursor) : undefined,
          ),
        )
        .orderBy(desc(messages.id))
        .limit(PAGE_SIZE + 1)
      const items = found.slice(0, PAGE_SIZE)
      const oldest = items.at(-1)
      return { items, nextCursor: found.length > PAGE_SIZE && oldest ? oldest.id : null }
    }),

  send: memberProcedure
    .input(z.object({ nonce: z.uuid(), text: messageText }))
    .mutation(async ({ ctx, input }) => {
      const authorId = ctx.viewer.id
      const sent = await inNextRevision(ctx.db, input, async (tx, revision) => {
        const createdAt = new Date().toISOString()
        const [row] = await tx
          .insert(messages)
          .values({ ...input, authorId, createdAt, revision })
          .onConflictDoNothing()
          .returning()
        return row
      })
      if (!sent) return findSent(ctx.db, authorId, input)
      void ctx.sync.broadcast('message:new', sent)
      return sent
    }),

  edit: authorProcedure
    .input(z.object({ text: messageText }))
    .mutation(async ({ ctx, input }) => {
      const edited = await inNextRevision(ctx.db, input, async (tx, revision) => {
        const [row] = await tx
          .update(messages)
          .set({ text: input.text, editedAt: new Date().toISOString(), revision })
          .where(eq(messages.id, input.id))
          .returning()
        return row
      })
      if (!edited) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such message.' })
      void ctx.sync.broadcast('message:edited', edited)
      return edited
    }),

  delete: authorProcedure.mutation(async ({ ctx, input }) => {
    const { id, conversationId } = input
    const deleted = await inNextRevision(ctx.db, input, async (tx, revision) => {
      const [row] = await tx.delete(messages).where(eq(messages.id, id)).returning()
      if (!row) return undefined
      const lastMessage = await findLastMessage(tx, conversationId)
      return { id, conversationId, authorId: row.authorId, revision, lastMessage }
    })
    if (!deleted) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such message.' })
    void ctx.sync.broadcast('message:deleted', deleted)
  }),
})

/** The message that an earlier attempt to send it has left. */
async function findSent(
  db: Database,
  authorId: string,
  { conversationId, nonce }: { conversationId: number; nonce: string },
): Promise<Message> {
  const [sent] = await db
    .select()
    .from(messages)
    .where(
      and(
        eq(messages.conversationId, conversationId),
        eq(messages.authorId, authorId),
        eq(messages.nonce, nonce),
      ),
    )
  if (!sent) throw new TRPCError({ code: 'CONFLICT', message: 'This was sent elsewhere.' })
  return sent
}
