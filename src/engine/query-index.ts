/**
 * The index from a rule's target to the live queries it means.
 *
 * TanStack Query finds queries by scanning the whole cache; a scan per event is what makes
 * hand-written bridges slow with many queries. Here each query is looked at once, when it enters
 * the cache, and put in a bucket with the other queries of its procedure; a target holds the
 * buckets it means, and an event goes straight to them.
 */

import { matchQuery, type Query, type QueryKey } from '@tanstack/query-core'
import { parseProcedureKey, type ProcedureKey } from './query-key.ts'

/** What queries a cache action means. Equal specs share one target. */
export type TargetSpec = ProcedureSpec | KeySpec

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
  readonly forEach: (visit: (query: Query) => void) => void
}

export interface QueryIndex {
  readonly target: (spec: TargetSpec) => Target
  readonly add: (query: Query) => void
  readonly remove: (query: Query) => void
}

type Bucket = Set<Query>

interface Entry extends Target {
  readonly spec: TargetSpec
  readonly buckets: Bucket[]
}

interface ProcedureBucket {
  readonly key: ProcedureKey
  readonly bucket: Bucket
}

/**
 * @param allQueries - what the cache holds at the moment; read now, and once for each target given
 * by a plain key. What comes and goes after that is the caller's to tell.
 */
export function createQueryIndex(allQueries: () => readonly Query[]): QueryIndex {
  const procedures = new Map<string, ProcedureBucket>()
  const targets = new Map<string, Entry>()

  function openTarget(id: string, spec: TargetSpec): Entry {
    const entry = createEntry(spec)
    if ('queryKey' in spec) {
      entry.buckets.push(new Set(allQueries().filter((query) => matchQuery(spec, query))))
    } else {
      for (const { key, bucket } of procedures.values()) {
        if (isMeant(spec, key)) entry.buckets.push(bucket)
      }
    }
    targets.set(id, entry)
    return entry
  }

  function openBucket(id: string, key: ProcedureKey): ProcedureBucket {
    const opened = { key, bucket: new Set<Query>() }
    procedures.set(id, opened)
    for (const { spec, buckets } of targets.values()) {
      if (!('queryKey' in spec) && isMeant(spec, key)) buckets.push(opened.bucket)
    }
    return opened
  }

  function add(query: Query): void {
    const key = parseProcedureKey(query.queryKey)
    if (key !== undefined) {
      const id = bucketId(key)
      const { bucket } = procedures.get(id) ?? openBucket(id, key)
      bucket.add(query)
    }
    for (const { spec, buckets } of targets.values()) {
      if ('queryKey' in spec && matchQuery(spec, query)) buckets[0]?.add(query)
    }
  }

  for (const query of allQueries()) add(query)

  return {
    add,

    target(spec) {
      const id = JSON.stringify(spec)
      return targets.get(id) ?? openTarget(id, spec)
    },

    remove(query) {
      const key = parseProcedureKey(query.queryKey)
      if (key !== undefined) procedures.get(bucketId(key))?.bucket.delete(query)
      for (const { spec, buckets } of targets.values()) {
        if ('queryKey' in spec) buckets[0]?.delete(query)
      }
    },
  }
}

function createEntry(spec: TargetSpec): Entry {
  const buckets: Bucket[] = []
  return {
    spec,
    buckets,
    forEach(visit) {
      for (const bucket of buckets) bucket.forEach(visit)
    },
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
