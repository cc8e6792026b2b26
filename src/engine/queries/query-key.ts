/**
 * Reads query keys: which procedure, which input, plain or infinite.
 *
 * tRPC 11 makes the same keys in both of its React packages: `[path, { input, type }]`, with
 * `[prefix]` in front where a key prefix is set. oRPC's keys have that shape, too.
 */

import type { InfiniteData, Query, QueryKey } from '@tanstack/query-core'
import type { QueryInput } from '../../rules.ts'
import { isRecord } from '../../is-record.ts'

export interface ProcedureKey {
  readonly path: readonly string[]
  /** The client's key prefix, e.g. `'app1'`. */
  readonly prefix: string | undefined
}

/** Reads a tRPC key; undefined for keys of another making. */
export function parseProcedureKey(key: QueryKey): ProcedureKey | undefined {
  const names = isRecord(key[key.length - 1]) ? key.length - 1 : key.length
  if (names === 1 && isPath(key[0])) return { path: key[0], prefix: undefined }
  if (names === 2 && isPath(key[0]) && isPath(key[1]))
    return { path: key[1], prefix: key[0][0] }
  return undefined
}

/** The input of the procedure behind a tRPC key. */
export function procedureInput(key: QueryKey): QueryInput {
  const options = key[key.length - 1]
  // An input that is no object (a bare string, say) reaches `match` as it is.
  return isRecord(options) ? (options['input'] as QueryInput) : undefined
}

/** The first plain object behind the prefix of a plain key: what apps keep their filters in. */
export function plainInput(key: QueryKey, prefixLength: number): QueryInput {
  for (let position = prefixLength; position < key.length; position++) {
    const element = key[position]
    if (isRecord(element)) return element
  }
  return undefined
}

/** Whether a query holds pages: by the type in a tRPC key, else by what TanStack knows of it. */
export function isInfinite(query: Query): boolean {
  const options = query.queryKey[query.queryKey.length - 1]
  const type = isRecord(options) ? options['type'] : undefined
  if (type === 'infinite') return true
  if (type === 'query') return false
  return hasPages(query.state.data) || isKnownInfinite(query)
}

/** Whether data has the shape of an infinite query's. */
export function hasPages(data: unknown): data is InfiniteData<unknown, unknown> {
  return isRecord(data) && Array.isArray(data['pages']) && Array.isArray(data['pageParams'])
}

/** Before there is data, newer versions of TanStack Query tell by a type, older by a behaviour. */
function isKnownInfinite(query: Partial<Query>): boolean {
  return query.queryType === 'infinite' || query.options?.behavior !== undefined
}

function isPath(value: unknown): value is readonly [string, ...string[]] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string')
  )
}
