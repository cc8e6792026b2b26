/** What is said about a post. A comment is one more in the post's row, in the same transaction. */
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { comments, posts } from '../schema.ts'
import { notFound, postProcedure, router } from '../trpc.ts'

export const commentRouter = router({
  list: postProcedure.query(({ ctx, input }) =>
    ctx.db
      .select()
      .from(comments)
      .where(and(eq(comments.postId, input.postId), eq(comments.orgId, input.orgId)))
      .orderBy(comments.id),
  ),

  create: postProcedure
    .input(z.object({ body: z.string().trim().min(1).max(4000) }))
    .mutation(async ({ ctx, input: { orgId, postId, body } }) => {
      const { counted, comment } = await ctx.db.transaction(async (tx) => {
        const [counted] = await tx
          .update(posts)
          .set({
            commentCount: sql`${posts.commentCount} + 1`,
            version: sql`${posts.version} + 1`,
          })
          .where(and(eq(posts.id, postId), eq(posts.orgId, orgId)))
          .returning({
            id: posts.id,
            orgId: posts.orgId,
            boardId: posts.boardId,
            commentCount: posts.commentCount,
            version: posts.version,
          })
        if (!counted) throw notFound('post')
        const [comment] = await tx
          .insert(comments)
          .values({ orgId, postId, body, authorId: ctx.viewer.id, createdAt: new Date() })
          .returning()
        return { counted, comment }
      })
      if (comment) void ctx.sync.broadcast('comment:created', comment)
      void ctx.sync.broadcast('post:commented', counted)
    }),
})
