/**
 * Queries of one kind, and the same queries filed by fields of their input.
 */

import type { Query } from '@tanstack/query-core'
import type { QueryInput } from '../../rules.ts'
import { fieldsText, fieldsValue } from './matching.ts'

export interface Bucket {
  readonly queries: ReadonlySet<Query>
  readonly add: (query: Query) => void
  readonly delete: (query: Query) => void
  readonly clear: () => void
  /** The queries whose input has this value at these paths. Filed at the first call for `paths`. */
  readonly with: (paths: readonly string[], value: unknown) => ReadonlySet<Query> | undefined
  /** The same by what a room's name says of the values: their texts, joined by `fieldsText`. */
  readonly withText: (paths: readonly string[], text: string) => ReadonlySet<Query> | undefined
}

interface Division {
  readonly paths: readonly string[]
  readonly valueOf: typeof fieldsValue
  readonly byValue: Map<unknown, Set<Query>>
}

export function createBucket(inputOf: (query: Query) => QueryInput): Bucket {
  const queries = new Set<Query>()
  const divisions = new Map<string, Division>()

  function file({ paths, valueOf, byValue }: Division, query: Query): void {
    const value = valueOf(inputOf(query), paths)
    if (value === undefined) return
    const alike = byValue.get(value)
    if (alike === undefined) byValue.set(value, new Set([query]))
    else alike.add(query)
  }

  function divide(id: string, paths: readonly string[], valueOf: typeof fieldsValue): Division {
    const division: Division = { paths, valueOf, byValue: new Map() }
    for (const query of queries) file(division, query)
    divisions.set(id, division)
    return division
  }

  return {
    queries,

    add(query) {
      queries.add(query)
      for (const division of divisions.values()) file(division, query)
    },

    delete(query) {
      queries.delete(query)
      for (const { paths, valueOf, byValue } of divisions.values()) {
        const value = valueOf(inputOf(query), paths)
        const alike = byValue.get(value)
        alike?.delete(query)
        if (alike?.size === 0) byValue.delete(value)
      }
    },

    clear() {
      queries.clear()
      for (const { byValue } of divisions.values()) byValue.clear()
    },

    with(paths, value) {
      const id = paths.length === 1 && paths[0] !== undefined ? paths[0] : paths.join('\u0000')
      const division = divisions.get(id) ?? divide(id, paths, fieldsValue)
      return division.byValue.get(value)
    },

    withText(paths, text) {
      const id = `\u0001${paths.join('\u0000')}`
      const division = divisions.get(id) ?? divide(id, paths, fieldsText)
      return division.byValue.get(text)
    },
  }
}
