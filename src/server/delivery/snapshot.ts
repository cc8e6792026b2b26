/**
 * Data as it is when an event is broadcast: what waits for the end of a turn travels as it was, whatever
 * the application does to its object meanwhile.
 */

import type { EventMeta } from '../../message.ts'

export interface Snapshot {
  /** What JSON makes of it, makes it of this, too. */
  readonly data: unknown
  /** About how long it is on the wire. */
  readonly bytes: number
}

/** What a name, a comma or a number takes, about, and what an event takes beside its data. */
const FIELD_BYTES = 6
const EVENT_BYTES = 80

/** Undefined for what has bytes in it: they are Socket.IO's to carry, as they are. */
export function snapshotOf(data: unknown, { t: parts = [] }: EventMeta): Snapshot | undefined {
  if (parts.length > 0) return undefined
  let bytes = EVENT_BYTES
  let isBinary = false

  function copy(value: unknown): unknown {
    bytes += FIELD_BYTES
    if (typeof value === 'string') bytes += value.length
    if (typeof value !== 'object' || value === null || value instanceof Date) return value
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof Blob) {
      isBinary = true
      return value
    }
    if (Array.isArray(value)) return value.map(copy)
    if ('toJSON' in value && typeof value.toJSON === 'function') return copy(value.toJSON())
    const copied: Record<string, unknown> = { ...value }
    for (const name in copied) {
      bytes += name.length
      copied[name] = copy(copied[name])
    }
    return copied
  }

  const copied = copy(data)
  return isBinary ? undefined : { data: copied, bytes }
}
