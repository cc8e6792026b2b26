/**
 * Applies events that come late: missed while away, or held until those before them came.
 *
 * Each goes over a query as a journal goes over a response, unless the query's fetch started after
 * the event: then the response knows it.
 */

import type { Query } from '@tanstack/query-core'
import type { CompiledAction } from '../actions/compiled-action.ts'
import { knows, type EventPosition } from '../../stamp.ts'
import { stampOf } from '../stamps/query-stamp.ts'
import type { JournalEntry } from '../fetches/fetch-journal.ts'
import { rebase } from '../fetches/rebase.ts'
import { findMismatch, verdictOn, type Encounter } from './apply-action.ts'
import { createBatch, type BatchOptions } from './write.ts'

export interface Replay {
  readonly add: (compiled: CompiledAction, event: unknown, timing: LateTiming) => void
  /** Writes it all: one write per query. */
  readonly commit: () => void
}

/** Moments on the clock. */
export interface LateTiming {
  /** When the event was sent, or later. */
  readonly at: number
  /**
   * When an earlier event of its room was last applied. A query that was changed by one since its
   * fetch needs those that follow, too, whether its response knew them or not.
   */
  readonly after: number
  /**
   * Whether the rule has applied it before. It is applied again where an earlier one is applied only
   * now, which would otherwise be the last word.
   */
  readonly isSeen: boolean
  /** Where the event is; undefined for one that is in no log. */
  readonly position: EventPosition | undefined
}

export function createReplay(options: BatchOptions): Replay {
  const { tracker } = options
  const batch = createBatch(options)
  const entriesOf = new Map<Query, JournalEntry[]>()
  /** The queries that an event not seen before has changed, or is to change. */
  const touched = new Set<Query>()

  function addToQuery(encounter: Encounter, timing: LateTiming): void {
    const { compiled, query, event } = encounter
    const { at, after, isSeen, position } = timing
    const verdict = verdictOn(query, position)
    if (isSeen && verdict !== false && !touched.has(query)) return
    const { fetch, fetchedAt, pagedAt } = tracker.track(query)
    // At the same moment, nobody knows which was first.
    const known = Math.max(at, after)
    const isKnown = verdict ?? (fetchedAt !== undefined && fetchedAt > known)
    if (findMismatch(encounter, { batch, position }) !== undefined) return
    const { action } = compiled.action
    const entry = { compiled, event, position, isLate: compiled.ownPaths === undefined }
    // The response under way may be an older one.
    if (isKnown) tracker.journal(query, { ...entry, isForStamp: true })
    else if (action === 'remove') batch.remove(query)
    else if (action === 'invalidate') batch.owe(query, 'rule', position)
    else {
      touched.add(query)
      if (fetch !== undefined) {
        tracker.journal(query, { ...entry, isInResponse: fetch.knowsFrom > known })
      }
      if (query.state.data === undefined) return
      batch.pass(query, position)
      const entries = entriesOf.get(query)
      if (entries === undefined) entriesOf.set(query, [entry])
      else entries.push(entry)
      // Some of its pages know the event, and others do not.
      if (pagedAt !== undefined && pagedAt >= at) batch.owe(query, 'repair')
    }
  }

  return {
    add(compiled, event, timing) {
      compiled.forEachQuery(event, (query, key) => {
        addToQuery({ compiled, query, key, event }, timing)
      })
    },

    commit() {
      for (const [query, entries] of entriesOf) {
        const held = batch.read(query)
        const memory = tracker.track(query)
        const isExact = isExactFor(query, entries)
        const { data, isUnproven } = rebase({ query, data: held, entries, memory, isExact })
        if (data !== held) batch.patch(query, data)
        if (isUnproven) batch.owe(query, 'repair')
      }
      batch.commit()
    },
  }
}

/** Whether the query's stamp says of each that its data holds none of it. */
function isExactFor(query: Query, entries: readonly JournalEntry[]): boolean {
  const stamp = stampOf(query)
  if (stamp?.x !== 1) return false
  return entries.every(({ position }) => position && knows(stamp, position) === false)
}
