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
  /** Whether one of the library's own messages, which every node is to be told, is in none of its rooms. */
  readonly isRecordLost: boolean
}

/** How many events are read at once. */
const PAGE = 200

/**
 * The first events of a gap; undefined where nobody knows any more which they were, or another epoch
 * has begun.
 */
export async function readGap(
  { session, keys }: CatchUpOptions,
  gap: Gap,
): Promise<Page | undefined> {
  const { epoch, from } = gap
  const order = await session.run({
    doing: 'read the order of events',
    script: ORDER,
    keys: () => [keys.order(epoch)],
    args: () => [String(from), String(Math.min(PAGE, gap.through - from))],
  })
  const [isKnown, ...lines] = textsOf(order.rest)
  if (order.epoch !== epoch || isKnown !== '1' || lines.length === 0) return undefined
  const through = from + lines.length
  const wanted = lines
    .map((line, at) => ({ line: parseRooms(line), seq: from + at + 1 }))
    .filter(({ line }) => gap.isWanted(line))
  const rooms = [...new Set(wanted.flatMap(({ line }) => line.rooms))]
  if (rooms.length === 0) return { through, events: [], lost: [], isRecordLost: false }

  const found = await session.run({
    doing: 'read events',
    script: FETCH,
    keys: () => rooms.map((room) => keys.room(epoch, room)),
    args: () => [String(from), String(through)],
  })
  if (found.epoch !== epoch) return undefined
  const lists = found.rest.map((items) => textsOf(items).map(parseStored))
  const events = new Map(lists.flat().map((event) => [event.seq, event]))
  const inRoom = new Map(
    rooms.map((room, at) => [room, new Set(lists[at]?.map(({ seq }) => seq))]),
  )
  const lost = wanted.flatMap(({ line: { rooms, isForAll }, seq }) =>
    rooms.filter(
      (room) => (isForAll || gap.hasMembers(room)) && inRoom.get(room)?.has(seq) !== true,
    ),
  )
  return {
    through,
    events: wanted.flatMap(({ seq }) => events.get(seq) ?? []),
    lost: [...new Set(lost)],
    isRecordLost: wanted.some(({ line: { isForAll }, seq }) => isForAll && !events.has(seq)),
  }
}
