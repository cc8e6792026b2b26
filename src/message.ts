/**
 * The wire: what travels beside an event's data.
 *
 * An event is emitted as `(event, data, meta)`. A plain listener sees `data` first and may ignore
 * the rest. `meta` is an object, never a trailing string (Socket.IO's connection state recovery
 * appends one), and is recognised by its shape, not its place.
 */

import type { BinaryPart } from './binary.ts'

/** How an event's data is to be read, where it is not as it was broadcast. Part of its meta. */
export interface DataForm {
  /** The version of the event's rule; 1 where it does not say. */
  readonly v?: number
  /** A transformer has made the data; with what it left alone, and where that was. Mostly empty. */
  readonly t?: readonly BinaryPart[]
}

export interface EventMeta extends DataForm {
  /** Epoch: one life of the sender's log. */
  readonly e: string
  /** Event id, unique over all senders. */
  readonly i: string
  /** Its place in the log of each of its rooms; none for what is not logged. */
  readonly p?: readonly EventPlace[]
}

/**
 * One room, by the name that only its members are told the meaning of, and the event's offset
 * there. Offsets are contiguous, from 1, as long as a handle lives.
 */
export type EventPlace = readonly [handle: string, offset: number]

/** The meta among what follows an event's data; undefined where the sender knows none. */
export function findMeta(args: readonly unknown[]): EventMeta | undefined {
  return args.find(isMeta)
}

function isMeta(value: unknown): value is EventMeta {
  if (typeof value !== 'object' || value === null) return false
  const { e, i, p } = value as Partial<EventMeta>
  return typeof e === 'string' && typeof i === 'string' && (p === undefined || isEventPlaces(p))
}

/** The form that a meta tells of; undefined for data that is as it was broadcast, as most. */
export function formOf(meta: EventMeta | undefined): DataForm | undefined {
  return meta?.t === undefined && meta?.v === undefined ? undefined : meta
}

export function isEventPlaces(value: unknown): value is readonly EventPlace[] {
  return Array.isArray(value) && value.every(isEventPlace)
}

function isEventPlace(value: unknown): value is EventPlace {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number'
}

/** Returns a function that stamps events: the epoch as it is then, and an id of this sender's. */
export function createStamp(
  epochNow: () => string,
  sender: string = randomId(),
): () => EventMeta {
  let count = 0
  return () => ({ e: epochNow(), i: sender + (count++).toString(36) })
}

/** Eleven characters, 55 bits: enough that no two senders meet. */
function randomId(): string {
  return Math.random().toString(36).slice(2, 13).padEnd(11, '0')
}
