/**
 * What a room's fate does to its queries: refetch them, mark them stale, empty them.
 */

import { notifyManager, type Query } from '@tanstack/query-core'
import type { BatchOptions } from '../events/write.ts'
import { emptyRoom } from './empty-room.ts'
import type { RoomQueries } from './room-queries.ts'
import type { RoomName, RoomsOptions } from './rooms.ts'

export type RoomEffects = Pick<
  RoomsOptions,
  'oldestFetch' | 'owe' | 'suspect' | 'markStale' | 'empty'
>

export interface RoomEffectsOptions extends BatchOptions {
  readonly queries: RoomQueries
  /** Whether any rule means this query. */
  readonly isMeant: (query: Query) => boolean
  /** Whether the socket is in this room. */
  readonly isJoined: (room: string) => boolean
}

export function createRoomEffects(options: RoomEffectsOptions): RoomEffects {
  const { cache, tracker, queries, isMeant } = options

  function concernedBy(room: string): Query[] {
    const { own, possible } = queries.of(room)
    return [...own, ...possible]
  }

  /** Any query may be a room's that the user was taken out of. */
  function meantBy({ name, isUser }: RoomName): Query[] {
    return isUser ? cache.getAll().filter(isMeant) : concernedBy(name)
  }

  return {
    oldestFetch(room) {
      let oldest: number | undefined
      for (const query of meantBy(room)) {
        const until = tracker.knowsUntil(query)
        if (until !== undefined && until < (oldest ?? Infinity)) oldest = until
      }
      return oldest
    },

    owe(room, reason, before) {
      notifyManager.batch(() => {
        for (const query of meantBy(room)) {
          if (isUntouched(query)) continue
          const until = tracker.knowsUntil(query)
          if (before !== undefined && (until === undefined || until > before)) continue
          // Nobody knows whether the user was taken out of the query's room meanwhile.
          if (room.isUser) tracker.suspect(query, reason)
          else tracker.owe(query, reason)
        }
      })
    },

    suspect(room) {
      notifyManager.batch(() => {
        for (const query of concernedBy(room)) {
          if (!isUntouched(query)) tracker.suspect(query, 'reconnect')
        }
      })
    },

    markStale(room) {
      notifyManager.batch(() => {
        for (const query of concernedBy(room)) {
          if (query.state.data !== undefined) query.invalidate()
        }
      })
    },

    empty(room) {
      emptyRoom({ ...options, room })
    },
  }
}

/** A query that holds nothing and has not been asked: whoever looks at it asks. */
function isUntouched({ state }: Query): boolean {
  return state.status === 'pending' && state.fetchStatus === 'idle'
}
