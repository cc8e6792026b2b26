/** What the log in memory holds: rooms, and the events that they share. */

import type { Aged } from './age-list.ts'
import type { TextEvent } from './event-log.ts'
import type { Queue } from './queue.ts'

export interface StoredEvent extends Aged<StoredEvent>, TextEvent {
  readonly rooms: readonly RoomLog[]
  /** In how many of its rooms it is still to be found. */
  held: number
  /** How many events were appended before it: the order over all rooms. */
  readonly order: number
}

export interface RoomLog {
  readonly name: string
  /** Opaque, told to members only. */
  readonly handle: string
  head: number
  /** The latest, contiguous, ending at `head`. */
  events: Queue<StoredEvent>
  /** Nothing appended after this time is missing; something appended at it may be. */
  completeSince: number
  lastAt: number
  /** Nobody used it since it was last looked at. */
  isIdle: boolean
  /** In whole milliseconds. */
  lookedAt: number
}
