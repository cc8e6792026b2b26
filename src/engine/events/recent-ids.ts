/** Remembers the last so many ids, to know an event that arrives again. */

export interface RecentIds {
  /** Whether the id is new; it is not, from now on. */
  readonly add: (id: string) => boolean
}

export function createRecentIds(limit: number): RecentIds {
  const ids = new Set<string>()
  return {
    add(id) {
      if (ids.has(id)) return false
      ids.add(id)
      // A Set yields its oldest member first.
      if (ids.size > limit) ids.delete(ids.values().next().value ?? '')
      return true
    },
  }
}
