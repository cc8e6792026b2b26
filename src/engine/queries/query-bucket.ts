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
  /** Most values have one query, for which a set of its own would be most of what is held of it. */
  readonly byValue: Map<unknown, Query | Set<Query>>
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
    if (alike === undefined) byValue.set(value, query)
    else if (alike instanceof Set) alike.add(query)
    else if (alike !== query) byValue.set(value, new Set([alike, query]))
  }

  function visitAlike({ byValue }: Division, value: unknown, visit: Visit): void {
    const alike = byValue.get(value)
    if (alike instanceof Set) alike.forEach((query) => visit(query, queries.get(query)))
    else if (alike !== undefined) visit(alike, queries.get(alike))
  }

  function divide(id: string, paths: readonly string[], valueOf: typeof fieldsValue): Division {
    const division: Division = { paths, valueOf, byValue: new Map() }
    for (const [query, key] of queries) file(division, query, key)
    divisions.set(id, division)
    return division
  }

  return {
    has: (query) => queries.has(query),
    forEach: (visit) => queries.forEach((key, query) => visit(query, key)),

    add(query, key) {
      queries.set(query, key)
      for (const division of divisions.values()) file(division, query, key)
    },

    delete(query, key) {
      queries.delete(query)
      for (const { paths, valueOf, byValue } of divisions.values()) {
        const value = valueOf(inputOf(query, key), paths)
        const alike = byValue.get(value)
        if (alike instanceof Set) alike.delete(query)
        if (alike === query || (alike instanceof Set && alike.size === 0)) byValue.delete(value)
      }
    },

    forEachWith(paths, value, visit) {
      const id = paths.length === 1 && paths[0] !== undefined ? paths[0] : paths.join('\u0000')
      const division = divisions.get(id) ?? divide(id, paths, fieldsValue)
      visitAlike(division, value, visit)
    },

    forEachWithText(paths, text, visit) {
      const id = `\u0001${paths.join('\u0000')}`
      const division = divisions.get(id) ?? divide(id, paths, fieldsText)
      visitAlike(division, text, visit)
    },
  }
}
