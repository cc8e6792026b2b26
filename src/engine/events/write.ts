/**
 * The only place that changes a query: what one batch of events does to a cache, written at once.
 *
 * `setQueryData` would mark the query fresh, cancel an invalidation, heal an error and copy rows
 * that merely moved. `Query.setState` does none of that: it replaces the data and nothing else.
 */

import type { Query, QueryCache } from '@tanstack/query-core'
import { SyncError, type OnError } from '../../errors.ts'
import { writeState } from '../fetches/query-hooks.ts'
import type { QueryTracker } from '../fetches/query-tracker.ts'
import type { DebtReason } from '../fetches/refetch-scheduler.ts'
import { setStamp, stampAfter, stampOf } from '../stamps/query-stamp.ts'
import type { EventPosition, Stamp } from '../../stamp.ts'

export interface Batch {
  /** The data with this batch's changes. */
  readonly read: (query: Query) => unknown
  /** Replaces the data; status, error, `dataUpdatedAt` and `isInvalidated` stay as they are. */
  readonly patch: (query: Query, data: unknown) => void
  /** Says that the event has been applied to the query's data, whether that changed it or not. */
  readonly pass: (query: Query, event: EventPosition | undefined) => void
  /** Marks the query stale and has it refetched when it is looked at: for this event, if for one. */
  readonly owe: (query: Query, reason: DebtReason, event?: EventPosition) => void
  /**
   * Drops the query. One with observers is reset and refetched instead: they would go on painting
   * what they have, for nothing tells them that their query has left the cache.
   */
  readonly remove: (query: Query) => 'removed' | 'reset'
  /** Writes it all: one write per query, one notification for all of them. */
  readonly commit: () => void
}

export interface BatchOptions {
  readonly cache: QueryCache
  readonly tracker: QueryTracker
  /** Tells the observers of all that `run` changes at once. */
  readonly notifyOnce: (run: () => void) => void
  readonly onError: OnError
}

export function createBatch({ cache, tracker, notifyOnce, onError }: BatchOptions): Batch {
  const patches = new Map<Query, unknown>()
  const passed = new Map<Query, (EventPosition | undefined)[]>()
  const owed = new Map<Query, [reason: DebtReason, event: EventPosition | undefined][]>()
  const removed = new Set<Query>()

  /** A subscriber of the application that throws must not keep other queries from the event. */
  function attempt(change: () => void): void {
    try {
      change()
    } catch (cause) {
      onError(subscriberFailed(cause))
    }
  }

  return {
    read: (query) => (patches.has(query) ? patches.get(query) : query.state.data),

    patch(query, data) {
      patches.set(query, data)
    },

    pass(query, event) {
      if (stampOf(query) !== undefined) addTo(passed, query, event)
    },

    owe(query, reason, event) {
      addTo(owed, query, [reason, event])
    },

    remove(query) {
      removed.add(query)
      return query.getObserversCount() === 0 ? 'removed' : 'reset'
    },

    commit() {
      notifyOnce(() => {
        for (const [query, events] of passed) setStamp(query, stampPast(query, events))
        for (const [query, data] of patches) {
          if (!removed.has(query)) attempt(() => writeState(query, { data }))
        }
        for (const query of removed) attempt(() => drop(cache, tracker, query))
        for (const [query, reasons] of owed) {
          if (removed.has(query)) continue
          for (const [reason, event] of reasons) {
            attempt(() => tracker.owe(query, reason, event))
          }
        }
      })
    },
  }
}

function addTo<Value>(map: Map<Query, Value[]>, query: Query, value: Value): void {
  const values = map.get(query)
  if (values === undefined) map.set(query, [value])
  else values.push(value)
}

/** The stamp moves on before the data is written: whoever is told of the write sees both. */
function stampPast(
  query: Query,
  events: readonly (EventPosition | undefined)[],
): Stamp | undefined {
  for (const event of events) if (event) (event.appliedTo ??= new Set()).add(query)
  return stampAfter(stampOf(query), events)
}

function subscriberFailed(cause: unknown): SyncError {
  return new SyncError({
    code: 'subscriber-failed',
    problem: `A subscriber of the query cache threw ${String(cause)}.`,
    remedy: 'It is not one of this library; the event was applied all the same. See `cause`.',
    subject: String(cause),
    cause,
  })
}

function drop(cache: QueryCache, tracker: QueryTracker, query: Query): void {
  if (query.getObserversCount() === 0) {
    cache.remove(query)
    return
  }
  // A first fetch has nothing on the screen that must go, and is never cancelled.
  if (query.state.data !== undefined) query.reset()
  tracker.owe(query, 'removal')
}
