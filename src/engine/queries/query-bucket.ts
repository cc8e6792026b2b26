/**
 * Queries of one kind with what their keys say, and the same queries filed by fields of their
 * input.
 */

import type { Query } from '@tanstack/query-core'
import type { QueryInput } from '../../rules.ts'
import type { ProcedureKey } from './key-reader.ts'
import { fieldsText, fieldsValue } from './matching.ts'

/** A query, and what its key says; undefined where no reader knows it. */
export type Visit = (query: Query, key: ProcedureKey | undefined) => void

export interface Bucket {
  readonly has: (query: Query) => boolean
  readonly add: Visit
  readonly delete: Visit
  readonly forEach: (visit: Visit) => void
  /** The queries whose input has this value at these paths. Filed at the first call for `paths`. */
  readonly forEachWith: (paths: readonly string[], value: unknown, visit: Visit) => void
  /** The same by what a room's name says of the values: their texts, joined by `fieldsText`. */
  readonly forEachWithText: (paths: readonly string[], text: string, visit: Visit) => void
}

type Queries = Map<Query, ProcedureKey | undefined>

interface Division {
  readonly paths: readonly string[]
  readonly valueOf: typeof fieldsValue
  readonly byValue: Map<unknown, Queries>
}

export function createBucket(
  inputOf: (query: Query, key: ProcedureKey | undefined) => QueryInput,
): Bucket {
  const queries: Queries = new Map()
  const divisions = new Map<string, Division>()

  function file(division: Division, query: Query, key: ProcedureKey | undefined): void {
    const { paths, valueOf, byValue } = division
    const value = valueOf(inputOf(query, key), paths)
    if (value === undefined) return
    const alike = byValue.get(value)
    if (alike === undefined) byValue.set(value, new Map([[query, key]]))
    else alike.set(query, key)
  }

  function divide(id: string, paths: readonly string[], valueOf: typeof fieldsValue): Division {
    const division: Division = { paths, valueOf, byValue: new Map() }
    for (const [query, key] of queries) file(division, query, key)
    divisions.set(id, division)
    return division
  }

  return {
    has: (query) => queries.has(query),
    forEach: (visit) => visitAll(queries, visit),

    add(query, key) {
      queries.set(query, key)
      for (const division of divisions.values()) file(division, query, key)
    },

    delete(query, key) {
      queries.delete(query)
      for (const { paths, valueOf, byValue } of divisions.values()) {
        const value = valueOf(inputOf(query, key), paths)
        const alike = byValue.get(value)
        alike?.delete(query)
        if (alike?.size === 0) byValue.delete(value)
      }
    },

    forEachWith(paths, value, visit) {
      const id = paths.length === 1 && paths[0] !== undefined ? paths[0] : paths.join('\u0000')
      const division = divisions.get(id) ?? divide(id, paths, fieldsValue)
      visitAll(division.byValue.get(value), visit)
    },

    forEachWithText(paths, text, visit) {
      const id = `\u0001${paths.join('\u0000')}`
      const division = divisions.get(id) ?? divide(id, paths, fieldsText)
      visitAll(division.byValue.get(text), visit)
    },
  }
}

function visitAll(queries: Queries | undefined, visit: Visit): void {
  queries?.forEach((key, query) => visit(query, key))
}
