/**
 * One cache action of one event, on each query it means.
 */

import type { Query } from '@tanstack/query-core'
import { callbackFailed } from '../actions/callback-failed.ts'
import type { CompiledAction } from '../actions/compiled-action.ts'
import type { ProcedureKey } from '../queries/key-reader.ts'
import type { QueryTracker } from '../fetches/query-tracker.ts'
import { runUpdater } from '../actions/run-updater.ts'
import { checkStability } from '../actions/stability.ts'
import type { Batch } from './write.ts'

export interface ApplyScope {
  readonly batch: Batch
  readonly tracker: QueryTracker
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
  if (action === 'direct') return applyDirect(encounter, scope)
  if (action === 'remove') return scope.batch.remove(query)
  scope.batch.owe(query, 'rule')
  return 'invalidated'
}

/** Why the event does not concern the query; undefined if it does. */
export function findMismatch(
  encounter: Encounter,
  scope: Pick<ApplyScope, 'batch'>,
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
  tracker.journal(query, { compiled, event })
  const old = batch.read(query)
  if (old === undefined) return 'no data'
  try {
    const context = compiled.contextOf(query, key)
    const memory = tracker.track(query)
    const run = { compiled, query, old, event, context, mode: { memory } }
    const result = runUpdater(run)
    if (result.isUnproven) batch.owe(query, 'repair')
    if (result.data === old) return 'unchanged'
    batch.patch(query, result.data)
    checkStability(run, result)
    return 'patched'
  } catch (cause) {
    return fail(encounter, 'updater', cause, scope)
  }
}

function fail(
  { compiled, query }: Encounter,
  step: 'match' | 'updater',
  cause: unknown,
  { batch }: Pick<ApplyScope, 'batch'>,
): Outcome {
  compiled.onError(callbackFailed(compiled, step, cause))
  batch.owe(query, 'rule')
  return 'failed'
}
