/**
 * The only place that changes a query.
 *
 * `setQueryData` would mark the query fresh, cancel an invalidation, heal an error and copy rows
 * that merely moved. `Query.setState` does none of that: it replaces the data and nothing else.
 */

import type { Query, QueryCache } from '@tanstack/query-core'

/** Replaces the data; status, error, `dataUpdatedAt` and `isInvalidated` stay as they are. */
export function patch(query: Query, data: unknown): void {
  query.setState({ data })
}

/**
 * Drops the query. One with observers is reset instead, and owed a refetch: they would go on
 * painting what they have, for nothing tells them that their query has left the cache.
 */
export function remove(cache: QueryCache, query: Query): 'removed' | 'reset' {
  if (query.getObserversCount() === 0) {
    cache.remove(query)
    return 'removed'
  }
  query.reset()
  return 'reset'
}

/** Refetches what somebody looks at. A query that is stale alone waits for the next to look. */
export function refetchIfObserved(query: Query): void {
  if (!query.isActive() || isStatic(query)) return
  query.fetch(undefined, { cancelRefetch: true }).catch(() => {
    // The error is in the query's state, where its observers see it.
  })
}

/** `staleTime: 'static'` is newer than the oldest TanStack Query this runs on. */
function isStatic(query: Partial<Query>): boolean {
  return query.isStatic?.() ?? false
}
