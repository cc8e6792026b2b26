/**
 * Data with a stamp that nobody here has fetched: rendered by a server, restored from storage, sent by
 * another tab. What was delivered since its stamp goes over it. Whether that is all there is to it
 * shows when the rooms it is about are joined, and have caught up from its stamp on. Until then a
 * refetch is owed on the quiet; if the proof fails, or does not come, it is made.
 */

import type { Query } from '@tanstack/query-core'
import { createListMemory } from '../../application.ts'
import type { Stamp } from '../../stamp.ts'
import { stampOf } from '../stamps/query-stamp.ts'
import { afterStamp, type EventHistory } from './events-since.ts'
import { rebase } from './rebase.ts'
import type { DebtReason, RefetchScheduler } from './refetch-scheduler.ts'
import type { TrackedQuery } from './tracked-query.ts'

/** Whether data with a stamp misses nothing. `unsettled`: its rooms are not all known yet. */
export type Coverage = 'covered' | 'uncovered' | 'unsettled'

export interface SnapshotsOptions {
  readonly scheduler: RefetchScheduler
  readonly history: EventHistory
  readonly coverageOf: (query: Query, stamp: Stamp) => Coverage
  readonly track: (query: Query) => TrackedQuery
  readonly noteStamp: (query: Query, stamp: Stamp) => void
  readonly suspect: (query: Query, reason: DebtReason) => void
}

export interface Snapshots {
  /** What is written in the place of a snapshot, and what to do after. */
  readonly take: (query: Query, state: Partial<Query['state']>, stamp: Stamp) => TakenSnapshot
  /** Looks which of them have proven complete. */
  readonly review: () => void
  readonly forget: (query: Query) => void
  /** The same for all for which this holds. */
  readonly sweep: (isGone: (query: Query) => boolean) => void
}

interface TakenSnapshot {
  readonly data: unknown
  readonly stamp: Stamp | undefined
  readonly after: () => void
}

export function createSnapshots(options: SnapshotsOptions): Snapshots {
  const { scheduler, history, coverageOf, track, noteStamp, suspect } = options
  const awaited = new Set<Query>()

  function review(): void {
    for (const query of awaited) {
      const stamp = stampOf(query)
      if (!track(query).isProvisional) awaited.delete(query)
      else settle(query, stamp === undefined ? 'uncovered' : coverageOf(query, stamp))
    }
  }

  function settle(query: Query, coverage: Coverage): void {
    if (coverage === 'unsettled') return
    awaited.delete(query)
    // Its room may be one that the user is not in any more.
    if (coverage === 'uncovered') suspect(query, 'repair')
    else {
      track(query).isProvisional = false
      scheduler.settle(query)
    }
  }

  return {
    review,

    take(query, { data, isInvalidated = false }, stamp) {
      const past = history.unknownTo(query, stamp, Infinity)
      const { entries, isExact, ...since } = afterStamp(stamp, past, [])
      const known = track(query)
      Object.assign(known, createListMemory())
      const rebased = rebase({ query, data, entries, memory: known, isExact })
      // Whoever had it before was owed a refetch that never came.
      const isDoubtful = isInvalidated || past.hasStrangers
      const isUnproven = since.isUnproven || rebased.isUnproven || isDoubtful
      return {
        data: rebased.data,
        stamp: since.stamp,
        after() {
          known.fetchedAt = undefined
          known.pagedAt = undefined
          noteStamp(query, stamp)
          // What may be seen may have changed since its stamp, too.
          if (isUnproven) suspect(query, 'repair')
          else if (known.debt !== undefined) {
            query.invalidate()
            scheduler.review(query)
          } else {
            known.isProvisional = true
            awaited.add(query)
            scheduler.owe(query, 'snapshot')
            review()
          }
        },
      }
    },

    forget(query) {
      awaited.delete(query)
    },

    sweep(isGone) {
      for (const query of awaited) if (isGone(query)) awaited.delete(query)
    },
  }
}
