/**
 * What the engine remembers of a query beside TanStack's own state. Most queries need none: it is
 * made when a fetch starts, when an event changes the query, or when a refetch is owed.
 */

import type { Query } from '@tanstack/query-core'
import type { ListMemory } from '../../application.ts'
import type { FetchJournal } from './fetch-journal.ts'

export interface TrackedQuery extends ListMemory {
  readonly query: Query
  /** The fetch under way. */
  fetch: FetchInFlight | undefined
  /** The refetch this query is owed. */
  debt: Debt | undefined
  /**
   * Its data may be of a room that was revoked: an error is the API's no, and the data goes.
   */
  isSuspect: boolean
  /** When the full fetch started that brought its data, on the clock; undefined if nobody saw it. */
  fetchedAt: number | undefined
  /** The same of the latest page that was added to it. */
  pagedAt: number | undefined
}

export interface FetchInFlight {
  /** When it started, in ticks. */
  readonly startedAt: number
  /** The same, on the clock. */
  readonly at: number
  /** Set for a page fetch, which reads one page and leaves the others as they are. */
  readonly direction: 'forward' | 'backward' | undefined
  /** The data as the fetch found it; what a page fetch adds its page to. */
  readonly base: unknown
  /** The data a cancel puts back: `base`, or what was written by hand since. */
  revertData: unknown
  readonly journal: FetchJournal
  /** The response was made before the fetch, and nobody knows when: a hydrated promise. */
  isOfUnknownAge: boolean
}

interface Debt {
  /** When it was last incurred, in ticks. Only a full fetch that started later ends it. */
  since: number
}

/** Counts what must be put in order: starts of fetches, and debts. */
export type Ticks = () => number

export function createTicks(): Ticks {
  let now = 0
  return () => ++now
}
