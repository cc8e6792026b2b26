/**
 * The log of rooms: what was broadcast lately, so that who was away can be told.
 *
 * A log may answer at once or later. One that answers at once keeps `broadcast` synchronous up to
 * Socket.IO. One that several nodes share tells each of them what any has appended (`follow`): so
 * there is one order for all.
 */

import type { ReplayedEvent } from '../../control.ts'
import type { OnError } from '../../errors.ts'
import type { EventPlace } from '../../message.ts'

export interface EventLog {
  /**
   * This life of the log. Another one knows nothing of what was before. A shared log may come into
   * another while it is used, and says so by `LogFollower.renew`.
   */
  readonly epoch: string
  /** Whether several nodes share it; then a node may miss what another has sent. */
  readonly isShared: boolean
  /** Whether `append` may be part of the caller's own transaction. @default false */
  readonly takesTransactions?: boolean | undefined
  /** The log's own time, in milliseconds; never goes back. */
  readonly now: () => number
  /**
   * Appends events, each to all of its rooms, one behind the other. Their data is taken as it is now.
   * Where it rejects, none of them is in the log, or the error says which.
   */
  readonly append: (
    events: readonly NewEvent[],
    options?: AppendOptions,
  ) => readonly Appended[] | Promise<readonly Appended[]>
  /**
   * The place of the last event in each room, in the order of `rooms`, all as of one moment; opens
   * those that are new.
   */
  readonly heads: (
    rooms: readonly string[],
  ) => readonly RoomHead[] | Promise<readonly RoomHead[]>
  /**
   * The same as the snapshot has it that the caller's transaction reads: of the database that the log
   * is in, where an event and its change become visible together. Undefined for a room that the
   * snapshot does not know. Without it, no answer can be stamped exactly.
   */
  readonly headsIn?:
    | ((
        tx: unknown,
        rooms: readonly string[],
      ) => readonly (RoomHead | undefined)[] | Promise<readonly (RoomHead | undefined)[]>)
    | undefined
  readonly read: (request: ReadRequest) => ReadAnswer | Promise<ReadAnswer>
  /** A room of which this is true is never forgotten. Called once, by the server that uses the log. */
  readonly keep: (hasMembers: (room: string) => boolean) => void
  /**
   * Tells what any node has appended, this one included; returns the undo. Called once, by the server
   * that uses the log, which then sends nothing but what it is told here. A log of one process has
   * none: what is appended is sent at once.
   */
  readonly follow?: ((follower: LogFollower) => () => void) | undefined
  /**
   * Resolves when each node that follows the log has been told all that was appended before the call.
   * Rejects with a SyncError `node-silent` that names the nodes which have not said so in time; with
   * `log-lost` where what was appended may be gone.
   */
  readonly barrier?: (() => Promise<void>) | undefined
  /** How much there is in it, about; asked when figures are collected. */
  readonly stats?: (() => LogStats | Promise<LogStats>) | undefined
  readonly close: () => void | Promise<void>
}

export interface LogStats {
  readonly events: number
  readonly bytes: number
  readonly rooms: number
}

export interface AppendOptions {
  /**
   * The caller's own transaction, of a database that the log is in: the events are appended if it
   * commits, and never were if it does not.
   */
  readonly tx?: unknown
}

export interface LogFollower {
  /**
   * Events in order: of each room by their offsets, without holes, each once. One that was appended
   * when another had been, on whichever node, comes after it. What is handed over at once was
   * appended at once, or read at once.
   */
  readonly deliver: (events: readonly FollowedEvent[]) => void
  /**
   * These rooms have begun another life, with other handles: who is in them must be told. Without
   * names, all of them, and the epoch may be another.
   */
  readonly renew: (rooms?: readonly string[]) => void
  /**
   * Some of what was appended will never be told, and this node may not have been waited for: who was
   * thrown out meanwhile is not known here. With names, it is events of these rooms that are missing.
   * Called after `renew`.
   */
  readonly lapse?: ((rooms?: readonly string[]) => void) | undefined
  /** What goes wrong where nobody waits for it: a connection lost, an event that can't be read. */
  readonly onError: OnError
}

export interface FollowedEvent extends NewEvent, Appended {
  /** When it was appended, in the log's time; says how far behind a node is. */
  readonly at?: number | undefined
}

export interface NewEvent {
  readonly rooms: readonly string[]
  readonly event: string
  /** What JSON can say, and bytes. What it means, and in which form, is not the log's business. */
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
  /**
   * The same events, from a log that keeps data as text, if all of it is JSON: what a server sends of
   * them need not be parsed and written again.
   */
  readonly texts?: readonly TextEvent[] | undefined
  /** In the order of the questions. */
  readonly rooms: readonly RoomRead[]
}

/** An event with its data as text. */
export interface TextEvent {
  readonly event: string
  /** The data's JSON, with all names in the order in which they were given. */
  readonly text: string
  readonly id: string
  readonly places: readonly EventPlace[]
  readonly at: number
  /** What the server has made of it; of use where the log hands out the same object again. */
  wire?: WireText | undefined
}

/** What an answer has of an event behind its name. */
export interface WireText {
  /** The data's JSON. */
  readonly data: string
  readonly rest: string
}

export interface RoomRead extends RoomHead {
  /** Whether events asked for by offset have been trimmed, or are not from this life of the room. */
  readonly isLost: boolean
  /** All that was asked for up to this offset is among the events. */
  readonly through: number
  /** Nothing that was appended after this time has been trimmed; something at it may have been. */
  readonly completeSince: number
}
