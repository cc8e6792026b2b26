/**
 * Takes a revoked room's data off the screen.
 *
 * `removeQueries` under a mounted component leaves the secret painted, and a refetch that fails
 * keeps the old data beside its error. So an observed query gets an error and nothing else.
 */

import type { Query } from '@tanstack/query-core'
import { SyncError } from '../../errors.ts'
import { createBatch, type BatchOptions } from '../events/write.ts'
import { writeState } from '../fetches/query-hooks.ts'
import type { QueryTracker } from '../fetches/query-tracker.ts'
import type { RoomQueries } from './room-queries.ts'

export interface EmptyRoomOptions extends BatchOptions {
  readonly queries: RoomQueries
  readonly room: string
  /** Whether the socket is in this room, so that what belongs to it may be asked for. */
  readonly isJoined: (room: string) => boolean
}

/**
 * Empties the room's own queries. Those that it may only concern are refetched, and emptied if that
 * is refused: only the API knows what of them may still be seen.
 */
export function emptyRoom(options: EmptyRoomOptions): void {
  const { tracker, queries, room, isJoined, notifyOnce } = options
  const batch = createBatch(options)
  const suspects: Query[] = []
  const { own, possible } = queries.of(room)
  for (const query of possible) {
    const isFetching = query.state.fetchStatus !== 'idle'
    if (query.getObserversCount() === 0) batch.drop(query)
    else if (query.state.data !== undefined || isFetching) suspects.push(query)
  }
  const revokedQueries: Query[] = []
  for (const query of own) {
    const mayBeAsked = queries.roomsOf(query).some(isJoined)
    if (mayBeAsked || query.getObserversCount() === 0) batch.drop(query)
    else revokedQueries.push(query)
  }
  notifyOnce(() => {
    for (const query of revokedQueries) revoke(tracker, query, room)
    for (const query of suspects) {
      // An answer that is on its way was made before the revocation.
      void query.cancel({ revert: true })
      tracker.suspect(query, 'rule')
    }
    batch.commit()
  })
}

function revoke(tracker: QueryTracker, query: Query, room: string): void {
  tracker.forsake(query)
  void query.cancel({ silent: true })
  writeState(query, {
    data: undefined,
    dataUpdatedAt: 0,
    error: revoked(room),
    errorUpdatedAt: Date.now(),
    errorUpdateCount: query.state.errorUpdateCount + 1,
    status: 'error',
    fetchStatus: 'idle',
    fetchMeta: null,
    isInvalidated: true,
  })
}

function revoked(room: string): SyncError {
  return new SyncError({
    code: 'revoked',
    problem: `This user was taken out of room "${room}".`,
    remedy: 'Nothing is to be done here; a new grant brings the data back.',
    subject: room,
  })
}
