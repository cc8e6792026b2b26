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
 * snapshot, of unknown age unless it has a stamp (see snapshots.ts).
 */

import { hasPages } from '../../updaters/list.ts'
import type { Query, QueryCacheNotifyEvent } from '@tanstack/query-core'
import { createListMemory } from '../../application.ts'
import type { Clock } from '../../clock.ts'
import { isEqual } from '../../equal.ts'
import { common, type EventPosition, type Stamp } from '../../stamp.ts'
import { countAnswers, stampOfAnswer, stampOfData } from '../stamps/stamp-memory.ts'
import {
  isOfTwoLives,
  setStamp,
  stampByHand,
  stampInState,
  stampOf,
  stampOfResponse,
  stampOfSnapshot,
  stateWith,
} from '../stamps/query-stamp.ts'
import { createRecentIds } from '../events/recent-ids.ts'
import { addDebt, isPaid } from './debt.ts'
import { eventsAfterRevert, eventsSince, type EventHistory } from './events-since.ts'
import { createFetchJournal, type JournalEntry } from './fetch-journal.ts'
import { findNewPage, withoutTornRows, type RowIdentity } from './graft-page.ts'
import { writeState, type Intercepted, type InterceptedResponse } from './query-hooks.ts'
import { trpcKeys } from '../queries/trpc-keys.ts'
import { isRefusal } from './is-refusal.ts'
import { rebase, type Rebased } from './rebase.ts'
import { hasPositions } from './positions.ts'
import { rebasePage } from './rebase-page.ts'
import type { DebtReason, RefetchScheduler } from './refetch-scheduler.ts'
import { createSnapshots, type Coverage } from './snapshots.ts'
import { createTicks, type FetchInFlight, type TrackedQuery } from './tracked-query.ts'

export interface QueryTracker {
  /** Whether anything is remembered of a query. */
  readonly isTracked: (query: Query) => boolean
  /** What is remembered of a query, to be read and added to. */
  readonly track: (query: Query) => TrackedQuery
  /** Counts what must be put in order. */
  readonly tick: () => number
  /** Keeps an event for the fetch under way, if there is one. */
  readonly journal: (query: Query, entry: JournalEntry) => void
  /**
   * From when on the query does not know what happened: when the fetch started that brought its
   * data, or is about to. Undefined for a query that has none and asks for none.
   */
  readonly knowsUntil: (query: Query) => number | undefined
  /**
   * From which moment on the query needs what happened, where it is not refetched anyway; Infinity
   * for one that needs nothing.
   */
  readonly asksFrom: (query: Query) => number
  /** What is read now may not know events from here on; undefined where reads do not lag. */
  readonly readsFrom: () => number | undefined
  /** Drops the fetch under way and what is owed: the query is to hold nothing any more. */
  readonly forsake: (query: Query) => void
  /** Owes a refetch that says whether the data may still be seen: if it is refused, it goes. */
  readonly suspect: (query: Query, reason: DebtReason) => void
  /** Marks the query stale, and sees to it that a fetch starts after now, or knows this event. */
  readonly owe: (query: Query, reason: DebtReason, event?: EventPosition) => void
  readonly onCacheEvent: (event: QueryCacheNotifyEvent) => void
  readonly onResponse: (query: Query, data: unknown) => InterceptedResponse
  readonly onManualWrite: (query: Query, data: unknown) => Omit<InterceptedResponse, 'value'>
  readonly onForeignState: (
    query: Query,
    state: Partial<Query['state']>,
  ) => Intercepted<Partial<Query['state']>>
  readonly onReset: (query: Query) => () => void
  readonly onHydratedPromise: (query: Query) => void
  /**
   * Takes up a query that was in the cache before the engine.
   *
   * @param isLate - whether events that the rules apply to it may have come and gone
   */
  readonly adopt: (query: Query, isLate: boolean) => void
  /** Forgets queries that have left the cache while nobody followed it. */
  readonly sweep: (isGone: (query: Query) => boolean) => void
  /** Nobody follows the cache from now on. */
  readonly leave: (queries: readonly Query[]) => void
  /** Looks whether snapshots have proven complete: rooms have been joined, or caught up. */
  readonly reviewSnapshots: () => void
}

