/**
 * The control messages: what server and client say to each other about rooms, beside the events.
 *
 *   server → client   sync:hello    Hello                    at each connection, and when asked for;
 *                                                            then the rooms are told again, too
 *                     sync:rooms    RoomNote[]               what became of this socket's rooms
 *                     sync:member   MembershipChange, meta   an event in the log of `user:{id}`
 *                     sync:frame    FramedEvent[]            several events in one packet
 *   client → server   sync:hello                             asks for a hello
 *                     sync:join     string[]                 asks for rooms; answered by notes
 *                     sync:leave    string[]                 leaves rooms it asked for
 *                     sync:pull     PullRequest, ack         asks for events it has not seen
 *                     sync:probe    ack                      asks whether anybody is there
 *                     sync:unpack   1 | 0, ack               unpacks frames from now on, or no more
 *
 * docs/PROTOCOL.md says when each is sent. Everything that arrives is parsed before it is believed.
 */

import type { DataForm, EventPlace } from './message.ts'

/** Raised by an incompatible change; either side works with a peer of one version less or more. */
export const WIRE_VERSION = 1

export const HELLO = 'sync:hello'
export const ROOMS = 'sync:rooms'
export const MEMBER = 'sync:member'
export const JOIN = 'sync:join'
export const LEAVE = 'sync:leave'
export const PULL = 'sync:pull'
export const PROBE = 'sync:probe'
export const FRAME = 'sync:frame'
export const UNPACK = 'sync:unpack'

export interface Hello {
  /** The wire version of the server. */
  readonly v: number
  /** Epoch: this life of the log. */
  readonly e: string
  /** The log's time, in milliseconds of its own monotone clock. */
  readonly t: number
  /** How often to probe, in milliseconds: where several nodes share a log, a last event can get lost. */
  readonly p?: number
  /** It sends frames to who says that it unpacks them. */
  readonly f?: 1
}

/** An event in a frame, as it would be emitted alone. */
export type FramedEvent = readonly [event: string, data: unknown, ...rest: unknown[]]

/** What became of one of a socket's rooms. Notes come in order. */
export type RoomNote =
  /**
   * The socket is in the room: its name, what `meta` calls it, the offset of its last event, and
   * that of the last event in the user's own room, which says which membership changes are older.
   */
  | readonly ['joined', name: string, handle: string, head: number, userHead: number]
  /** The same of the user's own room, whose log has the changes of membership. */
  | readonly ['user', name: string, handle: string, head: number]
  /** It is in the room no more; whether it may come back is not said. */
  | readonly ['left', name: string]
  /** It asked for the room and did not get it. */
  | readonly ['refused', name: string]
  /** All that is joined on its own has been: a room that is not among them is absent. */
  | readonly ['settled']

/**
 * `leave` revokes the room; `join` grants it (again). `all` is for nodes: the user's other sockets
 * are to be in the room, too.
 */
export type MembershipChange = readonly ['leave' | 'join', room: string, all?: 1]

export interface PullRequest {
  /** The epoch and the time of the hello that ages are counted from. */
  readonly e: string
  readonly t: number
  readonly q: readonly PullQuestion[]
  /** The events may come as bytes. */
  readonly b?: 1
}

/** What a client wants of one room. */
export type PullQuestion =
  /** All after this offset. */
  | readonly [handle: string, since: number]
  /** All that is younger: appended less than `ageMs` before the hello's time. */
  | readonly [handle: string, since: -1, ageMs: number]

export interface PullAnswer {
  readonly r: readonly RoomAnswer[]
  /** The events of all rooms asked for, in the order they were appended; each is there once. */
  readonly ev: readonly ReplayedEvent[]
}

/** The same with the events as bytes: the JSON of `PackedEvents`. */
export interface PackedAnswer extends Pick<PullAnswer, 'r'> {
  readonly b: Uint8Array
}

/** The names that occur, what ids begin with, and the events. */
export type PackedEvents = readonly [
  names: readonly string[],
  prefix: string,
  events: readonly PackedEvent[],
]

/** As a ReplayedEvent, but for its name and its id. */
type PackedEvent = readonly [
  /** The place of its name among the names. */
  name: number,
  data: unknown,
  /** Behind the prefix; in a list, the whole of it. */
  id: string | readonly [id: string],
  /** Handles and offsets by turns. */
  places: readonly (string | number)[],
  /** In whole milliseconds, rounded up: an event may look younger than it is, never older. */
  at: number,
  form?: DataForm,
]

export type RoomAnswer =
  /**
   * `ev` has all events asked for, up to and including `through`; there are more where `head` is
   * higher. An answer by age is complete for what is younger than `completeSince`, in the log's
   * time; older events may have been trimmed.
   */
  | readonly ['events', handle: string, through: number, head: number, completeSince: number]
  /** Events asked for are no longer in the log. */
  | readonly ['lost', handle: string, head: number]
  /** The socket is not in such a room. */
  | readonly ['absent', handle: string]

export type ReplayedEvent = readonly [
  event: string,
  data: unknown,
  id: string,
  places: readonly EventPlace[],
  /** When it was appended, in the log's time. */
  at: number,
  /** How its data is to be read; no log says it, a server does. */
  form?: DataForm,
]

/** Instead of an answer: the client asks too much, and may ask again after so many milliseconds. */
export interface Busy {
  readonly busy: number
}

export interface ProbeAnswer {
  readonly e: string
  /** How many rooms the socket is in that the log knows, and the sum of their heads. */
  readonly n: number
  readonly s: number
}

/** The most that one message may carry. */
export const LIMITS = {
  /** Names in a `sync:join` or `sync:leave`, questions in a `sync:pull`. */
  roomsPerMessage: 200,
  /** Characters of a room's name. */
  roomNameLength: 256,
  /** Notes in one `sync:rooms`. */
  notesPerMessage: 500,
  /** Events in one answer to a `sync:pull`. */
  eventsPerAnswer: 500,
  /** Events in one frame. */
  eventsPerFrame: 1000,
} as const
