/**
 * Follows each query through its fetches, so that no event gets lost between event and response.
 *
 *            event: journalled              event: applied at once
 *   idle ──────── fetch ────────▶ fetching ──── response ────▶ idle     rebased, debts settled
 *     ▲                              │
 *     └──── revert, error, reset ────┘                                  journal put over a revert
 *
 * A full fetch settles the debts incurred before it started; a page fetch settles none. What
 * somebody else writes is either an edit (by hand: trusted, never undone by a replay) or a
 * snapshot of unknown age (hydration, another tab: refetched, unless it brings nothing new).
 */

import type { Query, QueryCacheNotifyEvent } from '@tanstack/query-core'
import { createListMemory } from '../../application.ts'
import { isEqual } from '../../equal.ts'
import type { Clock } from '../../clock.ts'
import { createFetchJournal, type JournalEntry } from './fetch-journal.ts'
import { withoutTornRows } from './graft-page.ts'
import { writeState, type Intercepted } from './query-hooks.ts'
import { hasPages } from '../queries/query-key.ts'
import { isRefusal } from './is-refusal.ts'
import { rebase, type Rebased } from './rebase.ts'
import { rebasePage } from './rebase-page.ts'
import type { DebtReason, RefetchScheduler } from './refetch-scheduler.ts'
import { createTicks, type FetchInFlight, type TrackedQuery } from './tracked-query.ts'

export interface QueryTracker {
  /** What is remembered of a query, to be read and added to. */
  readonly track: (query: Query) => TrackedQuery
  /** Keeps an event for the fetch under way, if there is one. */
  readonly journal: (query: Query, entry: JournalEntry) => void
  /**
   * From when on the query does not know what happened: when the fetch started that brought its
   * data, or is about to. Undefined for a query that has none and asks for none.
   */
  readonly knowsUntil: (query: Query) => number | undefined
  /** Drops the fetch under way and what is owed: the query is to hold nothing any more. */
  readonly forsake: (query: Query) => void
  /** Owes a refetch that says whether the data may still be seen: if it is refused, it goes. */
  readonly suspect: (query: Query, reason: DebtReason) => void
  /** Marks the query stale, and sees to it that a fetch starts after now. */
  readonly owe: (query: Query, reason: DebtReason) => void
  readonly onCacheEvent: (event: QueryCacheNotifyEvent) => void
  readonly onResponse: (query: Query, data: unknown) => Intercepted<unknown>
  readonly onManualWrite: (query: Query) => void
  readonly onForeignState: (
    query: Query,
    state: Partial<Query['state']>,
  ) => Intercepted<Partial<Query['state']>>
  readonly onHydratedPromise: (query: Query) => void
  /** Takes up a query that was in the cache before the engine. */
  readonly adopt: (query: Query) => void
}

export interface QueryTrackerOptions {
  readonly clock: Clock
  readonly scheduler: RefetchScheduler
  /** Whether any rule changes this query; others are none of the engine's business. */
  readonly isMeant: (query: Query) => boolean
}

