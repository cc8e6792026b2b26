/**
 * Whether data with a stamp, fetched by somebody else some time ago, misses nothing: each room whose
 * events may change it is joined, and is in the stamp under the handle it has now. What came after
 * its head has then been delivered, or is remembered.
 */

import type { Query } from '@tanstack/query-core'
import { headIn, type Stamp } from '../../stamp.ts'
import type { Coverage } from '../fetches/snapshots.ts'
import type { Room } from '../rooms/room-book.ts'
import type { RoomQueries } from '../rooms/room-queries.ts'
import { isJoined } from '../rooms/room-state.ts'

/** A connection, as far as it matters here. */
export interface RoomsInView {
  readonly all: () => Iterable<Room>
  readonly get: (name: string) => Room | undefined
  /** All that the server joins by itself is joined, and caught up with. */
  readonly isLive: () => boolean
  /** Its server knows nothing of rooms. */
  readonly isMute: () => boolean
}

export function coverageOf(
  query: Query,
  stamp: Stamp,
  queries: RoomQueries,
  views: readonly RoomsInView[],
): Coverage {
  if (views.some(({ isMute }) => isMute())) return 'uncovered'
  if (!views.every(({ isLive }) => isLive())) return 'unsettled'
  for (const name of queries.roomsOf(query)) {
    const rooms = views.flatMap(({ get }) => get(name) ?? [])
    if (rooms.some(({ state }) => isJoined(state))) continue
    // Whoever is about to look at it asks for the room.
    const isNo = rooms.some(({ state }) => state === 'refused' || state === 'revoked')
    return isNo ? 'uncovered' : 'unsettled'
  }
  let isConcerned = false
  for (const { all } of views) {
    for (const { name, state, place } of all()) {
      if (!isJoined(state) || !queries.mayConcern(name, query)) continue
      const head = place && headIn(stamp, place.epoch, place.handle)
      if (head === undefined) return 'uncovered'
      isConcerned = true
    }
  }
  return isConcerned ? 'covered' : 'uncovered'
}
