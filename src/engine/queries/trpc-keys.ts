/**
 * The query keys of tRPC 11, alike in both of its React packages: `[path, { input, type }]`, with
 * `[prefix]` in front where a key prefix is set.
 */

import type { QueryKey } from '@tanstack/query-core'
import { isRecord } from '../../is-record.ts'
import { isPath, type ProcedureKey } from './key-reader.ts'

/** Reads tRPC's query keys. The reader of an engine that is given none. */
export function trpcKeys(key: QueryKey): ProcedureKey | undefined {
  const last = key[key.length - 1]
  const options = isRecord(last) ? last : undefined
  const names = options === undefined ? key.length : key.length - 1
  const [first, second] = key
  if (names === 1 && isPath(first)) return { path: first, ...readOptions(options) }
  if (names === 2 && isPath(first) && isPath(second)) {
    return { path: second, prefix: first[0], ...readOptions(options) }
  }
  return undefined
}

function readOptions(options: Record<string, unknown> = {}): Omit<ProcedureKey, 'path'> {
  const { input, type } = options
  return type === 'query' || type === 'infinite' ? { input, type } : { input }
}
