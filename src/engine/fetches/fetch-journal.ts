/**
 * The events that arrived for one query while it was fetching.
 *
 * They are applied at once, and put over the response when it comes: nobody can tell whether the
 * server read before or after them.
 */

import type { CompiledAction } from '../actions/compiled-action.ts'
import type { EventPosition } from '../../stamp.ts'

export interface JournalEntry {
  readonly compiled: CompiledAction
  /** The event's data, or UNREADABLE. */
  readonly event: unknown
  /** Whether it comes after events that were sent later. */
  readonly isLate?: boolean
  /** Whether the response knows it, for the fetch started later: kept for a cancel. */
  readonly isInResponse?: boolean
  /** Where the event is; undefined for one that is in no log. */
  readonly position?: EventPosition | undefined
  /** Whether only a stamp can say that the response does not know it; without one, it does. */
  readonly isForStamp?: boolean
}

export interface FetchJournal {
  readonly entries: readonly JournalEntry[]
  /** Whether events were forgotten, because there were too many. */
  readonly hasOverflowed: boolean
  readonly record: (entry: JournalEntry) => void
  /** Notes that the data as it is now is what a cancelled fetch goes back to. */
  readonly markRevertPoint: () => void
  /** The events since then. */
  readonly sinceRevertPoint: () => readonly JournalEntry[]
}

/** How many events one fetch may see before the oldest are forgotten. */
const JOURNAL_LIMIT = 2000

export function createFetchJournal(limit: number = JOURNAL_LIMIT): FetchJournal {
  let entries: JournalEntry[] = []
  let revertPoint = 0
  let hasOverflowed = false
  return {
    get entries() {
      return entries
    },
    get hasOverflowed() {
      return hasOverflowed
    },
    record(entry) {
      if (entries.length >= limit) {
        // By halves: dropping them one by one would copy the whole journal for each event.
        const dropped = Math.ceil(limit / 2)
        entries = entries.slice(dropped)
        revertPoint = Math.max(0, revertPoint - dropped)
        hasOverflowed = true
      }
      entries.push(entry)
    },
    markRevertPoint() {
      revertPoint = entries.length
    },
    sinceRevertPoint: () => entries.slice(revertPoint),
  }
}
