/** Posts: listed by status and order, opened, and changed by anybody of their organisation. */
import { and, eq, ne, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { PostCursor, Sort } from '../../shared/types.ts'
import { countPosts, listPosts, listRecentlyClosed } from '../posts.ts'
import { posts, postTexts } from '../schema.ts'
import { boardProcedure, notFound, postProcedure, router } from '../trpc.ts'

const status = z.enum(['open', 'closed'])
const sort = z.enum(['newest', 'votes', 'title']) satisfies z.ZodType<Sort>
const title = z.string().trim().min(1).max(120)
const body = z.string().trim().max(4000)
const cursor = z.object({
  id: z.int(),
  createdAt: z.date(),
  votes: z.int(),
  title: z.string(),
}) satisfies z.ZodType<PostCursor>

const nextVersion = sql`${posts.version} + 1`

/** Which post is meant, and that it is one of the organisation's. */
function isPost({ orgId, postId }: { orgId: string; postId: number }) {
  return and(eq(posts.id, postId), eq(posts.orgId, orgId))
}

export const postRouter = router({
  /** A page of a board's posts, open, closed or all; `cursor` is the last one of the page before. */
  list: boardProcedure
    .input(z.object({ status: status.optional(), sort, cursor: cursor.nullish() }))
    .query(({ ctx, input }) => listPosts(ctx.db, input)),

  recentlyClosed: boardProcedure
    .input(z.object({ limit: z.int().min(1).max(50) }))
    .query(({ ctx, input }) => listRecentlyClosed(ctx.db, input)),

  byId: boardProcedure
    .input(z.object({ postId: z.int().positive() }))
    .query(async ({ ctx, input }) => {
      const [post] = await ctx.db
        .select()
        .from(posts)
        .where(and(isPost(input), eq(posts.boardId, input.boardId)))
      if (!post) throw notFound('post')
      return post
    }),

  /** What a post says beyond its title; of imported ones, nothing. */
  text: postProcedure.query(async ({ ctx, input: { orgId, postId } }) => {
    const [text] = await ctx.db
      .select()
      .from(postTexts)
      .where(and(eq(postTexts.postId, postId), eq(postTexts.orgId, orgId)))
    return text ?? { postId, orgId, body: '', version: 0 }
  }),

  create: boardProcedure
    .input(z.object({ title, body }))
    .mutation(async ({ ctx, input: { orgId, boardId, title, body } }) => {
      const { post, board } = await ctx.db.transaction(async (tx) => {
        const own = { orgId, boardId, authorId: ctx.viewer.id, title }
        const [post] = await tx
          .insert(posts)
          .values({ ...own, status: 'open', createdAt: new Date() })
          .returning()
        if (!post) throw notFound('board')
        await tx.insert(postTexts).values({ postId: post.id, orgId, body })
        return { post, board: await countPosts(tx, boardId, { open: 1 }) }
      })
      void ctx.sync.broadcast('post:created', post)
      void ctx.sync.broadcast('board:changed', board)
      return post
    }),

  edit: postProcedure
    .input(z.object({ title, body }))
    .mutation(async ({ ctx, input: { title, body, ...ref } }) => {
      const { post, text } = await ctx.db.transaction(async (tx) => {
        const [post] = await tx
          .update(posts)
          .set({ title, version: nextVersion })
          .where(isPost(ref))
          .returning()
        if (!post) throw notFound('post')
        const [text] = await tx
          .insert(postTexts)
          .values({ ...ref, body })
          .onConflictDoUpdate({
            target: postTexts.postId,
            set: { body, version: sql`${postTexts.version} + 1` },
          })
          .returning()
        return { post, text }
      })
      void ctx.sync.broadcast('post:updated', post)
      if (text) void ctx.sync.broadcast('text:edited', text)
    }),

  setStatus: postProcedure
    .input(z.object({ status }))
    .mutation(async ({ ctx, input: { status, ...ref } }) => {
      const changed = await ctx.db.transaction(async (tx) => {
        const isClosed = status === 'closed'
        const [post] = await tx
          .update(posts)
          .set({ status, closedAt: isClosed ? new Date() : null, version: nextVersion })
          .where(and(isPost(ref), ne(posts.status, status)))
          .returning()
        if (!post) return undefined
        const change = isClosed ? { open: -1, closed: 1 } : { open: 1, closed: -1 }
        return { post, board: await countPosts(tx, post.boardId, change) }
      })
      if (!changed) return
      void ctx.sync.broadcast('post:updated', changed.post)
      void ctx.sync.broadcast('board:changed', changed.board)
    }),

  delete: postProcedure.mutation(async ({ ctx, input }) => {
    const { post, board } = await ctx.db.transaction(async (tx) => {
      const [post] = await tx.delete(posts).where(isPost(input)).returning()
      if (!post) throw notFound('post')
      const change = post.status === 'open' ? { open: -1 } : { closed: -1 }
      return { post, board: await countPosts(tx, post.boardId, change) }
    })
    const { id, orgId, boardId } = post
    void ctx.sync.broadcast('post:deleted', { id, orgId, boardId })
    void ctx.sync.broadcast('board:changed', board)
  }),
})
