/**
 * A refetch that a query is owed, and what pays it: a fetch that started later, or a response whose
 * stamp knows the events it is owed for. Pure.
 */

import type { EventPlace } from '../../message.ts'
import { knows, type EventPosition, type Stamp } from '../../stamp.ts'
import type { FetchInFlight } from './tracked-query.ts'

export interface Debt {
  /** When it was last incurred, in ticks. */
  readonly since: number
  /** The same on the clock. */
  readonly at: number
  /** The events it is owed for; of those of one room the last. */
  readonly events: readonly EventPosition[]
  /** Whether it is owed for something else, too. */
  readonly isForMore: boolean
}

/** Past this many, the rest is something else. */
const NAMED_EVENTS = 32

/** The debt with another reason: an event, or undefined for something else. */
export function addDebt(
  debt: Debt | undefined,
  now: Pick<Debt, 'since' | 'at'>,
  event: EventPosition | undefined,
): Debt {
  const { events = [], isForMore = false } = debt ?? {}
  if (event === undefined) return { ...now, events, isForMore: true }
  const named = [...events.filter((each) => !isBefore(each, event)), event]
  const kept = named.slice(-NAMED_EVENTS)
  return { ...now, events: kept, isForMore: isForMore || kept.length < named.length }
}

/** Whether a full response of this fetch, with this stamp, pays it. */
export function isPaid(debt: Debt, fetch: FetchInFlight, stamp: Stamp | undefined): boolean {
  if (debt.since < fetch.startedAt && debt.at <= fetch.knowsFrom) return true
  if (stamp === undefined || debt.isForMore) return false
  return debt.events.every((event) => knows(stamp, event) === true)
}

/** Whether what knows the later event knows the other one. */
function isBefore(event: EventPosition, later: EventPosition): boolean {
  const isIn = ([handle, offset]: EventPlace) =>
    later.places.some(([other, last]) => other === handle && last >= offset)
  return event.epoch === later.epoch && event.places.every(isIn)
}
