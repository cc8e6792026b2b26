/** Posts drawn by lot, for the seed and the import: the same from the same `seed`. */
import { seededRandom } from './random.ts'
import type { posts } from './schema.ts'
import { wishes } from './seed-texts.ts'

export type PostDraft = typeof posts.$inferInsert

interface Drawing {
  orgId: string
  boardId: number
  authorIds: readonly string[]
  count: number
  /** Between which moments they were written. */
  from: number
  to: number
  seed: number
}

export function draftPosts(drawing: Drawing): PostDraft[] {
  const { orgId, boardId, authorIds, count, from, to, seed } = drawing
  const random = seededRandom(seed)
  const first = Math.floor(random() * 5000)
  return Array.from({ length: count }, (_, place) => {
    const written = from + random() * (to - from)
    const isClosed = random() < 0.3
    return {
      orgId,
      boardId,
      authorId: authorIds[Math.floor(random() * authorIds.length)] ?? '',
      title: makeTitle(orgId, first + place),
      status: isClosed ? 'closed' : 'open',
      // Most have a few votes, and a few have many.
      votes: Math.floor(110 * random() ** 3),
      createdAt: new Date(written),
      closedAt: isClosed ? new Date(written + random() ** 2 * (to - written)) : null,
    }
  })
}

/** Of 5,120 for each organisation, every one comes up before any comes up again. */
function makeTitle(orgId: string, place: number): string {
  const { asks, things, ways } = wishes[orgId] ?? { asks: [], things: [], ways: [] }
  // Neighbours should not begin alike; no stride shares a factor with the number of all.
  const at = (place * 1237) % (asks.length * things.length * ways.length)
  const ask = asks[at % asks.length]
  const thing = things[Math.floor(at / asks.length) % things.length]
  const way = ways[Math.floor(at / asks.length / things.length)]
  return `${ask} ${thing} ${way}`
}
