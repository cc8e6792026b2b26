/**
 * What a room's fate does to its queries: refetch them, mark them stale, empty them.
 */

import type { Query } from '@tanstack/query-core'
import type { Clock } from '../../clock.ts'
import type { Batches } from '../events/batches.ts'
import type { BatchOptions } from '../events/write.ts'
import { headIn } from '../../stamp.ts'
import { stampOf } from '../stamps/query-stamp.ts'
import { emptyRoom } from './empty-room.ts'
import type { RoomQueries } from './room-queries.ts'
import type { RoomName, RoomsOptions, RoomStart } from './rooms.ts'

export type RoomEffects = Pick<
  RoomsOptions,
  'startOf' | 'owe' | 'oweBelow' | 'suspect' | 'markStale' | 'empty'
>

export interface RoomEffectsOptions extends BatchOptions {
  readonly batches: Batches
  readonly clock: Clock
  readonly queries: RoomQueries
  /** Whether any rule means this query. */
  readonly isMeant: (query: Query) => boolean
  /** Whether the socket is in this room. */
  readonly isJoined: (room: string) => boolean
  /** Events up to this moment of the clock can't be had any more. */
  readonly onTrimmed: (through: number) => void
  /** The room has been revoked. */
  readonly onEmptied: (room: string) => void
}

export function createRoomEffects(options: RoomEffectsOptions): RoomEffects {
  const { cache, clock, tracker, batches, queries, isMeant, notifyOnce } = options

  function concernedBy(room: string): Query[] {
    const { own, possible } = queries.of(room)
    return [...own, ...possible]
  }

  /** Any query may be a room's that the user was taken out of. */
  function meantBy({ name, isUser }: RoomName): Query[] {
    return isUser ? cache.getAll().filter(isMeant) : concernedBy(name)
  }

  /** Where the events begin that no query has, if their stamps tell. */
  function startByStamps(queries: readonly Query[], room: RoomName): RoomStart | undefined {
    let lowest: { readonly after: number; readonly stampedAt: number } | undefined
    for (const query of queries) {
      const after = headOf(query, room)
      if (after === undefined || after >= (lowest?.after ?? Infinity)) continue
      lowest = { after, stampedAt: tracker.track(query).stampedAt }
    }
    if (lowest === undefined) return undefined
    // What was asked when the stamp was known here has seen at least as much.
    const { after, stampedAt } = lowest
    const hasSeen = (query: Query) =>
      headOf(query, room) !== undefined || tracker.asksFrom(query) >= stampedAt
    return queries.every(hasSeen) ? { after } : undefined
  }

  function startByAge(queries: readonly Query[]): RoomStart | undefined {
    // Also for whoever asks from now on.
    let oldest = tracker.readsFrom()
    for (const query of queries) {
      const until = tracker.knowsUntil(query)
      if (until !== undefined && until < (oldest ?? Infinity)) oldest = until
    }
    return oldest === undefined ? undefined : { since: oldest }
  }

  return {
    startOf(room) {
      batches.settle()
      const queries = meantBy(room)
      // Any query may be of a room that the user was taken out of: no stamp speaks of that.
      const start = room.isUser ? undefined : startByStamps(queries, room)
      return start ?? startByAge(queries)
    },

    owe(room, reason, before) {
      batches.settle()
      options.onTrimmed(before ?? clock.now())
      notifyOnce(() => {
        for (const query of meantBy(room)) {
          if (isUntouched(query) || (!room.isUser && isAbove(query, room))) continue
          const until = tracker.knowsUntil(query)
          if (before !== undefined && (until === undefined || until > before)) continue
          // Nobody knows whether the user was taken out of the query's room meanwhile.
          if (room.isUser) tracker.suspect(query, reason)
          else tracker.owe(query, reason)
        }
      })
    },

    oweBelow(room) {
      batches.settle()
      notifyOnce(() => {
        for (const query of room.isUser ? [] : concernedBy(room.name)) {
          const isBelow = headOf(query, room) !== undefined && !isAbove(query, room)
          if (isBelow) tracker.owe(query, 'repair')
        }
      })
    },

    suspect(room) {
      batches.settle()
      notifyOnce(() => {
        for (const query of concernedBy(room)) {
          if (!isUntouched(query)) tracker.suspect(query, 'reconnect')
        }
      })
    },

    markStale(room) {
      batches.settle()
      notifyOnce(() => {
        for (const query of concernedBy(room)) {
          if (query.state.data !== undefined) query.invalidate()
        }
      })
    },

    empty(room) {
      batches.settle()
      emptyRoom({ ...options, room })
      options.onEmptied(room)
    },
  }
}

/** A query that holds nothing and has not been asked: whoever looks at it asks. */
function isUntouched({ state }: Query): boolean {
  return state.status === 'pending' && state.fetchStatus === 'idle'
}

/** The head of this life of the room in the stamp of the query's data. */
function headOf(query: Query, { place }: RoomName): number | undefined {
  const stamp = stampOf(query)
  return stamp && place && headIn(stamp, place.epoch, place.handle)
}

/** Whether the query has had all events of the room that can't be had any more. */
function isAbove(query: Query, room: RoomName): boolean {
  return (headOf(query, room) ?? -1) >= (room.place?.floor ?? Infinity)
}
