/**
 * Which events a response does not know, so that they go over it: those that arrived during its fetch,
 * and where it is older than its fetch, as from a replica or an HTTP cache, some from before.
 */

import type { Query } from '@tanstack/query-core'
import { knows, type Stamp } from '../../stamp.ts'
import { stampAfter } from '../stamps/query-stamp.ts'
import { UNREADABLE } from '../events/reader.ts'
import type { JournalEntry } from './fetch-journal.ts'
import type { FetchInFlight } from './tracked-query.ts'

/** Events that were delivered, as far back as is remembered. */
export interface EventHistory {
  /** Those that what has this stamp does not know, delivered before this tick. */
  readonly unknownTo: (query: Query, stamp: Stamp, before: number) => Recalled
  /** Those that may have been sent at this moment of the clock or later, delivered before this tick. */
  readonly since: (query: Query, moment: number, before: number) => Recalled
}

export interface Recalled {
  readonly entries: readonly JournalEntry[]
  /** Whether there may be more, which are forgotten. */
  readonly isIncomplete: boolean
  /** Whether one is of a room that the stamp does not name. */
  readonly hasStrangers: boolean
}

export interface EventsSince {
  readonly entries: readonly JournalEntry[]
  /** Whether not all of them are here, or one asks for a refetch. */
  readonly isUnproven: boolean
  /** The stamp of the response with these events; undefined where it has none to go by. */
  readonly stamp: Stamp | undefined
  readonly isExact: boolean
}

/** @param stamp - the response's own */
export function eventsSince(
  query: Query,
  fetch: FetchInFlight,
  stamp: Stamp | undefined,
  history: EventHistory,
): EventsSince {
  const { journal, startedAt, at, knowsFrom } = fetch
  const covers = (entry: JournalEntry) =>
    entry.isForStamp === true || verdictOn(stamp, entry) !== undefined
  const past = knowsFrom < at ? history.since(query, knowsFrom, startedAt) : NOTHING
  // An event of another room may have to be undone by one that the stamp knows: then all are applied.
  if (stamp !== undefined && [...past.entries, ...journal.entries].every(covers)) {
    return afterStamp(stamp, history.unknownTo(query, stamp, startedAt), journal.entries)
  }
  const during = journal.entries.filter((entry) => !entry.isInResponse && !entry.isForStamp)
  const { entries, isUnproven } = split([...past.entries, ...during])
  return {
    entries,
    isUnproven: isUnproven || past.isIncomplete,
    stamp: undefined,
    isExact: false,
  }
}

/** The same for the data a cancelled fetch goes back to. */
export function eventsAfterRevert(
  { journal }: FetchInFlight,
  stamp: Stamp | undefined,
): EventsSince {
  const since = journal.sinceRevertPoint().filter(({ isForStamp }) => !isForStamp)
  if (stamp !== undefined && since.every((entry) => verdictOn(stamp, entry) !== undefined)) {
    return afterStamp(stamp, NOTHING, since)
  }
  return { ...split(since), stamp: undefined, isExact: false }
}

/** What is to be put over data with this stamp: of the past, and of what came during a fetch. */
export function afterStamp(
  stamp: Stamp,
  past: Recalled,
  during: readonly JournalEntry[],
): EventsSince {
  const unknown = during.filter((entry) => verdictOn(stamp, entry) === false)
  const { entries, isUnproven } = split([...past.entries, ...unknown])
  return {
    entries,
    isUnproven: isUnproven || past.isIncomplete,
    stamp: stampAfter(
      stamp,
      entries.map(({ position }) => position),
    ),
    isExact: stamp.x === 1,
  }
}

const NOTHING: Recalled = { entries: [], isIncomplete: false, hasStrangers: false }

function verdictOn(stamp: Stamp | undefined, { position }: JournalEntry): boolean | undefined {
  return stamp && position && knows(stamp, position)
}

/**
 * An `invalidate` or a `remove` that the data does not know can't be put over it; no more can what
 * can't be read.
 */
function split(all: readonly JournalEntry[]) {
  const entries = all.filter(
    ({ compiled, event }) => compiled.action.action === 'direct' && event !== UNREADABLE,
  )
  return { entries, isUnproven: entries.length < all.length }
}
