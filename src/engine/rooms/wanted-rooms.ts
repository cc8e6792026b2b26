/**
 * The rooms that somebody wants: mounted queries, and `useRoom`. The server is asked for those that
 * it does not join by itself, and lets go of them some time after the last one has stopped wanting.
 */

import type { Clock } from '../../clock.ts'
import { JOIN, LEAVE, LIMITS } from '../../control.ts'
import type { Room, RoomBook } from './room-book.ts'
import { isJoined, type RoomEvent } from './room-state.ts'
import type { SharedWants } from './shared-wants.ts'

export interface WantedRoomsOptions {
  readonly shared: SharedWants
  readonly clock: Clock
  readonly book: RoomBook
  readonly emit: (event: string, payload: unknown) => void
  /** Whether the server has joined all that it joins by itself. */
  readonly isSettled: () => boolean
  /** How long a room is kept that nobody wants any more. */
  readonly lingerMs: number
  readonly change: (room: Room, event: RoomEvent) => void
  /** The room has been let go. */
  readonly onLetGo: (room: Room) => void
}

export interface WantedRooms {
  /** Names a room as wanted until the undo, which may be called twice. */
  readonly want: (name: string) => () => void
  /** Asks for the room, if that is due. */
  readonly ask: (room: Room) => void
  /** Leaves no timer behind. */
  readonly stop: () => void
}

/** Rooms are asked for at most this often. */
const ASK_EVERY_MS = 50

export function createWantedRooms(options: WantedRoomsOptions): WantedRooms {
  const { shared, clock, book, emit, isSettled, lingerMs, change, onLetGo } = options
  let asks = new Set<Room>()
  let askedAt = -Infinity
  let askTimer: unknown

  function ask(room: Room): void {
    // What was refused is asked for again at the next connection.
    const isAnswered = isJoined(room.state) || room.state === 'refused'
    if (!isSettled() || room.isAsked || isAnswered) return
    if (room.name.length > LIMITS.roomNameLength) {
      change(room, 'refused')
      return
    }
    room.isAsked = true
    change(room, 'asked')
    if (asks.size === 0) scheduleAsks()
    asks.add(room)
  }

  /** At once what is asked for together; and not so often that the server would not listen. */
  function scheduleAsks(): void {
    const wait = askedAt + ASK_EVERY_MS - clock.now()
    if (wait > 0) askTimer = clock.setTimeout(sendAsks, wait)
    else queueMicrotask(sendAsks)
  }

  function sendAsks(): void {
    const names = [...asks].filter(({ isAsked }) => isAsked).map(({ name }) => name)
    asks = new Set()
    askedAt = clock.now()
    for (let from = 0; from < names.length; from += LIMITS.roomsPerMessage) {
      emit(JOIN, names.slice(from, from + LIMITS.roomsPerMessage))
    }
  }

  function letGo(room: Room): void {
    room.lingerTimer = undefined
    if (shared.letGo(room.name, room.isAsked)) emit(LEAVE, [room.name])
    if (room.isAsked) {
      room.isAsked = false
      onLetGo(room)
    }
    book.prune(room)
  }

  return {
    ask,

    want(name) {
      const room = book.open(name)
      room.wanted++
      shared.want(name)
      clock.clearTimeout(room.lingerTimer)
      room.lingerTimer = undefined
      ask(room)
      let isWanted = true
      return () => {
        if (!isWanted) return
        isWanted = false
        if (--room.wanted > 0) return
        room.lingerTimer = clock.setTimeout(() => letGo(room), lingerMs)
      }
    },

    stop() {
      clock.clearTimeout(askTimer)
      for (const room of book.all()) {
        clock.clearTimeout(room.lingerTimer)
        shared.leave(room.name, room.isAsked)
      }
    },
  }
}
