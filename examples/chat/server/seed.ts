/**
 * A month in the life of a team: some forty conversations, some five thousand messages. The same
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

/** A message that has no id yet. */
type Draft = Omit<Message, 'id'>

export async function seed(db: Database, now: number = Date.now()): Promise<void> {
  const random = seededRandom(20)
  const teams = founded.map((conversation) => pickTeam(conversation, random))
  const drafts = founded
    .flatMap((conversation, place) =>
      talk({ conversation, place, personIds: teams[place] ?? [], now }, random),
    )
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
  const written = drafts.map((draft, place) => ({ ...draft, id: place + 1 }))

  await db.transaction(async (tx) => {
    await tx.insert(people).values(team)
    await tx.insert(conversations).values(
      founded.map(({ title, topic }) => ({
        title,
        topic,
        createdAt: new Date(now - HISTORY_MS).toISOString(),
      })),
    )
    for (let start = 0; start < drafts.length; start += ROWS_PER_INSERT) {
      await tx.insert(messages).values(drafts.slice(start, start + ROWS_PER_INSERT))
    }
    await tx.insert(memberships).values(
      teams.flatMap((personIds, place) =>
        personIds.map((personId) => ({
          conversationId: place + 1,
          personId,
          lastReadId: pickLastRead(written, place + 1, random),
        })),
      ),
    )
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

interface Scene {
  conversation: SeedConversation
  /** Its place in the list: the first one is the liveliest. */
  place: number
  personIds: string[]
  now: number
}

function talk(scene: Scene, random: () => number): Draft[] {
  const { conversation, place, personIds, now } = scene
  const end = now - (3 + place * place * 4 + random() * 5) * MINUTE
  const count = Math.round(240 - place * 4 + random() * 40)
  const ending = conversation.ending ?? []
  const lines = [...improvise(scene, count, random), ...ending]

  const drafts: Draft[] = []
  let time = end
  for (const [place, [authorId, text]] of lines.toReversed().entries()) {
    const createdAt = new Date(time).toISOString()
    const edited = random() < 0.02 && place > ending.length
    drafts.push({
      conversationId: scene.place + 1,
      authorId: personIds.includes(authorId) ? authorId : (personIds[0] ?? authorId),
      nonce: `seed-${scene.place}-${place}`,
      text,
      createdAt,
      editedAt: edited ? new Date(time + MINUTE).toISOString() : null,
    })
    const isPause = random() < 0.3 && place >= ending.length
    time -= isPause ? ((random() * 2 * HISTORY_MS) / count) * 3 : (0.3 + random() * 3) * MINUTE
  }
  return drafts
}

/** As many lines of talk, made of exchanges between members drawn by lot. */
function improvise(
  { conversation, personIds }: Scene,
  count: number,
  random: () => number,
): [string, string][] {
  const lines: [string, string][] = []
  let pool: string[] = []
  while (lines.length < count) {
    // Every exchange comes up once before any comes up again.
    if (pool.length === 0) pool = shuffle(exchanges[conversation.theme], random)
    const speakers = shuffle(personIds, random)
    for (const line of pool.pop()?.split('|') ?? []) {
      const speaker = speakers['ABC'.indexOf(line.charAt(0)) % speakers.length]
      if (speaker) lines.push([speaker, fill(line.slice(3), random)])
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

/** Most have read everything; some are a few messages behind. */
function pickLastRead(
  written: { id: number; conversationId: number }[],
  conversationId: number,
  random: () => number,
): number {
  const ids = written
    .filter((message) => message.conversationId === conversationId)
    .map(({ id }) => id)
  const behind = random() < 0.25 ? Math.ceil(random() * 7) : 0
  return ids.at(-1 - behind) ?? 0
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
