/**
 * Puts the events that arrived during a fetch over its response, before anybody sees it.
 *
 * The response knows the events up to some moment, and nobody knows which. Applied in order, the
 * ones it knows change nothing, if their updater is replay-stable; ours are, and a closure whose
 * replay changed something is not trusted: its query is painted and refetched.
 */

import { hasPages } from '../../updaters/list.ts'
import type { Query } from '@tanstack/query-core'
import type { ListMemory, Foresight } from '../../application.ts'
import { callbackFailed } from '../actions/callback-failed.ts'
import type { JournalEntry } from './fetch-journal.ts'
import { runUpdater, type UpdaterRun } from '../actions/run-updater.ts'

export interface Replay {
  readonly query: Query
  readonly data: unknown
  readonly entries: readonly JournalEntry[]
  readonly memory: ListMemory
  readonly seam?: 'following' | 'preceding'
  /** Under a response: what the query held when the fetch started. */
  readonly previous?: unknown
  /** Whether the response may be older than that. */
  readonly isLagging?: boolean
  /** Whether the data is known to hold none of the events: then they go over it as if live. */
  readonly isExact?: boolean
}

export interface Rebased {
  readonly data: unknown
  /** Whether a refetch is owed: a place unproven, a closure replayed in doubt, an updater that threw. */
  readonly isUnproven: boolean
  /** Whether every change was a keyed updater's. */
  readonly isKeyed: boolean
}

export function rebase(replay: Replay): Rebased {
  const { query, entries, memory, seam, isExact = false } = replay
  const previous = isExact ? undefined : replay.previous
  const foresightAt = lookAhead(replay)
  let rebased: Rebased = { data: replay.data, isUnproven: false, isKeyed: true }
  for (const [position, entry] of entries.entries()) {
    if (!isOfShape(entry, rebased.data)) continue
    const foresight = foresightAt(position)
    const next = runEntry(query, rebased.data, entry, {
      memory,
      ...(foresight && { foresight }),
      ...(seam && { seam }),
      ...(entry.isLate && { isLate: true }),
      ...(replay.isLagging && { isLagging: true }),
      previous,
    })
    rebased = {
      data: next.data,
      isUnproven: rebased.isUnproven || next.isUnproven || (!isExact && !next.isKeyed),
      isKeyed: rebased.isKeyed && next.isKeyed,
    }
  }
  return rebased
}

function runEntry(
  query: Query,
  old: unknown,
  { compiled, event }: JournalEntry,
  mode: UpdaterRun['mode'],
): Rebased {
  try {
    const context = compiled.contextOf(query, compiled.keyOf(query))
    const { data, isUnproven, isKeyed } = runUpdater({
      compiled,
      query,
      old,
      event,
      context,
      mode,
    })
    const isTrusted = isKeyed || data === old
    return { data, isUnproven, isKeyed: isTrusted }
  } catch (cause) {
    compiled.onError(callbackFailed(compiled, 'updater', cause))
    return { data: old, isUnproven: true, isKeyed: true }
  }
}

/**
 * Finds, before the replay, which events the response knows: a limited list read after five
 * inserts holds the last three, and the first two belong below them, not on top.
 */
function lookAhead({
  query,
  data,
  entries,
  memory,
  isExact,
}: Replay): (at: number) => Foresight | undefined {
  if (isExact || entries.length < 2) return () => undefined
  const lastFound = new Map<unknown, number>()
  let latest = -1
  for (const [position, entry] of entries.entries()) {
    if (!isOfShape(entry, data)) continue
    const foretell = (id: unknown) => {
      lastFound.set(id, position)
      latest = position
    }
    try {
      const { compiled, event } = entry
      const context = compiled.contextOf(query, compiled.keyOf(query))
      runUpdater({ compiled, query, old: data, event, context, mode: { memory, foretell } })
    } catch {
      // The replay itself will throw again, and report it.
    }
  }
  return (at) =>
    latest > at ? { isAny: true, has: (id) => (lastFound.get(id) ?? -1) > at } : undefined
}

/** A fetch may have begun before anybody knew which shape its data would have. */
function isOfShape({ compiled: { infinite } }: JournalEntry, data: unknown): boolean {
  return infinite === undefined || infinite === hasPages(data)
}
