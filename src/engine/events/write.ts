/**
 * What one batch of events does to a cache, written at once.
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
  readonly drop: (query: Query) => 'removed' | 'reset'
  /** The same, but for a first fetch, which somebody may await: it is followed by another one. */
  readonly remove: (query: Query) => 'removed' | 'reset' | 'invalidated'
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
  const patches = new Map<Query, Patch>()
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

  function drop(query: Query): 'removed' | 'reset' {
    removed.add(query)
    return query.getObserversCount() === 0 ? 'removed' : 'reset'
  }

  return {
    read(query) {
      const patch = patches.get(query)
      return patch === undefined ? query.state.data : patch.data
    },

    patch(query, data) {
      const patch = patches.get(query)
      if (patch === undefined) patches.set(query, { over: query.state.data, data })
      else patch.data = data
    },

    pass(query, event) {
      if (stampOf(query) !== undefined) addTo(passed, query, event)
    },

    owe(query, reason, event) {
      addTo(owed, query, [reason, event])
    },

    drop,

    remove(query) {
      if (!isFirstFetch(query)) return drop(query)
      addTo(owed, query, ['removal', undefined])
      return 'invalidated'
    },

    commit() {
      notifyOnce(() => {
        for (const [query, events] of passed) setStamp(query, stampPast(query, events))
        for (const [query, { over, data }] of patches) {
          if (removed.has(query)) continue
          // A subscriber has written it, told of another query of this batch: what that is, stays.
          if (query.state.data === over) attempt(() => writeState(query, { data }))
          else addTo(owed, query, ['repair', undefined])
        }
        for (const query of removed) attempt(() => takeOut(cache, tracker, query))
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

interface Patch {
  /** What it was made from. */
  readonly over: unknown
  data: unknown
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

function isFirstFetch({ state }: Query): boolean {
  return state.data === undefined && state.fetchStatus !== 'idle'
}

function takeOut(cache: QueryCache, tracker: QueryTracker, query: Query): void {
  if (query.getObserversCount() === 0) {
    cache.remove(query)
    return
  }
  // A first fetch has nothing on the screen that must go, and is never cancelled.
  if (query.state.data !== undefined) query.reset()
  tracker.owe(query, 'removal')
}
