/** How lists of posts are read, and how a board counts them. */
import { and, desc, eq, sql, type SQL } from 'drizzle-orm'
import type { Board, Post, PostCursor, PostPage, Sort, Status } from '../shared/types.ts'
import type { Database } from './database.ts'
import { boards, posts } from './schema.ts'

const PAGE_SIZE = 40

interface PostQuery {
  boardId: number
  /** All, where it is not given. */
  status?: Status | undefined
  sort: Sort
  /** The post to begin behind. */
  cursor?: PostCursor | null | undefined
}

/** A page by keyset: what begins behind a row is found by its values, however far down that is. */
export async function listPosts(
  db: Database,
  { boardId, status, sort, cursor }: PostQuery,
): Promise<PostPage> {
  const found = await db
    .select()
    .from(posts)
    .where(
      and(
        eq(posts.boardId, boardId),
        status && eq(posts.status, status),
        cursor ? isBehind[sort](cursor) : undefined,
      ),
    )
    .orderBy(...inOrder[sort])
    .limit(PAGE_SIZE + 1)
  const items = found.slice(0, PAGE_SIZE)
  const last = found.length > PAGE_SIZE ? items.at(-1) : undefined
  return { items, nextCursor: last ? cursorAt(last) : null }
}

/** The same orders as in `shared/order.ts`. */
const inOrder: Record<Sort, SQL[]> = {
  newest: [sql`${posts.createdAt} desc`, sql`${posts.id} desc`],
  votes: [sql`${posts.votes} desc`, sql`${posts.id} desc`],
  title: [sql`${posts.title}`, sql`${posts.id}`],
}

const isBehind: Record<Sort, (last: PostCursor) => SQL> = {
  newest: ({ createdAt, id }) =>
    sql`(${posts.createdAt}, ${posts.id}) < (${sql.param(createdAt, posts.createdAt)}, ${id})`,
  votes: ({ votes, id }) => sql`(${posts.votes}, ${posts.id}) < (${votes}, ${id})`,
  title: ({ title, id }) => sql`(${posts.title}, ${posts.id}) > (${title}, ${id})`,
}

function cursorAt({ id, createdAt, votes, title }: Post): PostCursor {
  return { id, createdAt, votes, title }
}

export function listRecentlyClosed(
  db: Database,
  { boardId, limit }: { boardId: number; limit: number },
): Promise<Post[]> {
  return db
    .select()
    .from(posts)
    .where(and(eq(posts.boardId, boardId), eq(posts.status, 'closed')))
    .orderBy(desc(posts.closedAt), desc(posts.id))
    .limit(limit)
}

/** Counts posts that have come or gone, in their transaction. Resolves to the board as it is then. */
export async function countPosts(
  tx: Database,
  boardId: number,
  { open = 0, closed = 0 }: { open?: number; closed?: number },
): Promise<Board> {
  const [board] = await tx
    .update(boards)
    .set({
      openCount: sql`${boards.openCount} + ${open}`,
      closedCount: sql`${boards.closedCount} + ${closed}`,
      version: sql`${boards.version} + 1`,
    })
    .where(eq(boards.id, boardId))
    .returning()
  if (!board) throw new Error(`There is no board ${boardId}.`)
  return board
}
