/**
 * Reads what a server says. A value that is not what it should be is undefined, and ignored.
 */

import {
  LIMITS,
  MEMBER,
  WIRE_VERSION,
  type FramedEvent,
  type Hello,
  type MembershipChange,
  type ProbeAnswer,
  type PullAnswer,
  type ReplayedEvent,
  type RoomAnswer,
  type RoomNote,
} from '../../control.ts'
import { isEventPlaces } from '../../message.ts'
import { isRecord } from '../../is-record.ts'
import { decodeReplay } from './decode-replay.ts'
import { isSocketIoEvent, RESERVED_PREFIX } from '../../reserved-events.ts'

/** One of a server that is too far ahead to be understood counts as none. */
export function parseHello(value: unknown): Hello | undefined {
  if (!isRecord(value)) return undefined
  const { v, e, t, p, f } = value
  if (typeof v !== 'number' || typeof e !== 'string' || typeof t !== 'number') return undefined
  if (v > WIRE_VERSION + 1) return undefined
  return { v, e, t, ...(typeof p === 'number' && { p }), ...(f === 1 && { f }) }
}

/** All of its events, or none: what is left out of a frame would be a hole that nobody sees. */
export function parseFrame(value: unknown): readonly FramedEvent[] | undefined {
  if (!Array.isArray(value) || value.length > LIMITS.eventsPerFrame) return undefined
  return value.every(isFramedEvent) ? value : undefined
}

/** Kinds of notes that a later version may add are left out. */
export function parseNotes(value: unknown): readonly RoomNote[] {
  return Array.isArray(value) ? value.filter(isNote) : []
}

export function parseMembership(value: unknown): MembershipChange | undefined {
  if (!Array.isArray(value)) return undefined
  const [kind, room] = value as unknown[]
  const isKnown = kind === 'leave' || kind === 'join'
  return isKnown && typeof room === 'string' ? [kind, room] : undefined
}

/** Its events may be bytes, where that was asked for. */
export function parsePullAnswer(value: unknown): PullAnswer | undefined {
  if (!isRecord(value)) return undefined
  const { r, b, ev = decodeReplay(b) } = value
  if (!Array.isArray(r) || !Array.isArray(ev)) return undefined
  return r.every(isRoomAnswer) && ev.every(isReplayedEvent) ? { r, ev } : undefined
}

export function parseProbeAnswer(value: unknown): ProbeAnswer | undefined {
  if (!isRecord(value)) return undefined
  const { e, n, s } = value
  const isAnswer = typeof e === 'string' && typeof n === 'number' && typeof s === 'number'
  return isAnswer ? { e, n, s } : undefined
}

/** What Socket.IO and this library say themselves is never in a frame. */
function isFramedEvent(value: unknown): value is FramedEvent {
  if (!Array.isArray(value)) return false
  const [event] = value as unknown[]
  if (typeof event !== 'string' || isSocketIoEvent(event)) return false
  return event === MEMBER || !event.startsWith(RESERVED_PREFIX)
}

function isNote(value: unknown): value is RoomNote {
  if (!Array.isArray(value)) return false
  const [kind, name, handle, head, userHead] = value as unknown[]
  if (kind === 'settled') return true
  if (typeof name !== 'string') return false
  if (kind === 'left' || kind === 'refused') return true
  const isPlace = typeof handle === 'string' && typeof head === 'number'
  if (kind === 'user') return isPlace
  return kind === 'joined' && isPlace && typeof userHead === 'number'
}

function isRoomAnswer(value: unknown): value is RoomAnswer {
  if (!Array.isArray(value)) return false
  const [kind, handle, ...numbers] = value as unknown[]
  const counts = { events: 3, lost: 1, absent: 0 }[String(kind)]
  if (counts === undefined || typeof handle !== 'string') return false
  const known = numbers.slice(0, counts)
  return known.length === counts && known.every((each) => typeof each === 'number')
}

function isReplayedEvent(value: unknown): value is ReplayedEvent {
  if (!Array.isArray(value)) return false
  const [event, , id, places, at, form] = value as unknown[]
  const isNamed = typeof event === 'string' && typeof id === 'string'
  // What a form says is looked at where the data is read.
  const isFormed = form === undefined || isRecord(form)
  return isNamed && isEventPlaces(places) && typeof at === 'number' && isFormed
}
