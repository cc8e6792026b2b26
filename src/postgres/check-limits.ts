/** Refuses options that are no numbers at once: Postgres would refuse them again and again, later. */

import { badLimit } from './postgres-errors.ts'

/** @throws SyncError `invalid-option` for what is negative, or no number. `Infinity` is one. */
export function checkLimits(limits: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value !== 'number' || !(value >= 0)) throw badLimit(name, value)
  }
}
