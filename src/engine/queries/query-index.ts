/**
 * The index from a rule's target to the live queries it means, as one key reader sees them.
 *
 * TanStack Query finds queries by scanning the whole cache; a scan per event is what makes
 * hand-written bridges slow with many queries. Here each query's key is read once, when it enters
 * the cache, and the query put in a bucket with the others of its procedure; a target holds the
 * buckets it means, and an event goes straight to them. A declared match divides buckets further,
 * by the values of the input's fields.
 */

import { matchQuery, type Query, type QueryKey } from '@tanstack/query-core'
import type { QueryInput } from '../../rules.ts'
import type { KeyReader, ProcedureKey } from './key-reader.ts'
import { createBucket, type Bucket } from './query-bucket.ts'
import { plainInput } from './query-key.ts'
import { createTarget, type Target } from './target.ts'

/** What queries a cache action means. Equal specs share one target. */
type TargetSpec = ProcedureSpec | KeySpec

interface ProcedureSpec {
  readonly path: readonly string[]
  /** Also the procedures below `path`. */
  readonly below: boolean
  /** Only keys with this prefix. Undefined: with any, and with none. */
  readonly keyPrefix: string | undefined
}

interface KeySpec {
  readonly queryKey: QueryKey
}

export interface QueryIndex {
  readonly target: (spec: TargetSpec) => Target
  /** What the query's key says; undefined where it is of another making. */
  readonly keyOf: (query: Query) => ProcedureKey | undefined
  /** Whether any target means this query. */
  readonly isMeant: (query: Query) => boolean
  /** Adding a query twice is harmless. */
  readonly add: (query: Query) => void
  readonly remove: (query: Query) => void
}

interface Entry {
  readonly spec: TargetSpec
  readonly buckets: Bucket[]
  readonly target: Target
}

interface ProcedureBucket {
  readonly key: ProcedureKey
  readonly bucket: Bucket
}

/** The caller says what enters and leaves the cache. */
export function createQueryIndex(readKey: KeyReader): QueryIndex {
  const keys = new Map<Query, ProcedureKey | undefined>()
  const procedures = new Map<string, ProcedureBucket>()
  const entries = new Map<string, Entry>()

  function keyOf(query: Query): ProcedureKey | undefined {
    const key = keys.get(query)
    // One that has left the cache may still be asked about.
    return key === undefined && !keys.has(query) ? readKey(query.queryKey) : key
  }

  function openEntry(id: string, spec: TargetSpec): Entry {
    const buckets = 'queryKey' in spec ? [plainBucket(spec)] : procedureBuckets(spec)
    const entry = { spec, buckets, target: createTarget(buckets) }
    entries.set(id, entry)
    return entry
  }

  function plainBucket(spec: KeySpec): Bucket {
    const bucket = createBucket((query) => plainInput(query.queryKey, spec.queryKey.length))
    for (const [query, key] of keys) if (matchQuery(spec, query)) bucket.add(query, key)
    return bucket
  }

  function procedureBuckets(spec: ProcedureSpec): Bucket[] {
    return [...procedures.values()]
      .filter(({ key }) => isOf(spec, key))
      .map(({ bucket }) => bucket)
  }

  function openProcedure(id: string, key: ProcedureKey): ProcedureBucket {
    const opened = { key, bucket: createBucket((_, key) => inputIn(key)) }
    procedures.set(id, opened)
    for (const { spec, buckets } of entries.values()) {
      if (!('queryKey' in spec) && isOf(spec, key)) buckets.push(opened.bucket)
    }
    return opened
  }

  return {
    keyOf,

    target(spec) {
      const id = JSON.stringify(spec)
      return (entries.get(id) ?? openEntry(id, spec)).target
    },

    isMeant(query) {
      const key = keyOf(query)
      for (const { spec, target } of entries.values()) {
        if ('queryKey' in spec) {
          if (target.has(query)) return true
        } else if (key !== undefined && isOf(spec, key)) return true
      }
      return false
    },

    add(query) {
      const key = keyOf(query)
      keys.set(query, key)
      if (key !== undefined) {
        const id = procedureId(key)
        const { bucket } = procedures.get(id) ?? openProcedure(id, key)
        bucket.add(query, key)
      }
      for (const { spec, buckets } of entries.values()) {
        if ('queryKey' in spec && matchQuery(spec, query)) buckets[0]?.add(query, key)
      }
    },

    remove(query) {
      const key = keyOf(query)
      keys.delete(query)
      if (key !== undefined) procedures.get(procedureId(key))?.bucket.delete(query, key)
      for (const { spec, buckets } of entries.values()) {
        if ('queryKey' in spec) buckets[0]?.delete(query, key)
      }
    },
  }
}

/** An input that is no object (a bare string, say) reaches `match` as it is. */
export function inputIn(key: ProcedureKey | undefined): QueryInput {
  return key?.input as QueryInput
}

/** Nobody's names have these characters in them; a dot may be in one. */
function procedureId({ prefix, path }: ProcedureKey): string {
  const names = path.join('\u0000')
  return prefix === undefined ? names : `${prefix}\u0001${names}`
}

function isOf(spec: ProcedureSpec, key: ProcedureKey): boolean {
  if (spec.keyPrefix !== undefined && key.prefix !== spec.keyPrefix) return false
  if (key.path.length !== spec.path.length && !spec.below) return false
  return spec.path.every((name, depth) => key.path[depth] === name)
}
