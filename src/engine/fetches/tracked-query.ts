/**
 * What the engine remembers of a query beside TanStack's own state. Most queries need none: it is
 * made when a fetch starts, when an event changes the query, or when a refetch is owed.
 */

import type { Query } from '@tanstack/query-core'
import type { ListMemory } from '../../application.ts'
import type { Debt } from './debt.ts'
import type { FetchJournal } from './fetch-journal.ts'

export interface TrackedQuery extends ListMemory {
  readonly query: Query
  /** The fetch under way. */
  fetch: FetchInFlight | undefined
  /** The refetch this query is owed. */
  debt: Debt | undefined
  /** Whether its data is a snapshot whose stamp may turn out to be proof enough. */
  isProvisional: boolean
  /**
   * Its data may be of a room that was revoked: an error is the API's no, and the data goes.
   */
  isSuspect: boolean
  /** Whether its last full response had a row on two pages. */
  hadTwins: boolean
  /** When the full fetch started that brought its data, on the clock; undefined if nobody saw it. */
  fetchedAt: number | undefined
  /** The same of the latest page that was added to it. */
  pagedAt: number | undefined
  /** Whether an answer of its came with an exact stamp: then its closures may count on that. */
  hasExactAnswers: boolean
  /** When the stamp of its data was known here, on the clock: its heads are older than that. */
  stampedAt: number
}

export interface FetchInFlight {
  /** When it started, in ticks. */
  readonly startedAt: number
  /** The same, on the clock. */
  readonly at: number
  /** What happened before this moment, on the clock, is in its response; earlier than `at` by `readLagMs`. */
  readonly knowsFrom: number
  /** How many answers there had been. */
  readonly answers: number
  /** Set for a page fetch, which reads one page and leaves the others as they are. */
  readonly direction: 'forward' | 'backward' | undefined
  /** The data as the fetch found it; what a page fetch adds its page to. */
  readonly base: unknown
  /** The data a cancel puts back: `base`, or what was written by hand since. */
  revertData: unknown
  readonly journal: FetchJournal
  /** The response was made before the fetch, and nobody knows when: a hydrated promise. */
  isOfUnknownAge: boolean
  /** Another snapshot stands where `base` was, so a page need not follow upon its pages. */
  isOverwritten: boolean
}

/** Counts what must be put in order: starts of fetches, and debts. */
export type Ticks = () => number

export function createTicks(): Ticks {
  let now = 0
  return () => ++now
}
