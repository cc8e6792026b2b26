/**
 * Two organisations with a few boards each. The same each time, except that it always ends a while
 * ago.
 */
import type { Database } from './database.ts'
import { draftPosts, type PostDraft } from './draft-posts.ts'
import { boards, comments, orgs, people, posts, postTexts } from './schema.ts'
import { organisations, seedBoards, team, type SeedBoard, type SeedPost } from './seed-texts.ts'

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

export async function seed(db: Database, now: number = Date.now()): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.insert(orgs).values(organisations)
    await tx.insert(people).values(team)
    for (const [place, board] of seedBoards.entries()) await seedBoard(tx, board, place, now)
  })
}

async function seedBoard(
  tx: Database,
  { orgId, name, about, others, posts: written }: SeedBoard,
  place: number,
  now: number,
): Promise<void> {
  const boardId = place + 1
  const authorIds = team.filter((person) => person.orgId === orgId).map(({ id }) => id)
  const drawn = draftPosts({
    orgId,
    boardId,
    authorIds,
    count: others,
    seed: 20 + place,
    from: now - 120 * DAY_MS,
    to: now - 3 * DAY_MS,
  })
  const drafts = [...written.map((post) => draftOf(post, { orgId, boardId, now })), ...drawn]
  const closed = drafts.filter(({ status }) => status === 'closed').length
  const counts = { openCount: drafts.length - closed, closedCount: closed }
  await tx.insert(boards).values({ orgId, name, about, ...counts })
  const rows = await tx.insert(posts).values(drafts).returning()
  for (const { id: postId, title, createdAt } of rows) {
    const { body, comments: said = [] } = written.find((post) => post.title === title) ?? {}
    if (body !== undefined) await tx.insert(postTexts).values({ postId, orgId, body })
    if (said.length === 0) continue
    const pause = (now - createdAt.getTime()) / (said.length + 1)
    await tx.insert(comments).values(
      said.map(([authorId, body], turn) => ({
        orgId,
        postId,
        authorId,
        body,
        createdAt: new Date(createdAt.getTime() + pause * (turn + 1)),
      })),
    )
  }
}

function draftOf(
  { title, authorId, votes, hours, closedHours, comments = [] }: SeedPost,
  { orgId, boardId, now }: { orgId: string; boardId: number; now: number },
): PostDraft {
  return {
    orgId,
    boardId,
    authorId,
    title,
    votes,
    status: closedHours === undefined ? 'open' : 'closed',
    commentCount: comments.length,
    createdAt: new Date(now - hours * HOUR_MS),
    closedAt: closedHours === undefined ? null : new Date(now - closedHours * HOUR_MS),
  }
}
