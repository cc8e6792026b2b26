/**
 * All rooms a client knows, by name and by handle. The one place where a room's state changes.
 */

import type { DataForm, EventPlace } from '../../message.ts'
import type { EventPosition } from '../../stamp.ts'
import {
  isJoined,
  transition,
  type RoomEffect,
  type RoomEvent,
  type RoomState,
} from './room-state.ts'

export interface Room {
  readonly name: string
  /** Whether it is the user's own, whose log has the changes of membership. */
  isUser: boolean
  state: RoomState
  /** Its place in a log: epoch, handle, and the offset of the last event applied. */
  place: Place | undefined
  /** The offset in the user's own log up to which membership changes are older than the join. */
  joinedAsOf: number
  /** Until its first answer, a room without a place asks for what is younger than this time. */
  since: number
  /** When its last event was applied, on the clock; of one that was asked for, when it was sent. */
  appliedAt: number
  /** Events ahead of their turn, by offset. */
  held: Map<number, HeldEvent> | undefined
  /** Runs while a missing event may still come by itself. */
  gapTimer: unknown
  /** How many mounted queries and `useRoom`s name it. */
  wanted: number
  lingerTimer: unknown
  /** Whether the server was asked for it on this connection. */
  isAsked: boolean
  /** Which connection it was last joined on. */
  connection: symbol | undefined
}

export interface Place {
  readonly epoch: string
  readonly handle: string
  applied: number
  /** The events after this offset, up to the one applied, are remembered: nothing older is. */
  floor: number
}

export interface HeldEvent {
  readonly event: string
  readonly data: unknown
  readonly id: string
  readonly places: readonly EventPlace[]
  readonly form: DataForm | undefined
  /** When it arrived, on the clock; of a replayed one, when it was sent. */
  readonly at: number
  /** When an earlier event of its rooms was last applied. */
  readonly after?: number
}

export interface RoomBook {
  readonly all: () => Iterable<Room>
  readonly get: (name: string) => Room | undefined
  readonly open: (name: string) => Room
  readonly byHandle: (handle: string) => Room | undefined
  /** Gives the room a place; events find it by its handle from then on. */
  readonly place: (room: Room, place: Place | undefined) => void
  /** Says that the event at this position is remembered no more. */
  readonly forgetEvent: (position: EventPosition) => void
  /** Changes the room's state, and says what is to be done. */
  readonly change: (room: Room, event: RoomEvent) => RoomEffect | undefined
  /** How many rooms are catching up. */
  readonly catchingUp: () => number
  /** Forgets a room that nobody wants and nothing is known of. */
  readonly prune: (room: Room) => void
}

/** Past this many, places of rooms that nobody is in are forgotten, the oldest first. */
const REMEMBERED_ROOMS = 20_000

export function createRoomBook(): RoomBook {
  const rooms = new Map<string, Room>()
  const handles = new Map<string, Room>()
  let catchingUp = 0

  function forget(room: Room): void {
    rooms.delete(room.name)
    if (room.place && handles.get(room.place.handle) === room) handles.delete(room.place.handle)
  }

  function makeSpace(): void {
    if (rooms.size < REMEMBERED_ROOMS) return
    for (const room of rooms.values()) {
      if (isJoined(room.state) || room.wanted > 0) continue
      forget(room)
      return
    }
  }

  return {
    all: () => rooms.values(),
    get: (name) => rooms.get(name),
    byHandle: (handle) => handles.get(handle),
    catchingUp: () => catchingUp,

    open(name) {
      const known = rooms.get(name)
      if (known !== undefined) return known
      makeSpace()
      const room: Room = {
        name,
        isUser: false,
        state: 'idle',
        place: undefined,
        joinedAsOf: 0,
        since: 0,
        appliedAt: -Infinity,
        held: undefined,
        gapTimer: undefined,
        wanted: 0,
        lingerTimer: undefined,
        isAsked: false,
        connection: undefined,
      }
      rooms.set(name, room)
      return room
    },

    place(room, place) {
      const { place: former } = room
      if (former && former.handle !== place?.handle && handles.get(former.handle) === room) {
        handles.delete(former.handle)
      }
      room.place = place
      if (place !== undefined) handles.set(place.handle, room)
    },

    forgetEvent({ epoch, places }) {
      for (const [handle, offset] of places) {
        const place = handles.get(handle)?.place
        if (place?.epoch === epoch) place.floor = Math.max(place.floor, offset)
      }
    },

    change(room, event) {
      const { to, effect } = transition(room.state, event)
      if (room.state === 'catching-up') catchingUp--
      if (to === 'catching-up') catchingUp++
      room.state = to
      return effect
    },

    prune(room) {
      const isKnown = room.place !== undefined || room.wanted > 0
      if (room.state === 'idle' && !isKnown) forget(room)
    },
  }
}
