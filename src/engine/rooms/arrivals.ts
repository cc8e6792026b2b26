/**
 * Puts a connection's events in order: one that is next in all of its rooms is delivered, one that
 * was applied already is dropped, one that is ahead is held until those before it have come.
 *
 * Its room may not be known yet: the note that tells of it follows. Such an event waits for a moment.
 */

import type { Clock } from '../../clock.ts'
import { formOf, type EventMeta, type EventPlace } from '../../message.ts'
import type { HeldEvent, Room, RoomBook } from './room-book.ts'
import { isJoined } from './room-state.ts'

export interface ArrivalsOptions {
  readonly clock: Clock
  readonly book: RoomBook
  /** Applies an event in its turn. */
  readonly deliver: (event: string, data: unknown, meta: EventMeta) => void
  /** Applies events that come after their turn. */
  readonly deliverLate: (events: readonly HeldEvent[], replayed: boolean) => void
  /** An event of a room that was never told of. */
  readonly onStray: (event: HeldEvent) => void
  /** The room's next event is missing. */
  readonly onGap: (room: Room) => void
  /** What was missing has come by itself. */
  readonly onGapClosed: (room: Room) => void
  /** More is held than can be; the room has forgotten it all, up to this offset. */
  readonly onOverflow: (room: Room, offset: number) => void
}

export interface Arrivals {
  readonly receive: (event: string, data: unknown, meta: EventMeta) => void
  /** Says that the events at these places have been applied. */
  readonly advance: (places: readonly EventPlace[]) => void
  /** Delivers what is held and whose turn has come, in whichever room. */
  readonly release: () => void
  /** Takes up what waited for its room to be told of. */
  readonly retry: () => void
  /** Forgets all that is held: the connection is gone. */
  readonly clear: () => void
}

/** How many events one room may hold, and how many may wait for their room to be told of. */
const HELD_EVENTS = 1000
/** How long they may wait. */
const STRAY_MS = 5000

export function createArrivals(options: ArrivalsOptions): Arrivals {
  const { clock, book, deliver, deliverLate, onStray, onGap, onGapClosed, onOverflow } = options
  /** The rooms that hold events. */
  const holding = new Set<Room>()
  let strays: HeldEvent[] = []
  let strayTimer: unknown

  /** The rooms of these places that the socket is in, and that have not seen the event. */
  function roomsAhead(places: readonly EventPlace[]): [room: Room, offset: number][] {
    const ahead: [Room, number][] = []
    for (const [handle, offset] of places) {
      const room = book.byHandle(handle)
      if (room === undefined || !isJoined(room.state) || isBehind(room, offset)) continue
      ahead.push([room, offset])
    }
    return ahead
  }

  function receive(event: string, data: unknown, meta: EventMeta): void {
    const { i: id, p: places = [] } = meta
    const [first] = places
    const room = first && book.byHandle(first[0])
    // Nearly all events: one room, live, and nothing before this one is missing.
    if (places.length === 1 && room?.state === 'live' && room.held === undefined) {
      if (room.place?.applied === (first?.[1] ?? 0) - 1) {
        room.place.applied++
        room.appliedAt = clock.now()
        deliver(event, data, meta)
        return
      }
    }
    const arrived = { event, data, id, places, form: formOf(meta), at: clock.now() }
    const isPlaced = place(arrived, () => deliver(event, data, meta))
    if (!isPlaced) waitForRoom(arrived)
  }

  /** Delivers, holds or drops an event; false if none of its rooms has been told of. */
  function place(arrived: HeldEvent, apply: () => void): boolean {
    const { places } = arrived
    if (!places.some(([handle]) => book.byHandle(handle) !== undefined)) return false
    const ahead = roomsAhead(places)
    if (ahead.length === 0) return true
    if (ahead.every(([room, offset]) => isNext(room, offset))) {
      advance(places)
      apply()
      if (holding.size > 0) release()
    } else {
      for (const [room, offset] of ahead) hold(room, offset, arrived)
    }
    return true
  }

  function waitForRoom(stray: HeldEvent): void {
    strays.push(stray)
    if (strays.length > HELD_EVENTS) expireStrays(strays.splice(0, 1))
    strayTimer ??= clock.setTimeout(() => {
      strayTimer = undefined
      expireStrays(strays.splice(0))
    }, STRAY_MS)
  }

  function expireStrays(expired: readonly HeldEvent[]): void {
    for (const stray of expired) onStray(stray)
  }

  function hold(room: Room, offset: number, held: HeldEvent): void {
    room.held ??= new Map()
    holding.add(room)
    room.held.set(offset, held)
    if (room.held.size > HELD_EVENTS) {
      room.held = undefined
      onOverflow(room, offset)
    } else if (room.state === 'live' && !isNext(room, offset)) onGap(room)
  }

  function advance(places: readonly EventPlace[]): void {
    for (const [handle, offset] of places) {
      const room = book.byHandle(handle)
      if (room?.place?.applied !== offset - 1) continue
      room.place.applied = offset
      room.appliedAt = clock.now()
    }
  }

  /** The room's next event, taken out of all rooms that hold it; undefined while any of them waits. */
  function takeNext(room: Room): HeldEvent | undefined {
    const next = room.held?.get((room.place?.applied ?? -1) + 1)
    if (next === undefined) return undefined
    const ahead = roomsAhead(next.places)
    if (!ahead.every(([other, offset]) => isNext(other, offset))) return undefined
    for (const [other, offset] of ahead) other.held?.delete(offset)
    return next
  }

  function release(): void {
    if (holding.size === 0) return
    const ready: HeldEvent[] = []
    for (let found = true; found;) {
      found = false
      for (const room of holding) {
        for (let next = takeNext(room); next !== undefined; next = takeNext(room)) {
          // As one that was long on its way: what it follows has been applied just now.
          ready.push({ ...next, at: clock.now() })
          advance(next.places)
          // It may have been what another room waited for.
          found = true
        }
      }
    }
    if (ready.length > 0) deliverLate(ready, false)
    for (const room of holding) tidy(room)
  }

  /** Drops what has been applied meanwhile; what is still missing is a gap. */
  function tidy(room: Room): void {
    for (const offset of room.held?.keys() ?? []) {
      if (isBehind(room, offset)) room.held?.delete(offset)
    }
    if (room.held?.size === 0) room.held = undefined
    if (room.held === undefined) holding.delete(room)
    const isWaiting = room.held !== undefined && !room.held.has((room.place?.applied ?? -1) + 1)
    if (!isWaiting && room.gapTimer !== undefined) onGapClosed(room)
    else if (isWaiting && room.state === 'live') onGap(room)
  }

  return {
    receive,
    advance,
    release,

    retry() {
      if (strays.length === 0) return
      strays = strays.filter((stray) => !place(stray, () => deliverLate([stray], false)))
      if (strays.length > 0) return
      clock.clearTimeout(strayTimer)
      strayTimer = undefined
    },

    clear() {
      strays = []
      clock.clearTimeout(strayTimer)
      strayTimer = undefined
      holding.clear()
      for (const room of book.all()) room.held = undefined
    },
  }
}

/** Its place allows it, but for what other rooms of the event say. */
function isNext({ state, gapTimer, place }: Room, offset: number): boolean {
  const isFlowing = state === 'live' || gapTimer !== undefined
  return isFlowing && place !== undefined && offset === place.applied + 1
}

function isBehind({ place }: Room, offset: number): boolean {
  return place !== undefined && offset <= place.applied
}
