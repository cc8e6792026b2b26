/** Who is signed in here, and before that: who could be. */
import { eq } from 'drizzle-orm'
import { orgs, people } from '../schema.ts'
import { publicProcedure, router } from '../trpc.ts'

export const sessionRouter = router({
  /** The person, their organisation and their colleagues; null for a stranger. */
  me: publicProcedure.query(async ({ ctx: { db, viewer } }) => {
    if (!viewer) return null
    const [org] = await db.select().from(orgs).where(eq(orgs.id, viewer.orgId))
    const team = await db.select().from(people).where(eq(people.orgId, viewer.orgId))
    return org ? { me: viewer, org, team } : null
  }),

  /** Everybody, for the sign-in page: without passwords, nobody is a secret. */
  choices: publicProcedure.query(async ({ ctx: { db } }) => {
    const everybody = await db.select().from(people).orderBy(people.name)
    const all = await db.select().from(orgs).orderBy(orgs.name)
    return all.map((org) => ({
      org,
      people: everybody.filter(({ orgId }) => orgId === org.id),
    }))
  }),
})
