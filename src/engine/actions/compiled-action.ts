/**
 * A cache action made ready once, for every event to come.
 */

import type { Query } from '@tanstack/query-core'
import type { OnError } from '../../errors.ts'
import type { ActionContext, CacheAction, QueryInput } from '../../rules.ts'
import { fieldMatchOf, ownPathsOf, type FieldMatch } from '../../own-rooms.ts'
import { fieldsValue } from '../queries/matching.ts'
import type { ProcedureKey } from '../queries/key-reader.ts'
import type { Visit } from '../queries/query-bucket.ts'
import { inputIn, type QueryIndex } from '../queries/query-index.ts'
import { isInfinite, plainInput } from '../queries/query-key.ts'
import type { Target } from '../queries/target.ts'

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
  readonly forEachQuery: (event: unknown, visit: Visit) => void
  /**
   * Visits the queries that any event of a room may concern: the room's own, by the values of the
   * template's fields in its name; all that are meant where there are none, or none are known.
   */
  readonly forEachIn: (values: readonly string[] | undefined, visit: Visit) => void
  /** The fields of a declared match. */
  readonly fields: FieldMatch | undefined
  /** The match that remains to be asked, query by query. */
  readonly match: Extract<CacheAction['match'], (...args: never) => unknown> | undefined
  /** Which shape of query is meant; undefined for both. */
  readonly infinite: boolean | undefined
  /** What the query's key says; undefined where no procedure made it. */
  readonly keyOf: QueryIndex['keyOf']
  /** Whether the query has the shape that is meant, as far as can be told by now. */
  readonly hasShape: OfQuery<boolean>
  readonly inputOf: OfQuery<QueryInput>
  readonly contextOf: OfQuery<ActionContext>
  readonly onError: OnError
}

/** Asked of a query, together with its `keyOf`: whoever visits many has that at hand. */
type OfQuery<Answer> = (query: Query, key: ProcedureKey | undefined) => Answer

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
  const infinite = action.infinite ?? (isDirect ? false : undefined)
  const target = index.target(
    procedure === undefined ? { queryKey } : { path: procedure, below: !isDirect, keyPrefix },
  )
  const fields = fieldMatchOf(match)
  const hasShape: CompiledAction['hasShape'] = (query, key) =>
    infinite === undefined || infinite === isInfinite(query, key?.type)
  const ownPaths = ownPathsOf(options.roomFields, match)
  const inputOf: CompiledAction['inputOf'] =
    procedure === undefined
      ? (query) => plainInput(query.queryKey, queryKey.length)
      : (_, key) => inputIn(key)
  return {
    event,
    action,
    target,
    ownPaths,
    inputOf,
    onError,
    fields,
    match: typeof match === 'function' ? match : undefined,
    infinite,
    keyOf: index.keyOf,
    hasShape,
    contextOf: (query, key) => ({
      input: inputOf(query, key),
      viewer,
      queryKey: query.queryKey,
    }),
    forEachIn(values, visit) {
      const visitShaped: Visit = (query, key) => {
        if (hasShape(query, key)) visit(query, key)
      }
      if (values === undefined || ownPaths === undefined || ownPaths.length === 0) {
        target.forEach(visitShaped)
      } else target.forEachWithText(ownPaths, values.join('\u0000'), visitShaped)
    },
    forEachQuery:
      fields === undefined
        ? (_, visit) => target.forEach(visit)
        : (data, visit) => {
            const value = fieldsValue(data, fields.eventPaths)
            if (value !== undefined) target.forEachWith(fields.inputPaths, value, visit)
          },
  }
}
