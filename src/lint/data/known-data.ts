/** What is known of an event's data before anything is made up. */

import type { SyncRule } from '../../rules.ts'
import type { StandardSchema } from '../../schema.ts'
import { dataFromSchema } from './from-schema.ts'

export interface KnownData {
  /** Data that is what it is, and to be used as it is: one sample. */
  readonly isExact: boolean
  /** Data that the event may have; empty where nobody has said. */
  readonly all: readonly unknown[]
  /** Whether the event may have this data, too. */
  readonly accepts: (data: unknown) => boolean
}

export function knownData({ schema }: SyncRule, sample: unknown): KnownData {
  if (sample !== undefined) return { isExact: true, all: [sample], accepts: () => false }
  const all = schema === undefined ? [] : dataFromSchema(schema)
  // A schema that takes nothing that is made up would take nothing else.
  if (schema === undefined || all.length === 0) return UNKNOWN
  return { isExact: false, all, accepts: (data) => isAccepted(schema, data) }
}

const UNKNOWN: KnownData = { isExact: false, all: [], accepts: () => true }

function isAccepted({ '~standard': standard }: StandardSchema, data: unknown): boolean {
  try {
    const result = standard.validate(data)
    return !(result instanceof Promise) && result.issues === undefined
  } catch {
    return false
  }
}
