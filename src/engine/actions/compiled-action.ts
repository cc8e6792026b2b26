/**
 * A cache action made ready once, for every event to come.
 */

import type { Query } from '@tanstack/query-core'
import type { OnError } from '../../errors.ts'
import type { ActionContext, CacheAction, QueryInput } from '../../rules.ts'
import { fieldMatchOf, fieldsValue } from '../queries/matching.ts'
import type { QueryIndex } from '../queries/query-index.ts'
import { plainInput, procedureInput } from '../queries/query-key.ts'

export interface CompiledAction {
  readonly event: string
  readonly action: CacheAction
  /** Visits the queries this event may concern: all that are meant, less a declared match. */
  readonly forEachQuery: (event: unknown, visit: (query: Query) => void) => void
  /** The match that remains to be asked, query by query. */
  readonly match: Extract<CacheAction['match'], (...args: never) => unknown> | undefined
  /** Which shape of query is meant; undefined for both. */
  readonly infinite: boolean | undefined
  readonly contextOf: (query: Query) => ActionContext
  readonly onError: OnError
}

export interface CompileOptions {
  readonly event: string
  readonly action: CacheAction
  readonly index: QueryIndex
  readonly keyPrefix: string | undefined
  readonly viewer: unknown
  readonly onError: OnError
}

export function compileAction(options: CompileOptions): CompiledAction {
  const { event, action, index, keyPrefix, viewer, onError } = options
  const { procedure, queryKey, match } = action
  const isDirect = action.action === 'direct'
  const target = index.target(
    procedure === undefined ? { queryKey } : { path: procedure, below: !isDirect, keyPrefix },
  )
  const fields = fieldMatchOf(match)
  const inputOf: (query: Query) => QueryInput =
    procedure === undefined
      ? (query) => plainInput(query.queryKey, queryKey.length)
      : (query) => procedureInput(query.queryKey)
  return {
    event,
    action,
    onError,
    match: typeof match === 'function' ? match : undefined,
    infinite: action.infinite ?? (isDirect ? false : undefined),
    contextOf: (query) => ({ input: inputOf(query), viewer, queryKey: query.queryKey }),
    forEachQuery:
      fields === undefined
        ? (_, visit) => target.forEach(visit)
        : (data, visit) => {
            const value = fieldsValue(data, fields.eventPaths)
            if (value !== undefined) target.forEachWith(fields.inputPaths, value, visit)
          },
  }
}
