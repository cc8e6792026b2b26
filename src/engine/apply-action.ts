/**
 * One cache action of one event, on each query it means.
 */

import type { Query, QueryCache } from '@tanstack/query-core'
import { SyncError, type OnError } from '../errors.ts'
import {
  describeTarget,
  type ActionContext,
  type CacheAction,
  type QueryInput,
} from '../rules.ts'
import type { QueryIndex, Target } from './query-index.ts'
import { isInfinite, plainInput, procedureInput } from './query-key.ts'
import { patch, remove } from './write.ts'

/** A cache action with its queries at hand: made once per rule, used for every event. */
export interface CompiledAction {
  readonly event: string
  readonly action: CacheAction
  readonly target: Target
  /** Which shape of query is meant; undefined for both. */
  readonly infinite: boolean | undefined
  readonly inputOf: (query: Query) => QueryInput
}

export interface ApplyScope {
  /** Collects the queries to refetch once all actions of the event are done. */
  readonly owed: Set<Query>
  readonly cache: QueryCache
  readonly viewer: unknown
  readonly onError: OnError
  /** Told what became of each query, when somebody wants to know. */
  readonly trace?: (
    compiled: CompiledAction,
    outcome: Outcome,
    query: Query,
    data: unknown,
  ) => void
}

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

export function compileAction(
  event: string,
  action: CacheAction,
  index: QueryIndex,
  keyPrefix: string | undefined,
): CompiledAction {
  const { procedure, queryKey } = action
  const isDirect = action.action === 'direct'
  const infinite = action.infinite ?? (isDirect ? false : undefined)
  const common = { event, action, infinite }
  if (procedure === undefined) {
    const prefixLength = queryKey.length
    return {
      ...common,
      target: index.target({ queryKey }),
      inputOf: (query) => plainInput(query.queryKey, prefixLength),
    }
  }
  return {
    ...common,
    target: index.target({ path: procedure, below: !isDirect, keyPrefix }),
    inputOf: (query) => procedureInput(query.queryKey),
  }
}

/** Applies the action to all its queries. Never throws: a fault costs its own query a refetch. */
export function applyAction(compiled: CompiledAction, data: unknown, scope: ApplyScope): void {
  compiled.target.forEach((query) => {
    const outcome = applyToQuery(compiled, query, data, scope)
    scope.trace?.(compiled, outcome, query, data)
  })
}

function applyToQuery(
  compiled: CompiledAction,
  query: Query,
  data: unknown,
  scope: ApplyScope,
): Outcome {
  const { action, infinite } = compiled
  if (infinite !== undefined && infinite !== isInfinite(query)) return 'other shape'
  if (action.action === 'direct' && query.state.data === undefined) return 'no data'
  const context = contextOf(compiled, query, scope.viewer)
  let step: 'match' | 'updater' = 'match'
  try {
    if (action.match !== undefined && !action.match(data, context.input, context)) {
      return 'no match'
    }
    if (action.action === 'direct') {
      step = 'updater'
      return patchWith(query, action.updater(query.state.data, data, context))
    }
  } catch (cause) {
    scope.onError(callbackFailed(compiled, step, cause))
    query.invalidate()
    scope.owed.add(query)
    return 'failed'
  }
  scope.owed.add(query)
  if (action.action === 'remove') return remove(scope.cache, query)
  query.invalidate()
  return 'invalidated'
}

export function contextOf(
  compiled: CompiledAction,
  query: Query,
  viewer: unknown,
): ActionContext {
  return { input: compiled.inputOf(query), viewer, queryKey: query.queryKey }
}

function patchWith(query: Query, next: unknown): Outcome {
  if (next instanceof Promise) {
    // Nobody will look at its outcome: a rejection must not pass for an unhandled one.
    next.catch(() => {})
    throw new TypeError('the updater returned a promise')
  }
  if (next === undefined || next === query.state.data) return 'unchanged'
  patch(query, next)
  return 'patched'
}

function callbackFailed(
  { event, action }: CompiledAction,
  step: 'match' | 'updater',
  cause: unknown,
): SyncError {
  const target = describeTarget(action)
  return new SyncError({
    code: step === 'match' ? 'match-failed' : 'updater-failed',
    problem: `Sync rule "${event}": the \`${step}\` for ${target} threw ${String(cause)}.`,
    remedy: 'Its query is refetched instead. See `cause` for the place.',
    subject: `${event} ${target}`,
    cause,
  })
}
