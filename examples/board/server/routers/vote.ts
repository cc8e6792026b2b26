/**
 * Votes: one for each person and post. Everybody sees how many; which are mine is known to me
 * alone, and a list of its own.
 */
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { byPost } from '../../shared/order.ts'
import { posts, votes } from '../schema.ts'
import { boardProcedure, notFound, postProcedure, router } from '../trpc.ts'

export const voteRouter = router({
  mine: boardProcedure.query(async ({ ctx, input }) => {
    const found = await ctx.db
      .select()
      .from(votes)
      .where(and(eq(votes.personId, ctx.viewer.id), eq(votes.boardId, input.boardId)))
    return found.toSorted(byPost)
  }),

  /** Casts the viewer's vote, or withdraws it. Doing so twice changes nothing. */
  set: postProcedure
    .input(z.object({ isCast: z.boolean() }))
    .mutation(async ({ ctx, input: { orgId, postId, isCast } }) => {
      const changed = await ctx.db.transaction(async (tx) => {
        const isMeant = and(eq(posts.id, postId), eq(posts.orgId, orgId))
        const [found] = await tx.select().from(posts).where(isMeant)
        if (!found) throw notFound('post')
        const own = { postId, personId: ctx.viewer.id, orgId, boardId: found.boardId }
        const [vote] = isCast
          ? await tx.insert(votes).values(own).onConflictDoNothing().returning()
          : await tx
              .delete(votes)
              .where(and(eq(votes.postId, postId), eq(votes.personId, own.personId)))
              .returning()
        if (!vote) return undefined
        const [post] = await tx
          .update(posts)
          .set({
            votes: sql`${posts.votes} + ${isCast ? 1 : -1}`,
            version: sql`${posts.version} + 1`,
          })
          .where(isMeant)
          .returning()
        return post && { vote, post }
      })
      if (!changed) return
      void ctx.sync.broadcast(isCast ? 'vote:cast' : 'vote:withdrawn', changed.vote)
      void ctx.sync.broadcast('post:updated', changed.post)
    }),
})
