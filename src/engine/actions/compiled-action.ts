/**
 * A cache action made ready once, for every event to come.
 */

import type { Query } from '@tanstack/query-core'
import type { OnError } from '../../errors.ts'
import type { ActionContext, CacheAction, QueryInput } from '../../rules.ts'
import { fieldMatchOf, fieldsValue, type FieldMatch } from '../queries/matching.ts'
import type { QueryIndex, Target } from '../queries/query-index.ts'
import { plainInput, procedureInput } from '../queries/query-key.ts'

export interface CompiledAction {
  readonly event: string
  readonly action: CacheAction
  /** All queries the action means, before any match. */
  readonly target: Target
  /**
   * Where the match covers all fields of the room's template: the input's paths to them, in the
   * template's order. The queries with a room's values there are its own.
   */
  readonly ownPaths: readonly string[] | undefined
  /** Visits the queries this event may concern: all that are meant, less a declared match. */
  readonly forEachQuery: (event: unknown, visit: (query: Query) => void) => void
  /** The match that remains to be asked, query by query. */
  readonly match: Extract<CacheAction['match'], (...args: never) => unknown> | undefined
  /** Which shape of query is meant; undefined for both. */
  readonly infinite: boolean | undefined
  readonly inputOf: (query: Query) => QueryInput
  readonly contextOf: (query: Query) => ActionContext
  readonly onError: OnError
}

export interface CompileOptions {
  readonly event: string
  readonly action: CacheAction
  /** The fields of the room's template; undefined where the room is a function. */
  readonly roomFields: readonly string[] | undefined
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
    target,
    // What a function leaves out, nobody else can tell.
    ownPaths: typeof match === 'function' ? undefined : ownPathsOf(options.roomFields, fields),
    inputOf,
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

function ownPathsOf(
  roomFields: readonly string[] | undefined,
  fields: FieldMatch | undefined,
): readonly string[] | undefined {
  const paths = roomFields?.map((field) => {
    const at = fields?.eventPaths.indexOf(field) ?? -1
    return fields?.inputPaths[at]
  })
  return paths?.every((path) => path !== undefined) ? paths : undefined
}
