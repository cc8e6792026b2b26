/**
 * The index from a rule's target to the live queries it means.
 *
 * TanStack Query finds queries by scanning the whole cache; a scan per event is what makes
 * hand-written bridges slow with many queries. Here each query is looked at once, when it enters
 * the cache, and put in a bucket with the other queries of its procedure; a target holds the
 * buckets it means, and an event goes straight to them. A declared match divides buckets further,
 * by the values of the input's fields.
 */

import { matchQuery, type Query, type QueryKey } from '@tanstack/query-core'
import { createBucket, type Bucket } from './query-bucket.ts'
import {
  parseProcedureKey,
  plainInput,
  procedureInput,
  type ProcedureKey,
} from './query-key.ts'

/** What queries a cache action means. Equal specs share one target. */
type TargetSpec = ProcedureSpec | KeySpec

interface ProcedureSpec {
  readonly path: readonly string[]
  /** Also the procedures below `path`. */
  readonly below: boolean
  /** Only keys with this tRPC key prefix. Undefined: with any, and with none. */
  readonly keyPrefix: string | undefined
}

interface KeySpec {
  readonly queryKey: QueryKey
}

/** The live queries of one spec. */
export interface Target {
  readonly has: (query: Query) => boolean
  readonly forEach: (visit: (query: Query) => void) => void
  /** Those whose input has, at these paths, a `fieldsValue` equal to `value`. */
  readonly forEachWith: (
    paths: readonly string[],
    value: unknown,
    visit: (query: Query) => void,
  ) => void
  /** Those whose input has, at these paths, the values that a room's name has as this text. */
  readonly forEachWithText: (
    paths: readonly string[],
    text: string,
    visit: (query: Query) => void,
  ) => void
}

export interface QueryIndex {
  readonly target: (spec: TargetSpec) => Target
  /** Whether any target means this query. */
  readonly isMeant: (query: Query) => boolean
  /** Adding a query twice is harmless. */
  readonly add: (query: Query) => void
  readonly remove: (query: Query) => void
  /** Forgets all queries; targets stay. */
  readonly clear: () => void
}

interface Entry extends Target {
  readonly spec: TargetSpec
  readonly buckets: Bucket[]
}

interface ProcedureBucket {
  readonly key: ProcedureKey
  readonly bucket: Bucket
}

/**
 * The caller says what enters and leaves the cache.
 *
 * @param allQueries - what the cache holds at the moment; read once for each target by a plain key.
 */
export function createQueryIndex(allQueries: () => readonly Query[]): QueryIndex {
  const procedures = new Map<string, ProcedureBucket>()
  const targets = new Map<string, Entry>()

  function openTarget(id: string, spec: TargetSpec): Entry {
    const entry = createEntry(spec)
    if ('queryKey' in spec) {
      const prefixLength = spec.queryKey.length
      const bucket = createBucket((query) => plainInput(query.queryKey, prefixLength))
      for (const query of allQueries()) if (matchQuery(spec, query)) bucket.add(query)
      entry.buckets.push(bucket)
    } else {
      for (const { key, bucket } of procedures.values()) {
        if (isMeant(spec, key)) entry.buckets.push(bucket)
      }
    }
    targets.set(id, entry)
    return entry
  }

  function openProcedure(id: string, key: ProcedureKey): ProcedureBucket {
    const bucket = createBucket((query) => procedureInput(query.queryKey))
    const opened = { key, bucket }
    procedures.set(id, opened)
    for (const { spec, buckets } of targets.values()) {
      if (!('queryKey' in spec) && isMeant(spec, key)) buckets.push(bucket)
    }
    return opened
  }

  function add(query: Query): void {
    const key = parseProcedureKey(query.queryKey)
    if (key !== undefined) {
      const id = bucketId(key)
      const { bucket } = procedures.get(id) ?? openProcedure(id, key)
      bucket.add(query)
    }
    for (const { spec, buckets } of targets.values()) {
      if ('queryKey' in spec && matchQuery(spec, query)) buckets[0]?.add(query)
    }
  }

  return {
    add,

    target(spec) {
      const id = JSON.stringify(spec)
      return targets.get(id) ?? openTarget(id, spec)
    },

    isMeant(query) {
      const key = parseProcedureKey(query.queryKey)
      for (const { spec, buckets } of targets.values()) {
        if ('queryKey' in spec) {
          if (buckets[0]?.queries.has(query)) return true
        } else if (key !== undefined && isMeant(spec, key)) return true
      }
      return false
    },

    remove(query) {
      const key = parseProcedureKey(query.queryKey)
      if (key !== undefined) procedures.get(bucketId(key))?.bucket.delete(query)
      for (const { spec, buckets } of targets.values()) {
        if ('queryKey' in spec) buckets[0]?.delete(query)
      }
    },

    clear() {
      for (const { bucket } of procedures.values()) bucket.clear()
      for (const { buckets } of targets.values()) for (const bucket of buckets) bucket.clear()
    },
  }
}

function createEntry(spec: TargetSpec): Entry {
  const buckets: Bucket[] = []
  return {
    spec,
    buckets,
    forEach(visit) {
      for (const bucket of buckets) bucket.queries.forEach(visit)
    },
    forEachWith(paths, value, visit) {
      for (const bucket of buckets) bucket.with(paths, value)?.forEach(visit)
    },
    forEachWithText(paths, text, visit) {
      for (const bucket of buckets) bucket.withText(paths, text)?.forEach(visit)
    },
    has: (query) => buckets.some((bucket) => bucket.queries.has(query)),
  }
}

function bucketId({ prefix, path }: ProcedureKey): string {
  return prefix === undefined ? path.join('.') : `${prefix}:${path.join('.')}`
}

function isMeant(spec: ProcedureSpec, key: ProcedureKey): boolean {
  if (spec.keyPrefix !== undefined && key.prefix !== spec.keyPrefix) return false
  if (key.path.length !== spec.path.length && !spec.below) return false
  return spec.path.every((name, depth) => key.path[depth] === name)
}
