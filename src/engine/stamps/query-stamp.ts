/**
 * The stamp of what a query holds, kept in the query's own state: so it goes wherever the data goes,
 * into a dehydrated cache, into storage, into another tab, and comes back with it.
 *
 * It moves on as events are applied. One that was set for other data than what is there, by somebody
 * who knows nothing of stamps, counts for nothing: it says when its data was updated.
 */

import { hasPages } from '../../updaters/list.ts'
import type { Query } from '@tanstack/query-core'
import { isRecord } from '../../is-record.ts'
import {
  advance,
  common,
  knows,
  parseStamp,
  type EventPosition,
  type Stamp,
} from '../../stamp.ts'
import { stampOfData } from './stamp-memory.ts'

interface QueryStamp extends Stamp {
  /** The `dataUpdatedAt` of the data that it is of. */
  readonly u: number
}

/** TanStack copies a query's state as it is, with whatever else is in it. */
type StampedState = Query['state'] & { readonly syncStamp?: QueryStamp | undefined }

/** The stamp of the query's data; undefined where it has none. */
export function stampOf(query: Query): Stamp | undefined {
  const { syncStamp, data, dataUpdatedAt } = query.state as StampedState
  return syncStamp?.u === dataUpdatedAt && data !== undefined ? syncStamp : undefined
}

/**
 * Says what the stamp of the query's data is, before that is written with this `dataUpdatedAt`. Tells
 * nobody: the write does.
 */
export function setStamp(
  query: Query,
  stamp: Stamp | undefined,
  dataUpdatedAt: number = query.state.dataUpdatedAt,
): void {
  const { syncStamp } = query.state as StampedState
  if (stamp === undefined && syncStamp === undefined) return
  // Another object: TanStack may go back to the one that is there.
  query.state = { ...query.state, ...stateWith(stamp, dataUpdatedAt) }
}

/** The part of a query's state that has the stamp. */
export function stateWith(
  stamp: Stamp | undefined,
  dataUpdatedAt: number,
): Partial<Query['state']> {
  const syncStamp = stamp && {
    e: stamp.e,
    p: stamp.p,
    ...(stamp.x && { x: stamp.x }),
    ...(stamp.h && { h: stamp.h }),
    u: dataUpdatedAt,
  }
  return { syncStamp } as Partial<StampedState>
}

/** The stamp in a state that came from outside; undefined where it is not that of its data. */
export function stampInState(state: Partial<Query['state']>): Stamp | undefined {
  const { syncStamp } = state as { readonly syncStamp?: unknown }
  if (!isRecord(syncStamp) || syncStamp['u'] !== state.dataUpdatedAt) return undefined
  return parseStamp(syncStamp)
}

/** The same, of data that is to be trusted on account of it: not where somebody has changed it by hand. */
export function stampOfSnapshot(state: Partial<Query['state']>): Stamp | undefined {
  const stamp = stampInState(state)
  return stamp?.h === 1 ? undefined : stamp
}

/** The stamp of the query's data when somebody has changed that by hand. */
export function stampByHand(query: Query): Stamp | undefined {
  const stamp = stampOf(query)
  return stamp && { ...stamp, h: 1 }
}

/** The stamp that came with a response; of pages, what the stamps of all say. */
export function stampOfResponse(data: unknown): Stamp | undefined {
  const own = stampOfData(data)
  if (own !== undefined || !hasPages(data)) return own
  const [first, ...others] = data.pages.map(stampOfData)
  return others.reduce((all, each) => (all && each ? common(all, each) : undefined), first)
}

/**
 * Whether pages were read in different lives of the log: then their stamps can't be compared, and none
 * is known of the whole.
 */
export function isOfTwoLives(data: unknown): boolean {
  if (!hasPages(data)) return false
  const epochs = data.pages.flatMap((page) => stampOfData(page)?.e ?? [])
  return epochs.some((epoch) => epoch !== epochs[0])
}

/** The stamp when these events have been applied; undefined where one is of a room it does not name. */
export function stampAfter(
  stamp: Stamp | undefined,
  positions: readonly (EventPosition | undefined)[],
): Stamp | undefined {
  let next = stamp
  for (const position of positions) {
    if (next === undefined) return undefined
    const isNamed = position !== undefined && knows(next, position) !== undefined
    next = isNamed ? advance(next, position) : undefined
  }
  return next
}
