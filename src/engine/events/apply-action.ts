/**
 * One cache action of one event, on each query it means.
 */

import type { Query } from '@tanstack/query-core'
import { callbackFailed } from '../actions/callback-failed.ts'
import type { CompiledAction } from '../actions/compiled-action.ts'
import { missing } from '../actions/missing.ts'
import type { ProcedureKey } from '../queries/key-reader.ts'
import type { JournalEntry } from '../fetches/fetch-journal.ts'
import type { QueryTracker } from '../fetches/query-tracker.ts'
import { runUpdater } from '../actions/run-updater.ts'
import { checkStability } from '../actions/stability.ts'
import { knows, type EventPosition } from '../../stamp.ts'
import { stampOf } from '../stamps/query-stamp.ts'
import type { Batch } from './write.ts'

export interface ApplyScope {
  readonly batch: Batch
  readonly tracker: QueryTracker
  /** Where the event is; undefined for one that is in no log. */
  readonly position: EventPosition | undefined
  /** Told what became of each query, when somebody wants to know. */
  readonly trace?: Trace | undefined
}

export type Trace = (
  compiled: CompiledAction,
  outcome: Outcome,
  query: Query,
  event: unknown,
) => void

/** What an action did to one query. */
export type Outcome =
  | 'patched'
  | 'unchanged'
  | 'invalidated'
  | 'removed'
  | 'reset'
  | 'known'
  | 'no match'
  | 'no data'
  | 'other shape'
  | 'failed'

/** Applies the action to all its queries. Never throws: a fault costs its own query a refetch. */
export function applyAction(compiled: CompiledAction, event: unknown, scope: ApplyScope): void {
  compiled.forEachQuery(event, (query, key) => {
    const outcome = applyToQuery({ compiled, query, key, event }, scope)
    scope.trace?.(compiled, outcome, query, event)
  })
  if (scope.trace !== undefined) traceOthers(compiled, event, scope.trace)
}

/** Those of the target that a declared match leads past. */
function traceOthers(compiled: CompiledAction, event: unknown, trace: Trace): void {
  if (compiled.fields === undefined) return
  const met = new Set<Query>()
  compiled.forEachQuery(event, (query) => met.add(query))
  compiled.target.forEach((query, key) => {
    if (met.has(query)) return
    trace(compiled, compiled.hasShape(query, key) ? 'no match' : 'other shape', query, event)
  })
}

/** An event's action, and a query that it may concern. */
export interface Encounter {
  readonly compiled: CompiledAction
  readonly query: Query
  /** What the query's key says. */
  readonly key: ProcedureKey | undefined
  readonly event: unknown
}

function applyToQuery(encounter: Encounter, scope: ApplyScope): Outcome {
  const { compiled, query } = encounter
  const { action } = compiled.action
  const mismatch = findMismatch(encounter, scope)
  if (mismatch !== undefined) return mismatch
  if (isKnownTo(query, scope.position)) {
    // The response under way may be an older one.
    scope.tracker.journal(query, { ...entryOf(encounter, scope), isForStamp: true })
    return 'known'
  }
  if (action === 'direct') return applyDirect(encounter, scope)
  if (action === 'remove') return scope.batch.remove(query)
  scope.batch.owe(query, 'rule', scope.position)
  return 'invalidated'
}

/** What the stamp of the query's data says of whether it knows the event; undefined for nothing. */
export function verdictOn(
  query: Query,
  position: EventPosition | undefined,
): boolean | undefined {
  const stamp = stampOf(query)
  return stamp && position && knows(stamp, position)
}

/** Whether that is so, but for what another rule of the event has just said of it. */
export function isKnownTo(query: Query, position: EventPosition | undefined): boolean {
  return verdictOn(query, position) === true && !position?.appliedTo?.has(query)
}

/**
 * Whether a closure that relies on exact stamps meets data that has none, or an event that its stamp
 * says nothing of: a response may have known it already.
 */
function mayBeCountedTwice(
  query: Query,
  { tracker, position }: Pick<ApplyScope, 'tracker' | 'position'>,
): boolean {
  if (!tracker.track(query).hasExactAnswers) return false
  const stamp = stampOf(query)
  return stamp?.x !== 1 || position === undefined || knows(stamp, position) === undefined
}

/** What of the action goes over one query's data, if that is older than the event. */
export function recallAction(
  compiled: CompiledAction,
  event: unknown,
  query: Query,
): JournalEntry[] {
  const found: JournalEntry[] = []
  if (!compiled.target.has(query)) return found
  compiled.forEachQuery(event, (each, key) => {
    if (each !== query || !compiled.hasShape(query, key)) return
    try {
      const context = compiled.contextOf(query, key)
      if (!(compiled.match?.(event, context.input, context) ?? true)) return
    } catch {
      // It was reported when the event came, and the query is owed a refetch.
      return
    }
    found.push({ compiled, event, isLate: compiled.ownPaths === undefined })
  })
  return found
}

function entryOf(
  { compiled, event }: Encounter,
  { position }: Pick<ApplyScope, 'position'>,
): JournalEntry {
  return { compiled, event, position }
}

/** Why the event does not concern the query; undefined if it does. */
export function findMismatch(
  encounter: Encounter,
  scope: Pick<ApplyScope, 'batch' | 'position'>,
): Outcome | undefined {
  const { compiled, query, key, event } = encounter
  const { action, match } = compiled
  if (!compiled.hasShape(query, key)) return 'other shape'
  const { data, fetchStatus } = query.state
  if (action.action === 'direct' && data === undefined && fetchStatus === 'idle') {
    return 'no data'
  }
  if (match === undefined) return undefined
  try {
    const context = compiled.contextOf(query, key)
    return match(event, context.input, context) ? undefined : 'no match'
  } catch (cause) {
    return fail(encounter, 'match', cause, scope)
  }
}

function applyDirect(encounter: Encounter, scope: ApplyScope): Outcome {
  const { compiled, query, key, event } = encounter
  const { batch, tracker } = scope
  tracker.journal(query, entryOf(encounter, scope))
  batch.pass(query, scope.position)
  const old = batch.read(query)
  if (old === undefined) return 'no data'
  try {
    const context = compiled.contextOf(query, key)
    const memory = tracker.track(query)
    const run = { compiled, query, old, event, context, mode: { memory } }
    const result = runUpdater(run)
    const isDoubtful = !result.isKeyed && result.data !== old && mayBeCountedTwice(query, scope)
    if (result.isUnproven || isDoubtful) batch.owe(query, 'repair', scope.position)
    if (result.missing !== undefined) compiled.onError(missing(compiled, result.missing))
    if (result.data === old) return 'unchanged'
    batch.patch(query, result.data)
    // Where an id is missing, that is what makes it unstable.
    if (result.missing === undefined) checkStability(run, result)
    return 'patched'
  } catch (cause) {
    return fail(encounter, 'updater', cause, scope)
  }
}

function fail(
  { compiled, query }: Encounter,
  step: 'match' | 'updater',
  cause: unknown,
  { batch, position }: Pick<ApplyScope, 'batch' | 'position'>,
): Outcome {
  compiled.onError(callbackFailed(compiled, step, cause))
  batch.owe(query, 'rule', position)
  return 'failed'
}