export interface QueryTrackerOptions {
  readonly clock: Clock
  readonly scheduler: RefetchScheduler
  /** Whether any rule changes this query; others are none of the engine's business. */
  readonly isMeant: (query: Query) => boolean
  /** How far a read may lag behind what has happened. */
  readonly readLagMs: number
  readonly history: EventHistory
  readonly rowIdOf: (query: Query) => RowIdentity
  /** Whether a snapshot with this stamp misses nothing. */
  readonly coverageOf: (query: Query, stamp: Stamp) => Coverage
}

export function createQueryTracker(options: QueryTrackerOptions): QueryTracker {
  const { clock, scheduler, isMeant, readLagMs, history, coverageOf } = options
  const tick = createTicks()
  const tracked = new WeakMap<Query, TrackedQuery>()
  const promisesOfUnknownAge = new WeakSet<Query>()
  /** What queries were when the last engine left. */
  const left = new WeakMap<Query, LeftQuery>()
  /** When queries that no rule meant were last asked for, on the clock. */
  const strangersAskedAt = new WeakMap<Query, number>()
  /** The hashes of queries that have had an exact answer: some are collected, and asked again. */
  const exactlyAnswered = createRecentIds(500)
  const snapshots = createSnapshots({
    scheduler,
    history,
    coverageOf,
    track,
    noteStamp,
    suspect,
  })

  function track(query: Query): TrackedQuery {
    const known = tracked.get(query)
    if (known !== undefined) return known
    const made: TrackedQuery = {
      query,
      fetch: undefined,
      debt: undefined,
      isProvisional: false,
      isSuspect: false,
      hadTwins: false,
      fetchedAt: undefined,
      pagedAt: undefined,
      hasExactAnswers: exactlyAnswered.has(query.queryHash),
      stampedAt: 0,
      ...createListMemory(),
    }
    tracked.set(query, made)
    return made
  }

  /** The stamp of an answer to the query that is known from now on. */
  function noteStamp(query: Query, stamp: Stamp | undefined): void {
    const known = track(query)
    known.stampedAt = clock.now()
    if (stamp?.x !== 1) return
    known.hasExactAnswers = true
    exactlyAnswered.add(query.queryHash)
  }

  function owe(query: Query, reason: DebtReason, event?: EventPosition): void {
    const known = track(query)
    known.debt = addDebt(known.debt, { since: tick(), at: clock.now() }, event)
    known.isProvisional = false
    query.invalidate()
    scheduler.owe(query, reason)
  }

  function suspect(query: Query, reason: DebtReason): void {
    owe(query, reason)
    track(query).isSuspect = true
  }

  /** @param from - when it started, on the clock, if that was before now; 0 where nobody knows */
  function startFetch(query: Query, from = clock.now()): void {
    const { data, fetchMeta } = query.state
    const direction = fetchMeta?.fetchMore?.direction
    track(query).fetch = {
      startedAt: tick(),
      at: clock.now(),
      knowsFrom: from - readLagMs,
      answers: countAnswers(),
      direction,
      base: data,
      revertData: data,
      journal: createFetchJournal(),
      isOfUnknownAge: promisesOfUnknownAge.delete(query),
      isOverwritten: false,
    }
  }

  function endFetch(query: Query): FetchInFlight | undefined {
    const known = tracked.get(query)
    const fetch = known?.fetch
    if (known !== undefined) known.fetch = undefined
    return fetch
  }

  /** What a response becomes; `isFull` if it replaces all that the query holds. */
  function rebaseResponse(
    query: Query,
    data: unknown,
    fetch: FetchInFlight,
  ): Stamped & { readonly own: Stamp | undefined } {
    const own = fetch.isOfUnknownAge ? undefined : stampOfRead(query, data, fetch)
    const { entries, isExact, ...since } = eventsSince(query, fetch, own, history)
    const isUnproven = fetch.journal.hasOverflowed || fetch.isOfUnknownAge || since.isUnproven
    const memory = track(query)
    const held = stampOf(query)
    const idOf = options.rowIdOf(query)
    const page = rebasePage({ query, data, fetch, entries, memory, idOf })
    if (page) {
      const isNew = page.data !== query.state.data
      const stamp = isNew ? held && since.stamp && common(held, since.stamp) : held
      return { ...page, isUnproven: page.isUnproven || isUnproven, stamp, own }
    }
    Object.assign(memory, createListMemory())
    const whole = hasPages(data) ? withoutTornRows(data, idOf) : data
    const rebased = rebase({
      query,
      data: whole,
      entries,
      memory,
      previous: fetch.base,
      // What goes over it by its stamp may be older than what there was, too.
      isLagging: own !== undefined || fetch.knowsFrom < fetch.at,
      isExact,
    })
    const hasTwins = whole !== data
    // Twice in a row: its pages overlap on the server, and reading them again would not mend that.
    const isTorn = (memory.isShifted || (hasTwins && !memory.hadTwins)) && hasPositions(data)
    memory.hadTwins = hasTwins
    return {
      ...rebased,
      isUnproven: rebased.isUnproven || isUnproven || isTorn,
      stamp: since.stamp,
      own,
    }
  }

  function afterResponse(
    query: Query,
    fetch: FetchInFlight,
    { isUnproven, isInvalidated, stamp }: ResponseVerdict,
  ): void {
    const { direction, at, knowsFrom, isOfUnknownAge } = fetch
    const known = track(query)
    const isFull = direction === undefined
    noteStamp(query, stamp)
    if (isFull) {
      known.fetchedAt = isOfUnknownAge ? undefined : knowsFrom
      known.pagedAt = undefined
      known.isProvisional = false
    } else known.pagedAt = at
    scheduler.forgive(query)
    if (isFull && known.debt !== undefined && isPaid(known.debt, fetch, stamp)) {
      known.debt = undefined
      known.isSuspect = false
    }
    if (isUnproven) owe(query, 'repair')
    else if (known.debt !== undefined) reopen(query)
    // To TanStack a page makes the whole query fresh, which it is not.
    else if (!isFull && isInvalidated) owe(query, 'cancel')
    else if (!known.isProvisional) scheduler.settle(query)
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
      const reverted = rebaseReverted(query, query.state.data, fetch, stampOf(query))
      setStamp(query, reverted.stamp)
      if (reverted.data !== query.state.data) writeState(query, { data: reverted.data })
      afterCancel(query, reverted.isUnproven)
    } else if (isOwed(query)) scheduler.owe(query, 'error')
    const known = tracked.get(query)
    if (!isRevert && known?.isSuspect && isRefusal(query.state.error)) {
      writeState(query, { data: undefined })
    }
  }

  function isOwed(query: Query): boolean {
    const known = tracked.get(query)
    return known?.debt !== undefined || known?.isProvisional === true
  }

  /** The data a cancelled fetch goes back to, with the events since. */
  function rebaseReverted(
    query: Query,
    data: unknown,
    fetch: FetchInFlight,
    held: Stamp | undefined,
  ): Stamped {
    const { entries, isExact, stamp } = eventsAfterRevert(fetch, held)
    return { ...rebase({ query, data, entries, memory: track(query), isExact }), stamp }
  }

  /** The fetch that is cancelled may be the one that was to make up for an invalidation. */
  function afterCancel(query: Query, isUnproven: boolean): void {
    const isAwaited = tracked.get(query)?.debt !== undefined || query.state.isInvalidated
    if (isUnproven || isAwaited) owe(query, 'cancel')
  }

  /** Data that is there, and that nobody here has seen coming. */
  function takeSnapshot(query: Query): void {
    const stamp = stampOfSnapshot(query.state)
    if (stamp === undefined) {
      setStamp(query, undefined)
      owe(query, 'repair')
      return
    }
    const taken = snapshots.take(query, query.state, stamp)
    setStamp(query, taken.stamp)
    if (taken.data !== query.state.data) writeState(query, { data: taken.data })
    taken.after()
  }

  function takeUp(query: Query, isLate: boolean): void {
    const { data, fetchStatus } = query.state
    const before = left.get(query)
    left.delete(query)
    const isAnother = before !== undefined && before.data !== data
    if (data !== undefined) {
      const isNew = isAnother || !tracked.has(query)
      if (isNew && stampInState(query.state) !== undefined) takeSnapshot(query)
      else if (isAnother || isLate) owe(query, 'repair')
      else if (isNew) setStamp(query, stampOfResponse(data))
      if (isNew && stampOf(query) !== undefined) track(query).stampedAt = clock.now()
    }
    const isSameFetch = before === undefined || before.promise === query.promise
    if (fetchStatus === 'idle' || !isSameFetch) {
      // Its response may have come, with nothing put over it.
      if (endFetch(query) !== undefined) owe(query, 'repair')
    }
    if (fetchStatus !== 'idle' && tracked.get(query)?.fetch === undefined) {
      // Its start was not seen; as far as anybody knows, it is as old as the page.
      startFetch(query, strangersAskedAt.get(query) ?? before?.at ?? 0)
    }
  }

  /** Whether nothing was delivered that data with this stamp does not know. */
  function isUpToDate(query: Query, stamp: Stamp): boolean {
    const { entries, isIncomplete } = history.unknownTo(query, stamp, Infinity)
    return entries.length === 0 && !isIncomplete
  }

  function onUpdated(event: Extract<QueryCacheNotifyEvent, { type: 'updated' }>): void {
    const { action } = event
    // The cache types its queries' data as any; here it is unknown.
    const query: Query = event.query
    if (action.type === 'fetch') {
      if (isMeant(query)) startFetch(query)
      else strangersAskedAt.set(query, clock.now())
    } else if (action.type === 'error') {
      onFailedFetch(query, isRevertError(action.error))
    }
  }

  return {
    isTracked: (query) => tracked.has(query),
    track,
    tick,
    owe,
    suspect,
    reviewSnapshots: snapshots.review,

    journal(query, entry) {
      tracked.get(query)?.fetch?.journal.record(entry)
    },

    knowsUntil(query) {
      const known = tracked.get(query)
      // What nobody saw being fetched is as old as the page.
      const held = query.state.data === undefined ? Infinity : (known?.fetchedAt ?? 0)
      const until = Math.min(held, known?.fetch?.knowsFrom ?? Infinity)
      return until === Infinity ? undefined : until
    },

    asksFrom(query) {
      const known = tracked.get(query)
      const asked = known?.fetch?.knowsFrom ?? Infinity
      const isRefetched = known?.fetchedAt === undefined && known?.debt !== undefined
      if (query.state.data === undefined || isRefetched) return asked
      return Math.min(known?.fetchedAt ?? 0, asked)
    },

    readsFrom: () => (readLagMs > 0 ? clock.now() - readLagMs : undefined),

    forsake(query) {
      endFetch(query)
      const known = track(query)
      known.debt = undefined
      known.isProvisional = false
      scheduler.settle(query)
    },

    adopt(query, isLate) {
      if (isMeant(query)) takeUp(query, isLate)
      scheduler.review(query)
    },

    sweep(isGone) {
      snapshots.sweep(isGone)
      scheduler.sweep(isGone)
    },

    leave(queries) {
      const at = clock.now()
      for (const query of queries) {
        if (isMeant(query))
          left.set(query, { at, data: query.state.data, promise: query.promise })
      }
    },

    onCacheEvent(event) {
      if (event.type === 'updated') onUpdated(event)
      else if (event.type === 'added') {
        const query: Query = event.query
        if (query.state.data !== undefined && isMeant(query)) takeSnapshot(query)
      } else if (event.type === 'removed') {
        tracked.delete(event.query)
        snapshots.forget(event.query)
        scheduler.forget(event.query)
      } else if (event.type === 'observerAdded' || event.type === 'observerOptionsUpdated') {
        scheduler.review(event.query)
      }
    },

    onResponse(query, data) {
      const fetch = endFetch(query)
      if (fetch === undefined) {
        // Nobody saw its fetch begin, so nobody knows what arrived since.
        return {
          value: data,
          stamp: undefined,
          ...(isMeant(query) && { after: () => owe(query, 'repair') }),
        }
      }
      // An older page may not know events that are known to have happened: what is there does.
      const isFull = fetch.direction === undefined
      if (isFull && query.state.data !== undefined && isOfTwoLives(data)) {
        const value = query.state.data
        return { value, stamp: stampOf(query), after: () => owe(query, 'repair') }
      }
      const { isInvalidated } = query.state
      const { data: value, stamp, own, isUnproven } = rebaseResponse(query, data, fetch)
      const after = () => afterResponse(query, fetch, { isUnproven, isInvalidated, stamp: own })
      return { value, stamp, after }
    },

    onManualWrite(query, data) {
      const isChanged = data !== query.state.data
      const held = isChanged ? stampByHand(query) : stampOf(query)
      const written = isMeant(query) ? stampOfData(data) : undefined
      // An answer of a while ago, as what a failed mutation goes back to: there have been events since.
      const isOlder = isChanged && written !== undefined && !isUpToDate(query, written)
      const own = isOlder ? { ...written, h: 1 as const } : (written ?? held)
      const stamp = isMeant(query) ? own : undefined
      const after = () => {
        if (isOlder) owe(query, 'repair')
        const known = tracked.get(query)
        if (known?.fetch !== undefined) {
          known.fetch.revertData = query.state.data
          known.fetch.journal.markRevertPoint()
        }
        if (known?.debt !== undefined) reopen(query)
      }
      return { stamp, after }
    },

    onForeignState(query, state) {
      const { data, dataUpdatedAt = query.state.dataUpdatedAt } = state
      const fetch = tracked.get(query)?.fetch
      const isEnd =
        state.fetchStatus === 'idle' && (data === undefined || data === fetch?.revertData)
      if (isEnd) endFetch(query)
      if (!('data' in state) || data === undefined || !isMeant(query)) {
        const value = 'data' in state ? { ...stateWith(undefined, 0), ...state } : state
        // A persister that has answered a fetch from storage says so: the answer is older than it seemed.
        const isStored = !('data' in state) && dataUpdatedAt < query.state.dataUpdatedAt
        if (isStored && isMeant(query)) {
          track(query).fetchedAt = undefined
          return { value, after: () => owe(query, 'repair') }
        }
        return { value, after: () => isEnd && afterCancel(query, false) }
      }
      const stamp = stampInState({ ...state, dataUpdatedAt })
      if (isEnd && fetch !== undefined) {
        const reverted = rebaseReverted(query, data, fetch, stamp)
        return {
          value: {
            ...state,
            data: reverted.data,
            ...stateWith(reverted.stamp, dataUpdatedAt),
          },
          after: () => afterCancel(query, reverted.isUnproven),
        }
      }
      // Another tab knows neither whether a fetch is under way here, nor what was invalidated here.
      const { fetchStatus, isInvalidated } = query.state
      const snapshot = { ...state, fetchStatus }
      if (isEqual(data, query.state.data)) {
        const own = stateWith(stampOf(query) ?? stamp, dataUpdatedAt)
        return { value: { ...snapshot, data: query.state.data, isInvalidated, ...own } }
      }
      if (stamp === undefined || stamp.h === 1) {
        const unstamped = { ...snapshot, ...stateWith(undefined, 0) }
        return { value: unstamped, after: () => owe(query, 'repair') }
      }
      if (fetch !== undefined) fetch.isOverwritten = true
      const taken = snapshots.take(query, state, stamp)
      return {
        value: { ...snapshot, data: taken.data, ...stateWith(taken.stamp, dataUpdatedAt) },
        after: taken.after,
      }
    },

    onReset(query) {
      endFetch(query)
      setStamp(query, undefined)
      return () => {
        // What it was given at first is of unknown age.
        if (query.state.data !== undefined && isMeant(query)) owe(query, 'repair')
      }
    },

    onHydratedPromise(query) {
      promisesOfUnknownAge.add(query)
    },
  }
}

interface LeftQuery {
  /** When that was, on the clock. */
  readonly at: number
  readonly data: unknown
  /** Of its last fetch. */
  readonly promise: Promise<unknown> | undefined
}

interface Stamped extends Rebased {
  readonly stamp: Stamp | undefined
}

interface ResponseVerdict {
  readonly isUnproven: boolean
  /** Whether the query was, before the response. */
  readonly isInvalidated: boolean
  /** The response's own, without the events that went over it. */
  readonly stamp: Stamp | undefined
}

/** The stamp of what a fetch has read: of a page fetch, of the page it adds. */
function stampOfRead(query: Query, data: unknown, fetch: FetchInFlight): Stamp | undefined {
  const { base, direction, answers } = fetch
  if (direction !== undefined && hasPages(data) && hasPages(base)) {
    return stampOfData(findNewPage(data, base, direction)?.page)
  }
  const own = stampOfResponse(data)
  if (own !== undefined || typeof data === 'object') return own
  const key = trpcKeys(query.queryKey)
  const asked = key && { path: key.path.join('.'), input: key.input }
  return asked && stampOfAnswer(data, asked, answers)
}

function isRevertError(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'revert' in error && error.revert === true
  )
}
