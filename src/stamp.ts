/**
 * A stamp says how far the log of each room was when a response was read.
 *
 * The heads are taken before the read, or in its own snapshot: so the response holds the effect of
 * every event at or below them. Only of a snapshot's own heads it is known, too, that it holds
 * nothing above. So a client can tell, event by event, what it has to apply.
 */

import { isEventPlaces, type EventPlace } from './message.ts'
import { isRecord } from './is-record.ts'

export interface Stamp {
  /** The epoch that the handles are of. */
  readonly e: string
  /** Handle and head of each room. */
  readonly p: readonly EventPlace[]
  /** Whether the response holds no event above its heads either: they are of the same snapshot. */
  readonly x?: 1
  /** Whether the data has been changed by hand since: what it holds may never have happened. */
  readonly h?: 1
}

/** Where an event is, in the logs of its rooms. */
export interface EventPosition {
  readonly epoch: string
  readonly places: readonly EventPlace[]
  /** Those of the rooms of which all events up to this one have been delivered. */
  readonly reached: readonly EventPlace[]
  /**
   * What with a stamp it has been applied to in this delivery: by one rule of several that name it.
   * Made when it is needed: events are remembered by the thousand, and most have none.
   */
  appliedTo?: Set<object>
}

/**
 * Whether what has the stamp holds the effect of the event at this position. Undefined where it can't
 * be told: the stamp names none of the event's rooms, or rooms of another life of the log.
 */
export function knows(
  { e, p }: Stamp,
  { epoch, places }: Pick<EventPosition, 'epoch' | 'places'>,
): boolean | undefined {
  if (e !== epoch) return undefined
  let isNamed = false
  for (const [handle, offset] of places) {
    const head = headOf(p, handle)
    if (head === undefined) continue
    if (offset <= head) return true
    isNamed = true
  }
  return isNamed ? false : undefined
}

/** The head of a room in a stamp; undefined where it does not name the room. */
export function headIn(stamp: Stamp, epoch: string, handle: string): number | undefined {
  return stamp.e === epoch ? headOf(stamp.p, handle) : undefined
}

/** The stamp of what is there when the event at this position has been applied. */
export function advance(
  stamp: Stamp,
  { epoch, reached }: Pick<EventPosition, 'epoch' | 'reached'>,
): Stamp {
  if (stamp.e !== epoch) return stamp
  const p = stamp.p.map((place): EventPlace => {
    const offset = headOf(reached, place[0]) ?? 0
    return offset > place[1] ? [place[0], offset] : place
  })
  return p.every((place, at) => place === stamp.p[at]) ? stamp : { ...stamp, p }
}

/** What both stamps say; undefined where that is nothing. Of two reads only equal ones are exact. */
export function common(a: Stamp, b: Stamp): Stamp | undefined {
  if (a.e !== b.e) return undefined
  const p = a.p.flatMap(([handle, head]): EventPlace[] => {
    const other = headOf(b.p, handle)
    return other === undefined ? [] : [[handle, Math.min(head, other)]]
  })
  if (p.length === 0) return undefined
  const isOne = isAlike(a, b) && a.x === 1 && b.x === 1
  const isChanged = a.h === 1 || b.h === 1
  return { e: a.e, p, ...(isOne && { x: 1 }), ...(isChanged && { h: 1 }) }
}

/** A stamp that came from outside; undefined where it is none. */
export function parseStamp(value: unknown): Stamp | undefined {
  if (!isRecord(value)) return undefined
  const { e, p, x, h } = value
  if (typeof e !== 'string' || !isEventPlaces(p) || p.length === 0) return undefined
  return { e, p, ...(x === 1 && { x }), ...(h === 1 && { h }) }
}

function isAlike(a: Stamp, b: Stamp): boolean {
  return (
    a.p.length === b.p.length && a.p.every(([handle, head]) => headOf(b.p, handle) === head)
  )
}

function headOf(places: readonly EventPlace[], handle: string): number | undefined {
  for (const [each, head] of places) if (each === handle) return head
  return undefined
}
