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
  const wanted = new Map<Query, Map<string, () => void>>()

  function release(query: Query): void {
    for (const undo of wanted.get(query)?.values() ?? []) undo()
    wanted.delete(query)
  }

  function review(query: Query): void {
    const rooms = query.getObserversCount() === 0 ? [] : roomsOf(query)
    const before = wanted.get(query)
    if (rooms.length === 0) {
      release(query)
      return
    }
    // Those it still wants are named before others are let go.
    wanted.set(query, new Map(rooms.map((room) => [room, before?.get(room) ?? want(room)])))
    for (const [room, undo] of before ?? []) if (!rooms.includes(room)) undo()
  }

  return {
    review,

    onCacheEvent({ type, query }) {
      if (type === 'removed') release(query)
      else if (type === 'observerAdded' && !wanted.has(query)) review(query)
      else if (type === 'observerRemoved' && query.getObserversCount() === 0) release(query)
    },

    clear() {
      for (const query of wanted.keys()) release(query)
    },
  }
}
