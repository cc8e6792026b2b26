/**
 * What the engine asks of a query key, whoever made it: which procedure, which input, plain or
 * infinite.
 *
 * Libraries of procedures each make keys in their own way. A reader knows one way; the engine
 * knows none.
 */

import type { QueryKey } from '@tanstack/query-core'
import { SyncError, type OnError } from '../../errors.ts'
import { isRecord } from '../../is-record.ts'

/** What a query key says. */
export interface ProcedureKey {
  /** The names that a rule's `procedure` is compared with, e.g. `['message', 'list']`. */
  readonly path: readonly string[]
  /** What the procedure was asked with: the `input` of `match` and `updater`. */
  readonly input?: unknown
  /** What an engine's `keyPrefix` is compared with. */
  readonly prefix?: string | undefined
  /** Left out where the key does not say: then the query's data and options do. */
  readonly type?: 'query' | 'infinite' | undefined
}

/**
 * Reads the keys of one library; undefined for keys of another making.
 *
 * Called once for each query that enters the cache, so it may take its time; its answer must
 * follow from the key alone. Define it outside of components: another function is another reader.
 */
export type KeyReader = (key: QueryKey) => ProcedureKey | undefined

/** A reader that never throws: an answer that is none is reported, and the key is nobody's. */
export function readSafely(keys: KeyReader, onError: OnError): KeyReader {
  return (key) => {
    try {
      const read: unknown = keys(key)
      if (read === undefined) return undefined
      if (isProcedureKey(read)) return settle(read)
      onError(failed('A `keys` function returned no procedure key.'))
    } catch (cause) {
      onError(failed('A `keys` function threw.', cause))
    }
    return undefined
  }
}

/** Whether a value can be a procedure's path. */
export function isPath(value: unknown): value is readonly [string, ...string[]] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string')
  )
}

function isProcedureKey(read: unknown): read is ProcedureKey {
  if (!isRecord(read) || !isPath(read['path'])) return false
  const { prefix, type } = read
  const isPrefix = prefix === undefined || typeof prefix === 'string'
  return isPrefix && (type === undefined || type === 'query' || type === 'infinite')
}

/** A copy that stays as it is, and of one shape, whoever made it: it is looked at per event. */
function settle({ path, input, prefix, type }: ProcedureKey): ProcedureKey {
  return { path, input, prefix, type }
}

function failed(problem: string, cause?: unknown): SyncError {
  return new SyncError({
    code: 'keys-failed',
    problem,
    remedy: 'Return `{ path, input, prefix, type }`, or undefined for keys of another making.',
    cause,
  })
}
