/** The people of the team. The list is public: the sign-in page shows it. */
import { people } from '../schema.ts'
import { publicProcedure, router } from '../trpc.ts'

export const personRouter = router({
  list: publicProcedure.query(({ ctx }) => ctx.db.select().from(people).orderBy(people.name)),

  /** Who is signed in here, if anybody. */
  me: publicProcedure.query(({ ctx }) => ctx.viewer ?? null),
})
