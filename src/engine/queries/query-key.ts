/**
 * What a query shows of itself, where no reader of procedure keys has a say: the input in a plain
 * key, and whether it holds pages.
 */

import type { Query, QueryKey } from '@tanstack/query-core'
import type { QueryInput } from '../../rules.ts'
import { isRecord } from '../../is-record.ts'
import { hasPages } from '../../updaters/list.ts'
import type { ProcedureKey } from './key-reader.ts'

/** The first plain object behind the prefix of a plain key: what apps keep their filters in. */
export function plainInput(key: QueryKey, prefixLength: number): QueryInput {
  for (let position = prefixLength; position < key.length; position++) {
    const element = key[position]
    if (isRecord(element)) return element
  }
  return undefined
}

/** Whether a query holds pages: by the type in its key, else by what TanStack knows of it. */
export function isInfinite(query: Query, type: ProcedureKey['type']): boolean {
  if (type !== undefined) return type === 'infinite'
  return hasPages(query.state.data) || isKnownInfinite(query)
}

/** Before there is data, newer versions of TanStack Query tell by a type, older by a behaviour. */
function isKnownInfinite(query: Partial<Query>): boolean {
  return query.queryType === 'infinite' || query.options?.behavior !== undefined
}
