/** The boards of an organisation, and what is brought to one from elsewhere. */
import { eq } from 'drizzle-orm'
import { byName } from '../../shared/order.ts'
import { importPosts } from '../import-posts.ts'
import { boards } from '../schema.ts'
import { boardProcedure, orgProcedure, router } from '../trpc.ts'

const IMPORTED = 5000

export const boardRouter = router({
  list: orgProcedure.query(async ({ ctx, input }) => {
    const found = await ctx.db.select().from(boards).where(eq(boards.orgId, input.orgId))
    return found.toSorted(byName)
  }),

  /** 5,000 posts at once. Resolves to their number. */
  import: boardProcedure.mutation(async ({ ctx, input }) => {
    const { board, created } = await importPosts(ctx.db, { ...input, count: IMPORTED })
    void ctx.sync.broadcastMany('post:created', created)
    void ctx.sync.broadcast('board:changed', board)
    return created.length
  }),
})
