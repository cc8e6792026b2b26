/**
 * What can meet what: each is counted, so that a long run can say that it saw them all.
 */

export const TRANSITIONS = [
  'event during first fetch',
  'event during refetch',
  'event during next page',
  'event during previous page',
  'event while idle',
  'event while a mutation runs',
  'event that comes twice',
  'events in one packet',
  'event overtaken by a response that knows it',
  'event applied to a query without observers',
  'invalidation during first fetch',
  'invalidation during refetch',
  'invalidation during a page fetch',
  'removal of an observed query',
  'removal of an unobserved query',
  'removal during a fetch',
  'response after events',
  'page after events',
  'page dropped by maxPages',
  'no further page',
  'revert after events',
  'first fetch cancelled',
  'failed fetch after events',
  'failed first fetch',
  'reset during a fetch',
  'reset while idle',
  'query removed by hand during a fetch',
  'hydration during a fetch',
  'hydration while idle',
  'hydration of a new query',
  'state of another tab during a fetch',
  'state of another tab while idle',
  'optimistic edit during a fetch',
  'optimistic edit while idle',
  'rollback after events',
  'rule that throws',
  'restart during a fetch',
  'restart while idle',
  'second engine',
  'refetch paid by the engine',
  'wire cut',
  'wire cut without notice',
  'page woken up',
  'server restarted',
  'node restarted',
  'shared log flushed',
  'page ahead of its socket',
  'page rendered on a server',
  'room revoked while joined',
  'room revoked while away',
  'room granted again',
  'room left by the server',
  'room: joined',
  'room: nothing-missed',
  'room: replayed',
  'room: lost',
  'room: left',
  'room: refused',
  'room: revoked',
] as const

export type Transition = (typeof TRANSITIONS)[number]
export type Counts = Partial<Record<string, number>>

export function count(counts: Counts, name: string, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by
}

export function addUp(sum: Counts, counts: Counts): void {
  for (const [name, by] of Object.entries(counts)) count(sum, name, by)
}
