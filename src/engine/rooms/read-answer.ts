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
}

/** Rooms that ask no more, for they were left meanwhile, are left out. */
export function readAnswer({ r: answers, ev }: PullAnswer, book: RoomBook): AnsweredRoom[] {
  const counts = new Map<string, number>()
  for (const [, , , places] of ev) {
    for (const [handle] of places) counts.set(handle, (counts.get(handle) ?? 0) + 1)
  }
  return answers.flatMap((answer): AnsweredRoom[] => {
    const room = book.byHandle(answer[1])
    if (room?.place === undefined || room.state !== 'catching-up') return []
    const { place } = room
    const events = counts.get(place.handle) ?? 0
    if (answer[0] === 'absent')
      return [{ room, is: 'absent', events, completeSince: undefined }]
    if (answer[0] === 'lost') {
      place.applied = Math.max(place.applied, answer[2])
      return [{ room, is: 'lost', events, completeSince: undefined }]
    }
    const [, , through, head, trimmedThrough] = answer
    const completeSince = place.applied < 0 ? trimmedThrough : undefined
    place.applied = Math.max(place.applied, through)
    return [{ room, is: place.applied < head ? 'incomplete' : 'done', events, completeSince }]
  })
}
