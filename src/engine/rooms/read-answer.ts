/**
 * What the answer to a pull says of each room. Pure but for the rooms' places, which move on to where
 * the answer goes.
 */

import type { PullAnswer } from '../../control.ts'
import type { Room, RoomBook } from './room-book.ts'

/** One room's part of an answer. */
export interface AnsweredRoom {
  readonly room: Room
  readonly is: 'done' | 'incomplete' | 'lost' | 'absent'
  /** How many events there are of it. */
  readonly events: number
  /** For a room that had no place: what is older may have been trimmed, in the log's time. */
  readonly completeSince: number | undefined
  /** For such a room: the offset of the last event that was not asked for. */
  readonly floor: number | undefined
}

/** Rooms that ask no more, for they were left meanwhile, are left out. */
export function readAnswer({ r: answers, ev }: PullAnswer, book: RoomBook): AnsweredRoom[] {
  const offsets = new Map<string, Set<number>>()
  for (const [, , , places] of ev) {
    for (const [handle, offset] of places) {
      offsets.set(handle, (offsets.get(handle) ?? new Set()).add(offset))
    }
  }
  return answers.flatMap((answer): AnsweredRoom[] => {
    const room = book.byHandle(answer[1])
    if (room?.place === undefined || room.state !== 'catching-up') return []
    const { place } = room
    const there = offsets.get(place.handle) ?? new Set()
    const events = there.size
    if (answer[0] === 'absent') return [{ ...UNPLACED, room, is: 'absent', events }]
    if (answer[0] === 'lost') {
      place.applied = Math.max(place.applied, answer[2])
      place.floor = place.applied
      return [{ ...UNPLACED, room, is: 'lost', events }]
    }
    const [, , through, head, trimmedThrough] = answer
    const isFirst = place.applied < 0
    place.applied = Math.max(place.applied, through)
    const is = place.applied < head ? 'incomplete' : 'done'
    if (!isFirst) return [{ ...UNPLACED, room, is, events }]
    place.floor = through
    // One that another room asked for may lie further back, with a hole behind it.
    while (there.has(place.floor)) place.floor--
    return [{ room, is, events, completeSince: trimmedThrough, floor: place.floor }]
  })
}

const UNPLACED = { completeSince: undefined, floor: undefined }
