/**
 * What a cache action aims at: the live queries of some buckets.
 */

import type { Query } from '@tanstack/query-core'
import type { Bucket, Visit } from './query-bucket.ts'

export interface Target {
  readonly has: (query: Query) => boolean
  readonly forEach: (visit: Visit) => void
  /** Those whose input has, at these paths, a `fieldsValue` equal to `value`. */
  readonly forEachWith: (paths: readonly string[], value: unknown, visit: Visit) => void
  /** Those whose input has, at these paths, the values that a room's name has as this text. */
  readonly forEachWithText: (paths: readonly string[], text: string, visit: Visit) => void
}

/** @param buckets - looked at anew each time: buckets may be added. */
export function createTarget(buckets: readonly Bucket[]): Target {
  return {
    has: (query) => buckets.some((bucket) => bucket.has(query)),
    forEach(visit) {
      for (const bucket of buckets) bucket.forEach(visit)
    },
    forEachWith(paths, value, visit) {
      for (const bucket of buckets) bucket.forEachWith(paths, value, visit)
    },
    forEachWithText(paths, text, visit) {
      for (const bucket of buckets) bucket.forEachWithText(paths, text, visit)
    },
  }
}
