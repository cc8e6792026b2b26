/** Remembers the last so many ids, to know an event that arrives again. */

export interface RecentIds {
  /** Whether the id is new; it is not, from now on. */
  readonly add: (id: string) => boolean
  readonly has: (id: string) => boolean
}

/** @param limit - how many are remembered at least; twice that at most */
export function createRecentIds(limit: number): RecentIds {
  let older = new Set<string>()
  let ids = new Set<string>()
  const has = (id: string) => ids.has(id) || older.has(id)
  return {
    has,

    add(id) {
      if (has(id)) return false
      ids.add(id)
      // By halves: a set from which the oldest is taken for each that comes looks ever longer for it.
      if (ids.size >= limit) {
        older = ids
        ids = new Set()
      }
      return true
    },
  }
}
