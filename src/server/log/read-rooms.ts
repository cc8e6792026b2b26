/**
 * Reads several rooms as one: their events in the order they were appended, each once. One page
 * costs as much as it holds, times the rooms asked for; what lies behind it is not looked at.
 */

import type { ReadAnswer, ReadQuestion, ReadRequest, RoomRead } from './event-log.ts'
import type { RoomLog, StoredEvent } from './stored.ts'
import { textAnswer } from './text-answer.ts'

/** What an event takes in an answer, beside its data. */
const EVENT_BYTES = 200

/** How far one room has been read. */
interface Cursor {
  readonly room: RoomLog | undefined
  readonly isLost: boolean
  /** Of the next event, counted from the first that the room still has. */
  position: number
}

export function readRooms(
  { questions, maxEvents, maxBytes }: ReadRequest,
  roomOf: (name: string) => RoomLog | undefined,
): ReadAnswer {
  const cursors = questions.map((question) => startOf(roomOf(question.room), question))
  const found: StoredEvent[] = []
  let bytes = 0
  while (found.length < maxEvents) {
    const next = nextEvent(cursors)
    if (next === undefined) break
    bytes += next.text.length + EVENT_BYTES
    // One event is always sent, or the client would ask for it for ever.
    if (found.length > 0 && bytes > maxBytes) break
    found.push(next)
    for (const cursor of cursors) if (peek(cursor) === next) cursor.position++
  }
  return textAnswer(found, cursors.map(outcomeOf))
}

function startOf(room: RoomLog | undefined, { since, after }: ReadQuestion): Cursor {
  if (room === undefined) return { room, isLost: true, position: 0 }
  const trimmed = room.head - room.events.length
  const position = Math.max(0, Math.min(since, room.head) - trimmed)
  if (after === undefined) {
    return { room, isLost: since < trimmed || since > room.head, position }
  }
  return { room, isLost: false, position: Math.max(position, firstAfter(room, after)) }
}

/** Times never go back: the first event that is not older is found by halving. */
function firstAfter({ events }: RoomLog, after: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((events.at(middle)?.at ?? Infinity) < after) low = middle + 1
    else high = middle
  }
  return low
}

function nextEvent(cursors: readonly Cursor[]): StoredEvent | undefined {
  let next: StoredEvent | undefined
  for (const cursor of cursors) {
    const event = peek(cursor)
    if (event !== undefined && (next === undefined || event.order < next.order)) next = event
  }
  return next
}

function peek({ room, isLost, position }: Cursor): StoredEvent | undefined {
  return isLost ? undefined : room?.events.at(position)
}

function outcomeOf({ room, isLost, position }: Cursor): RoomRead {
  if (room === undefined) return UNKNOWN_ROOM
  const { handle, head, events, completeSince } = room
  return { handle, head, isLost, through: head - events.length + position, completeSince }
}

const UNKNOWN_ROOM: RoomRead = {
  handle: '',
  head: 0,
  isLost: true,
  through: 0,
  completeSince: Number.MAX_SAFE_INTEGER,
}
