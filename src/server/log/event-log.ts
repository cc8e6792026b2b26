/**
 * The log of rooms: what was broadcast lately, so that who was away can be told.
 *
 * A log may answer at once or later. One that answers at once keeps `broadcast` synchronous up to
 * Socket.IO.
 */

import type { ReplayedEvent } from '../../control.ts'
import type { EventPlace } from '../../message.ts'

export interface EventLog {
  /** This life of the log. Another one knows nothing of what was before. */
  readonly epoch: string
  /** Whether several nodes share it; then a node may miss what another has sent. */
  readonly isShared: boolean
  /** The log's own time, in milliseconds; never goes back. */
  readonly now: () => number
  /** Appends an event to all of its rooms. Its data is taken as it is now. */
  readonly append: (event: NewEvent) => Appended | Promise<Appended>
  /** The place of the last event in each room, in the order of `rooms`; opens those that are new. */
  readonly heads: (
    rooms: readonly string[],
  ) => readonly RoomHead[] | Promise<readonly RoomHead[]>
  readonly read: (request: ReadRequest) => ReadAnswer | Promise<ReadAnswer>
  /** A room of which this is true is never forgotten. Called once, by the server that uses the log. */
  readonly keep: (hasMembers: (room: string) => boolean) => void
  readonly close: () => void
}

export interface NewEvent {
  readonly rooms: readonly string[]
  readonly event: string
  readonly data: unknown
}

export interface Appended {
  /** Unique over all nodes and lives. */
  readonly id: string
  readonly places: readonly EventPlace[]
}

export interface RoomHead {
  readonly handle: string
  /** The offset of the room's last event; 0 before the first. */
  readonly head: number
}

export interface ReadRequest {
  readonly questions: readonly ReadQuestion[]
  readonly maxEvents: number
  readonly maxBytes: number
}

export interface ReadQuestion {
  readonly room: string
  /** Events after this offset. */
  readonly since: number
  /**
   * Asks by age: of those, the events appended at this time of the log or later. What was trimmed
   * is not lost then; `completeSince` tells.
   */
  readonly after?: number | undefined
}

export interface ReadAnswer {
  /** In the order they were appended, each once. */
  readonly events: readonly ReplayedEvent[]
  /** In the order of the questions. */
  readonly rooms: readonly RoomRead[]
}

export interface RoomRead extends RoomHead {
  /** Whether events asked for by offset have been trimmed, or are not from this life of the room. */
  readonly isLost: boolean
  /** All that was asked for up to this offset is among the events. */
  readonly through: number
  /** Nothing that was appended after this time has been trimmed; something at it may have been. */
  readonly completeSince: number
}
