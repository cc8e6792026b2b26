/** Reads a record of membership, as it comes out of a log. */

import type { MembershipChange } from '../control.ts'

/** Undefined for what is none, or of a kind that a later version has added. */
export function parseChange(value: unknown): MembershipChange | undefined {
  if (!Array.isArray(value)) return undefined
  const [kind, room, isForAll] = value as unknown[]
  if ((kind !== 'leave' && kind !== 'join') || typeof room !== 'string') return undefined
  return isForAll === 1 ? [kind, room, 1] : [kind, room]
}
