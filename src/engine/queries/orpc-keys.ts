/**
 * The query keys of oRPC 1: `[path, { input, type }]`.
 *
 * An infinite query's input is what its first page was asked with, the paging field included:
 * only the application knows which field that is.
 */

import type { QueryKey } from '@tanstack/query-core'
import { isRecord } from '../../is-record.ts'
import { isPath, type ProcedureKey } from './key-reader.ts'

/**
 * Reads oRPC's query keys. Streamed and live queries count as plain ones: they hold an array of
 * what has come so far, and what came last. A base path given to `createTanstackQueryUtils` is
 * the beginning of each path.
 */
export function orpcKeys(key: QueryKey): ProcedureKey | undefined {
  const [path, options] = key
  if (key.length !== 2 || !isPath(path) || !isRecord(options)) return undefined
  const { input, type } = options
  // A key made without a type is for filters, or for data put there by hand.
  if (type === undefined) return { path, input }
  if (type === 'infinite') return { path, input, type }
  if (type === 'query' || type === 'streamed' || type === 'live') {
    return { path, input, type: 'query' }
  }
  return undefined
}
