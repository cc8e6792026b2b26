/** Reads what a node was not told of, from the order of events and the logs of their rooms. */

import type { Keys } from './keys.ts'
import { parseRooms, parseStored, type RoomsLine, type ToldEvent } from './records.ts'
import { FETCH, ORDER } from './scripts/read.ts'
import { textsOf, type Session } from './session.ts'

export interface CatchUpOptions {
  readonly session: Session
  readonly keys: Keys
}

export interface Gap {
  readonly epoch: string
  /** The last event that the node was told of. */
  readonly from: number
  readonly through: number
  /** Whether the node wants to be told of an event in these rooms. */
  readonly isWanted: (line: RoomsLine) => boolean
  /** Whether a room of a wanted event matters by itself. */
  readonly hasMembers: (room: string) => boolean
}

export interface Page {
  readonly through: number
  /** In order. */
  readonly events: readonly ToldEvent[]
  /** Rooms whose events were trimmed, or evicted. */
  readonly lost: readonly string[]
  /** Those of them that had one of the library's own messages, which every node is to be told. */
  readonly lostRecords: readonly string[]
}

/** An event that the node is to be told of. */
interface Wanted extends RoomsLine {
  readonly seq: number
}

/** What Redis has of it. */
interface Found {
  readonly event: ToldEvent | undefined
  readonly missingIn: readonly string[]
}

/** How many events are read at once, of how many rooms in sum, and about how much: Redis does nothing else. */
const PAGE = { events: 200, rooms: 10_000, bytes: 8 * 1024 * 1024 }

/** Of the keys of the script, which counts from 1. */
const FIRST_ROOM = 2

/**
 * The first events of a gap; undefined where nobody knows any more which they were, or another epoch
 * has begun.
 */
export async function readGap(options: CatchUpOptions, gap: Gap): Promise<Page | undefined> {
  const { session, keys } = options
  const { epoch, from } = gap
  const order = await session.run({
    doing: 'read the order of events',
    script: ORDER,
    keys: () => [keys.order(epoch)],
    args: () => [String(from), String(Math.min(PAGE.events, gap.through - from))],
  })
  const [isKnown, ...lines] = textsOf(order.rest)
  if (order.epoch !== epoch || isKnown !== '1' || lines.length === 0) return undefined
  const wanted = lines
    .map((line, at): Wanted => ({ ...parseRooms(line), seq: from + at + 1 }))
    .filter(gap.isWanted)
  const found = await fetch(options, epoch, firstOf(wanted))
  if (found === undefined) return undefined
  const next = wanted[found.length]
  const lost = found.flatMap(({ missingIn }, at) =>
    missingIn.filter((room) => wanted[at]?.isForAll === true || gap.hasMembers(room)),
  )
  const lostRecords = wanted.filter(
    ({ isForAll }, at) => isForAll && at < found.length && found[at]?.event === undefined,
  )
  return {
    through: next === undefined ? from + lines.length : next.seq - 1,
    events: found.flatMap(({ event }) => event ?? []),
    lost: [...new Set(lost)],
    lostRecords: [...new Set(lostRecords.flatMap(({ rooms }) => rooms))],
  }
}

/** As many as have not too many rooms in sum, and one at least. */
function firstOf(wanted: readonly Wanted[]): readonly Wanted[] {
  let rooms = 0
  for (const [at, event] of wanted.entries()) {
    rooms += event.rooms.length
    if (rooms > PAGE.rooms && at > 0) return wanted.slice(0, at)
  }
  return wanted
}

/** As many of these events as Redis reads at once, in their order; undefined in another epoch. */
async function fetch(
  { session, keys }: CatchUpOptions,
  epoch: string,
  wanted: readonly Wanted[],
): Promise<readonly Found[] | undefined> {
  if (wanted.length === 0) return []
  const rooms = [...new Set(wanted.flatMap((event) => event.rooms))]
  const positions = new Map(rooms.map((room, at) => [room, String(at + FIRST_ROOM)]))
  const reply = await session.run({
    doing: 'read events',
    script: FETCH,
    keys: () => rooms.map((room) => keys.room(epoch, room)),
    args: () => [
      String(PAGE.bytes),
      ...wanted.flatMap(({ seq, rooms }) => [
        String(seq),
        String(rooms.length),
        ...rooms.map((room) => positions.get(room) ?? ''),
      ]),
    ],
  })
  if (reply.epoch !== epoch) return undefined
  const texts = textsOf(reply.rest)
  return wanted.slice(0, texts.length / 2).map(({ rooms }, at) => {
    const [item = '', isThere = ''] = texts.slice(at * 2)
    return {
      event: item === '' ? undefined : parseStored(item),
      missingIn: rooms.filter((_, place) => isThere[place] !== '1'),
    }
  })
}
