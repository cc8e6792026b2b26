/**
 * Rooms on demand: a mounted query that is a room's own makes the client ask for the room.
 */

import type { Query, QueryCacheNotifyEvent } from '@tanstack/query-core'

export interface Demand {
  readonly onCacheEvent: (event: QueryCacheNotifyEvent) => void
  /** Looks at the query's observers, and at which rooms are its own. */
  readonly review: (query: Query) => void
  /** Names no room any more. */
  readonly clear: () => void
}

export interface DemandOptions {
  readonly roomsOf: (query: Query) => readonly string[]
  /** Names a room as wanted, until the undo. */
  readonly want: (room: string) => () => void
}

export function createDemand({ roomsOf, want }: DemandOptions): Demand {
  const releases = new Map<Query, readonly (() => void)[]>()

  function release(query: Query): void {
    for (const undo of releases.get(query) ?? []) undo()
    releases.delete(query)
  }

  function review(query: Query): void {
    if (query.getObserversCount() === 0) release(query)
    else if (!releases.has(query)) {
      const rooms = roomsOf(query)
      if (rooms.length > 0) releases.set(query, rooms.map(want))
    }
  }

  return {
    review,

    onCacheEvent({ type, query }) {
      if (type === 'observerAdded' || type === 'observerRemoved') review(query)
      else if (type === 'removed') release(query)
    },

    clear() {
      for (const query of releases.keys()) release(query)
    },
  }
}
