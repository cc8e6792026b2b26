/**
 * A month in the life of a team: some forty conversations, more than four thousand messages. The same
 * each time, except that it always ends a few minutes ago.
 */
import type { Database } from './database.ts'
import { conversations, memberships, messages, people } from './schema.ts'
import type { Message } from './schema.ts'
import { exchanges, fillers, founded, team } from './seed-texts.ts'
import type { SeedConversation } from './seed-texts.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const HISTORY_MS = 30 * DAY
const ROWS_PER_INSERT = 1000

/** A message without its numbers. */
type Draft = Omit<Message, 'id' | 'revision'>

export async function seed(db: Database, now: number = Date.now()): Promise<void> {
  const random = seededRandom(20)
  const teams = founded.map((conversation) => pickTeam(conversation, random))
  const drafts = founded
    .flatMap((conversation, place) =>
      talk({ conversation, place, personIds: teams[place] ?? [], now }, random),
    )
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
  const numbered = inRevisions(drafts)
  const written = numbered.map((message, place) => ({ ...message, id: place + 1 }))

  await db.transaction(async (tx) => {
    await tx.insert(people).values(team)
    await tx.insert(conversations).values(
      founded.map(({ title, topic }, place) => ({
        title,
        topic,
        createdAt: new Date(now - HISTORY_MS).toISOString(),
        revision: written.filter(({ conversationId }) => conversationId === place + 1).length,
      })),
    )
    for (let start = 0; start < written.length; start += ROWS_PER_INSERT) {
      await tx.insert(messages).values(numbered.slice(start, start + ROWS_PER_INSERT))
    }
    await tx.insert(memberships).values(
      teams.flatMap((personIds, place) =>
        personIds.map((personId) => ({
          conversationId: place + 1,
          personId,
          lastReadId: pickLastRead(written, { conversationId: place + 1, personId }, random),
        })),
      ),
    )
  })
}

/** Writing each was a revision of its conversation. */
function inRevisions(drafts: readonly Draft[]): Omit<Message, 'id'>[] {
  const revisions = new Map<number, number>()
  return drafts.map((draft) => {
    const revision = (revisions.get(draft.conversationId) ?? 0) + 1
    revisions.set(draft.conversationId, revision)
    return { ...draft, revision }
  })
}

/** Everybody who speaks at the end, and half of the others. */
function pickTeam(conversation: SeedConversation, random: () => number): string[] {
  const speakers = new Set(conversation.ending?.map(([personId]) => personId))
  // The first two are in most places: they are whom a visitor is likely to pick.
  return team
    .filter(({ id }, place) => speakers.has(id) || random() < (place < 2 ? 0.85 : 0.5))
    .map(({ id }) => id)
}

interface Line {
  authorId: string
  text: string
  /** Whether an exchange begins with it: nobody has spoken for a while. */
  opens?: boolean
}

interface Scene {
  conversation: SeedConversation
  /** Its place in the list: the first one is the liveliest. */
  place: number
  personIds: string[]
  now: number
}

function talk(scene: Scene, random: () => number): Draft[] {
  const { conversation, place, now } = scene
  const quiet = now - (3 + place * place * 4 + random() * 5) * MINUTE
  // The liveliest few go on at whatever hour it is now.
  const end = conversation.ending ? quiet : beforeNight(quiet)
  const count = Math.round(160 - place * 3 + random() * 40)
  const ending = (conversation.ending ?? []).map(([authorId, text]) => ({ authorId, text }))
  const lines: Line[] = [...improvise(scene, count, random), ...ending]

  // From the last line backwards: it is the end of the story that has to be recent.
  const drafts: Draft[] = []
  let time = end
  for (const [age, { authorId, text, opens }] of lines.toReversed().entries()) {
    const isEdited = random() < 0.02 && age > ending.length
    drafts.push({
      conversationId: place + 1,
      authorId,
      nonce: `seed-${place}-${age}`,
      text,
      createdAt: new Date(time).toISOString(),
      editedAt: isEdited ? new Date(time + MINUTE).toISOString() : null,
    })
    time -= (0.3 + random() * 3) * MINUTE
    if (opens) time = beforeNight(time - (random() * 6 * HISTORY_MS) / count)
  }
  return drafts
}

/** The same moment, or, if that is in the night, the evening before. */
function beforeNight(time: number): number {
  const date = new Date(time)
  const hour = date.getHours()
  if (hour >= 8 && hour < 20) return time
  if (hour < 8) date.setDate(date.getDate() - 1)
  return date.setHours(18 + (hour % 2))
}

/** As many lines of talk, made of exchanges between members drawn by lot. */
function improvise(
  { conversation, personIds }: Scene,
  count: number,
  random: () => number,
): Line[] {
  const lines: Line[] = []
  let pool: string[] = []
  while (lines.length < count) {
    // Every exchange comes up once before any comes up again.
    if (pool.length === 0) pool = shuffle(exchanges[conversation.theme], random)
    const speakers = shuffle(personIds, random)
    for (const [turn, line] of (pool.pop() ?? '').split('|').entries()) {
      const authorId = speakers['ABC'.indexOf(line.charAt(0)) % speakers.length]
      if (authorId)
        lines.push({ authorId, text: fill(line.slice(3), random), opens: turn === 0 })
    }
  }
  return lines
}

function fill(text: string, random: () => number): string {
  const filled = text.replaceAll(
    /\{(\w+)\}/g,
    (gap, name: string) => pick(fillers[name] ?? [gap], random) ?? gap,
  )
  return filled.charAt(0).toUpperCase() + filled.slice(1)
}

/** Most have read everything; some are a few messages behind, but not behind their own. */
function pickLastRead(
  written: Message[],
  member: { conversationId: number; personId: string },
  random: () => number,
): number {
  const here = written.filter(({ conversationId }) => conversationId === member.conversationId)
  const own = here.findLastIndex(({ authorId }) => authorId === member.personId)
  const behind = random() < 0.4 ? Math.ceil(random() * 7) : 0
  return here[Math.max(own, here.length - 1 - behind)]?.id ?? 0
}

function pick<T>(items: readonly T[], random: () => number): T | undefined {
  return items[Math.floor(random() * items.length)]
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item)
}

/** mulberry32: small, fast and the same everywhere. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
