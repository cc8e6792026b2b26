/** As if a board were moved here from another tool: a year of posts, all at once. */
import { eq } from 'drizzle-orm'
import type { Board, Post } from '../shared/types.ts'
import type { Database } from './database.ts'
import { draftPosts } from './draft-posts.ts'
import { countPosts } from './posts.ts'
import { people, posts } from './schema.ts'

const ROWS_PER_INSERT = 1000
const DAY_MS = 24 * 60 * 60 * 1000

export async function importPosts(
  db: Database,
  { orgId, boardId, count }: { orgId: string; boardId: number; count: number },
): Promise<{ board: Board; created: Post[] }> {
  const authors = await db.select().from(people).where(eq(people.orgId, orgId))
  const end = Date.now()
  const drafts = draftPosts({
    orgId,
    boardId,
    authorIds: authors.map(({ id }) => id),
    count,
    from: end - 365 * DAY_MS,
    to: end,
    seed: end,
  })
  return db.transaction(async (tx) => {
    const created: Post[] = []
    for (let start = 0; start < drafts.length; start += ROWS_PER_INSERT) {
      const chunk = drafts.slice(start, start + ROWS_PER_INSERT)
      created.push(...(await tx.insert(posts).values(chunk).returning()))
    }
    const open = created.filter(({ status }) => status === 'open').length
    const change = { open, closed: created.length - open }
    return { created, board: await countPosts(tx, boardId, change) }
  })
}