export function createQueryTracker(options: QueryTrackerOptions): QueryTracker {
  const { clock, scheduler, isMeant } = options
  const tick = createTicks()
  const tracked = new WeakMap<Query, TrackedQuery>()
  const promisesOfUnknownAge = new WeakSet<Query>()

  function track(query: Query): TrackedQuery {
    const known = tracked.get(query)
    if (known !== undefined) return known
    const made: TrackedQuery = {
      query,
      fetch: undefined,
      debt: undefined,
      isSuspect: false,
      fetchedAt: undefined,
      pagedAt: undefined,
      ...createListMemory(),
    }
    tracked.set(query, made)
    return made
  }

  function owe(query: Query, reason: DebtReason): void {
    track(query).debt = { since: tick() }
    query.invalidate()
    scheduler.owe(query, reason)
  }

  function startFetch(query: Query, direction: FetchInFlight['direction']): void {
    const { data } = query.state
    track(query).fetch = {
      startedAt: tick(),
      at: clock.now(),
      direction,
      base: data,
      revertData: data,
      journal: createFetchJournal(),
      isOfUnknownAge: promisesOfUnknownAge.delete(query),
    }
  }

  function endFetch(query: Query): FetchInFlight | undefined {
    const known = tracked.get(query)
    const fetch = known?.fetch
    if (known !== undefined) known.fetch = undefined
    return fetch
  }

  /** What a response becomes; `isFull` if it replaces all that the query holds. */
  function rebaseResponse(query: Query, data: unknown, fetch: FetchInFlight): Rebased {
    const { hasOverflowed } = fetch.journal
    const entries = fetch.journal.entries.filter((entry) => !entry.isInResponse)
    const isUnproven = hasOverflowed || fetch.isOfUnknownAge
    const memory = track(query)
    const page = rebasePage({ query, data, fetch, entries, memory })
    if (page) return { ...page, isUnproven: page.isUnproven || isUnproven }
    Object.assign(memory, createListMemory())
    const whole = hasPages(data) ? withoutTornRows(data) : data
    const previous = fetch.base
    const rebased = rebase({ query, data: whole, entries, memory, previous })
    return { ...rebased, isUnproven: rebased.isUnproven || isUnproven }
  }

  function afterResponse(
    query: Query,
    { direction, startedAt, at, isOfUnknownAge }: FetchInFlight,
    { isUnproven, isInvalidated }: { isUnproven: boolean; isInvalidated: boolean },
  ): void {
    const known = track(query)
    const isFull = direction === undefined
    if (isFull) {
      known.fetchedAt = isOfUnknownAge ? undefined : at
      known.pagedAt = undefined
    } else known.pagedAt = at
    scheduler.forgive(query)
    if (isFull && known.debt !== undefined && known.debt.since < startedAt) {
      known.debt = undefined
      known.isSuspect = false
    }
    if (isUnproven) owe(query, 'repair')
    else if (known.debt !== undefined) reopen(query)
    // To TanStack a page makes the whole query fresh, which it is not.
    else if (!isFull && isInvalidated) owe(query, 'cancel')
    else scheduler.settle(query)
  }

  /** TanStack has just called the query fresh; its debt says it is not. */
  function reopen(query: Query): void {
    query.invalidate()
    scheduler.review(query)
  }

  function onFailedFetch(query: Query, isRevert: boolean): void {
    const fetch = endFetch(query)
    if (isRevert && fetch !== undefined) {
      // The oldest versions revert without `setState`: the old data is there already.
      const { data, isUnproven } = rebaseReverted(query, query.state.data, fetch)
      if (data !== query.state.data) writeState(query, { data })
      afterCancel(query, isUnproven)
    } else if (tracked.get(query)?.debt !== undefined) scheduler.owe(query, 'error')
    const known = tracked.get(query)
    if (!isRevert && known?.isSuspect && isRefusal(query.state.error)) {
      writeState(query, { data: undefined })
    }
  }

  /** The data a cancelled fetch goes back to, with the events since. */
  function rebaseReverted(query: Query, data: unknown, { journal }: FetchInFlight): Rebased {
    const entries = journal.sinceRevertPoint()
    return rebase({ query, data, entries, memory: track(query) })
  }

  /** The fetch that is cancelled may be the one that was to make up for an invalidation. */
  function afterCancel(query: Query, isUnproven: boolean): void {
    const isAwaited = tracked.get(query)?.debt !== undefined || query.state.isInvalidated
    if (isUnproven || isAwaited) owe(query, 'cancel')
  }

  function onUpdated(event: Extract<QueryCacheNotifyEvent, { type: 'updated' }>): void {
    const { action } = event
    // The cache types its queries' data as any; here it is unknown.
    const query: Query = event.query
    if (action.type === 'fetch') {
      if (isMeant(query)) startFetch(query, action.meta?.fetchMore?.direction)
    } else if (action.type === 'error') {
      onFailedFetch(query, isRevertError(action.error))
    }
  }

  return {
    track,
    owe,

    journal(query, entry) {
      tracked.get(query)?.fetch?.journal.record(entry)
    },

    knowsUntil(query) {
      const known = tracked.get(query)
      // What nobody saw being fetched is as old as the page.
      const held = query.state.data === undefined ? Infinity : (known?.fetchedAt ?? 0)
      const until = Math.min(held, known?.fetch?.at ?? Infinity)
      return until === Infinity ? undefined : until
    },

    suspect(query, reason) {
      owe(query, reason)
      track(query).isSuspect = true
    },

    forsake(query) {
      endFetch(query)
      track(query).debt = undefined
      scheduler.settle(query)
    },

    adopt(query) {
      const isFetching = query.state.fetchStatus !== 'idle'
      if (!isFetching) endFetch(query)
      else if (tracked.get(query)?.fetch === undefined && isMeant(query)) {
        // Its start was not seen; as far as anybody knows, it is as old as the page.
        startFetch(query, query.state.fetchMeta?.fetchMore?.direction)
      }
      scheduler.review(query)
    },

    onCacheEvent(event) {
      if (event.type === 'updated') onUpdated(event)
      else if (event.type === 'added') {
        const query: Query = event.query
        if (query.state.data !== undefined && isMeant(query)) owe(query, 'repair')
      } else if (event.type === 'removed') {
        tracked.delete(event.query)
        scheduler.forget(event.query)
      } else if (event.type === 'observerAdded' || event.type === 'observerOptionsUpdated') {
        scheduler.review(event.query)
      }
    },

    onResponse(query, data) {
      const fetch = endFetch(query)
      if (fetch === undefined) {
        // Nobody saw its fetch begin, so nobody knows what arrived since.
        return isMeant(query)
          ? { value: data, after: () => owe(query, 'repair') }
          : { value: data }
      }
      const { isInvalidated } = query.state
      const { data: value, isUnproven } = rebaseResponse(query, data, fetch)
      return { value, after: () => afterResponse(query, fetch, { isUnproven, isInvalidated }) }
    },

    onManualWrite(query) {
      const known = tracked.get(query)
      if (known?.fetch !== undefined) {
        known.fetch.revertData = query.state.data
        known.fetch.journal.markRevertPoint()
      }
      if (known?.debt !== undefined) reopen(query)
    },

    onForeignState(query, state) {
      const { data } = state
      const fetch = tracked.get(query)?.fetch
      const isEnd =
        state.fetchStatus === 'idle' && (data === undefined || data === fetch?.revertData)
      if (isEnd) endFetch(query)
      if (!('data' in state) || data === undefined || !isMeant(query)) {
        return { value: state, after: () => isEnd && afterCancel(query, false) }
      }
      if (isEnd && fetch !== undefined) {
        const reverted = rebaseReverted(query, data, fetch)
        const value = { ...state, data: reverted.data }
        return { value, after: () => afterCancel(query, reverted.isUnproven) }
      }
      // Another tab knows neither whether a fetch is under way here, nor what was invalidated here.
      const { fetchStatus, isInvalidated } = query.state
      const snapshot = { ...state, fetchStatus }
      if (isEqual(data, query.state.data)) {
        return { value: { ...snapshot, data: query.state.data, isInvalidated } }
      }
      return { value: snapshot, after: () => owe(query, 'repair') }
    },

    onHydratedPromise(query) {
      promisesOfUnknownAge.add(query)
    },
  }
}

function isRevertError(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'revert' in error && error.revert === true
  )
}
