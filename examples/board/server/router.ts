/** The whole API in one glance. */
import { boardRouter } from './routers/board.ts'
import { commentRouter } from './routers/comment.ts'
import { postRouter } from './routers/post.ts'
import { sessionRouter } from './routers/session.ts'
import { voteRouter } from './routers/vote.ts'
import { router } from './trpc.ts'

export const appRouter = router({
  session: sessionRouter,
  board: boardRouter,
  post: postRouter,
  comment: commentRouter,
  vote: voteRouter,
})

export type AppRouter = typeof appRouter
