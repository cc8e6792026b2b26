/**
 * A socket's rooms: follows the server's notes about them, and sees to it that each ends up with
 * every event applied, or its queries refetched, or emptied.
 *
 *   connect ──▶ hello ──▶ notes: joined, … ──▶ settled ──▶ asks for what is wanted
 *                              └──▶ pulls what was missed
 *
 * What is to be done about a room is decided in room-state.ts; here it is done.
 */

import { HELLO } from '../../control.ts'
import type {
  Hello,
  MembershipChange,
  PullAnswer,
  ReplayedEvent,
  RoomNote,
} from '../../control.ts'
import type { EventPlace } from '../../message.ts'
import type { EventPosition } from '../../stamp.ts'
import type { Clock } from '../../clock.ts'
import { createArrivals, type Arrivals, type ArrivalsOptions } from './arrivals.ts'
import { createPulls, type Anchor } from './pulls.ts'
import { readAnswer } from './read-answer.ts'
import type { HeldEvent, Place, Room, RoomBook } from './room-book.ts'
import { isJoined, type RoomEffect, type RoomEvent } from './room-state.ts'
import type { SharedWants } from './shared-wants.ts'
import { createWantedRooms } from './wanted-rooms.ts'

/** What the rooms have others do. */
export interface RoomsOptions {
  readonly wants: SharedWants
  /** What is known of the rooms already, from an engine before on the same socket. */
  readonly book: RoomBook
  readonly clock: Clock
  readonly emit: (event: string, payload?: unknown) => void
  readonly request: (
    event: string,
    payload: unknown,
    onAnswer: (answer: unknown) => void,
  ) => void
  readonly deliver: ArrivalsOptions['deliver']
  readonly deliverLate: ArrivalsOptions['deliverLate']
  /**
   * From where on a room that had no place needs its events; undefined without a query that they
   * concern. Of the user's own room: any query that a rule means.
   */
  readonly startOf: (room: RoomName) => RoomStart | undefined
  /**
   * Owes a refetch to these queries, but for those whose stamp says that they miss nothing; with
   * `before`, to those fetched before that time.
   */
  readonly owe: (room: RoomName, reason: 'reconnect' | 'rule', before?: number) => void
  /** Owes a refetch to those whose stamp says that they miss events from before the room's floor. */
  readonly oweBelow: (room: RoomName) => void
  /** Owes a refetch to all of these queries, and empties those that the API refuses. */
  readonly suspect: (room: string) => void
  readonly markStale: (room: string) => void
  readonly empty: (room: string) => void
  /** An event of a room that was never told of. */
  readonly onStray: (event: HeldEvent) => void
  readonly onChange: () => void
  readonly report: (report: RoomReport) => void
  /** How long a room that nobody looks at any more is kept. */
  readonly lingerMs: number
}

/** A room, whether it is meant as the user's own, and its place in its log. */
export interface RoomName {
  readonly name: string
  readonly isUser: boolean
  readonly place: Readonly<Place> | undefined
}

/** Behind an event that all have, or for what is younger than a moment on the clock. */
export type RoomStart = { readonly after: number } | { readonly since: number }

/** What became of one room. */
export interface RoomReport {
  readonly type: 'room'
  readonly room: string
  readonly outcome:
    | 'joined'
    | 'nothing-missed'
    | 'replayed'
    | 'lost'
    | 'left'
    | 'refused'
    | 'revoked'
  /** How many events were replayed. */
  readonly events: number
}

export interface Rooms {
  readonly arrivals: Arrivals
  readonly onHello: (hello: Hello) => void
  readonly onNotes: (notes: readonly RoomNote[]) => void
  readonly onMembership: (change: MembershipChange, places: readonly EventPlace[]) => void
  /** Where an event is that is being delivered; undefined for one that is in no log. */
  readonly positionOf: (places: readonly EventPlace[]) => EventPosition | undefined
  readonly onDisconnect: () => void
  /** Whether the server has said hello on this connection. */
  readonly isSpeaking: () => boolean
  /** Whether all that the server joins by itself is joined, and caught up with. */
  readonly isLive: () => boolean
  readonly stateOf: (room: string) => Room['state']
  /** The name behind a handle, where the server has told it. */
  readonly nameOf: (handle: string) => string | undefined
  /** Names a room as wanted until the undo, which may be called twice. */
  readonly want: (room: string) => () => void
  /** How many rooms are joined, and the sum of their offsets; undefined while any is on its way. */
  readonly heads: () => { readonly count: number; readonly sum: number } | undefined
  /** Forgets all rooms, as for another person. */
  readonly reset: () => void
  /** Leaves no timer behind. */
  readonly stop: () => void
}

/** How long an event may take to come by itself after one that is later. */
const GAP_MS = 100

export function createRooms(options: RoomsOptions): Rooms {
  const { book, clock, emit, request, startOf, owe, onChange, report } = options
  /** Of this connection, or the last one. */
  let anchor: Anchor = { hello: { v: 0, e: '', t: 0 }, at: 0 }
  let isSpeaking = false
  let isSettled = false
  let connection = Symbol('connection')

  const pulls = createPulls({
    clock,
    request,
    anchor: () => anchor,
    onAnswer,
  })
  const arrivals = createArrivals({
    clock,
    book,
    deliver: options.deliver,
    deliverLate: options.deliverLate,
    onStray: options.onStray,
    onGap: (room) => change(room, 'gap'),
    onGapClosed(room) {
      stopGapTimer(room)
      change(room, 'caught-up')
    },
    onOverflow(room, offset) {
      if (room.place) {
        room.place.applied = Math.max(room.place.applied, offset)
        room.place.floor = room.place.applied
      }
      pulls.delete(room)
      change(room, 'lost')
    },
  })

  const wanted = createWantedRooms({
    shared: options.wants,
    clock,
    book,
    emit,
    isSettled: () => isSettled,
    lingerMs: options.lingerMs,
    change,
    onLetGo: (room) => interrupt(room, 'let-go'),
  })

  function change(room: Room, event: RoomEvent): void {
    const { state } = room
    const effect = book.change(room, event)
    if (effect !== undefined) perform(room, effect)
    if (room.state !== state) onChange()
  }

  function perform(room: Room, effect: RoomEffect): void {
    const { name } = room
    if (effect === 'pull') pulls.add(room)
    else if (effect === 'pull-soon') startGapTimer(room)
    else if (effect === 'release') arrivals.release()
    else if (effect === 'restore') owe(room, 'rule')
    else if (effect === 'owe') {
      owe(room, 'reconnect')
      tell(room, 'lost')
      arrivals.release()
    } else if (effect === 'suspect') options.suspect(name)
    else if (effect === 'stale') options.markStale(name)
    else options.empty(name)
  }

  function tell({ name }: Room, outcome: RoomReport['outcome'], events = 0): void {
    report({ type: 'room', room: name, outcome, events })
  }

  function startGapTimer(room: Room): void {
    room.gapTimer ??= clock.setTimeout(() => {
      room.gapTimer = undefined
      if (room.state === 'catching-up') pulls.add(room)
    }, GAP_MS)
  }

  function stopGapTimer(room: Room): void {
    clock.clearTimeout(room.gapTimer)
    room.gapTimer = undefined
  }

  /** Forgets what is held and asked for, be it that it is of a life of the room that is over. */
  function dropHeld(room: Room): void {
    stopGapTimer(room)
    pulls.delete(room)
    room.held = undefined
  }

  /** Forgets what was held and asked for; the room's place is kept. */
  function interrupt(room: Room, event: RoomEvent): void {
    dropHeld(room)
    change(room, event)
    // What other rooms hold may have waited for this one.
    if (event !== 'disconnected') arrivals.release()
  }

  function localTime(serverTime: number): number {
    return anchor.at + serverTime - anchor.hello.t
  }

  function onJoined(note: Extract<RoomNote, { 0: 'joined' | 'user' }>): void {
    const [kind, name, handle, head, userHead = head] = note
    const room = book.open(name)
    const { place, state } = room
    room.isUser = kind === 'user'
    const epoch = anchor.hello.e
    room.joinedAsOf = userHead
    room.connection = connection
    if (state !== 'revoked' && place?.handle === handle && place.epoch === epoch) {
      const isBehind = place.applied < head
      if (!isBehind && state !== 'live') tell(room, 'nothing-missed')
      change(room, isBehind ? 'joined-behind' : 'joined')
      return
    }
    const fresh: Place = { epoch, handle, applied: head, floor: head }
    if (place !== undefined && place.handle !== handle) dropHeld(room)
    book.place(room, fresh)
    if (state !== 'revoked' && place !== undefined) {
      // Whoever was taken out of a room meanwhile is among the events of this log, from its start.
      if (room.isUser) {
        fresh.applied = 0
        fresh.floor = 0
      }
      change(room, 'joined-lost')
      if (fresh.applied < head) change(room, 'joined-behind')
      return
    }
    const start = state === 'revoked' ? undefined : startOf(room)
    if (start === undefined) {
      tell(room, 'joined')
      change(room, 'joined')
      return
    }
    if ('since' in start) {
      fresh.applied = -1
      fresh.floor = -1
      room.since = start.since
    } else {
      fresh.applied = Math.min(start.after, head)
      fresh.floor = fresh.applied
    }
    const isBehind = fresh.applied < head
    if (!isBehind) tell(room, 'nothing-missed')
    change(room, isBehind ? 'joined-behind' : 'joined')
  }

  function onNote(note: RoomNote): void {
    if (note[0] === 'joined' || note[0] === 'user') onJoined(note)
    else if (note[0] === 'settled') onSettled()
    else {
      const room = book.get(note[1])
      if (room === undefined) return
      if (note[0] === 'refused') {
        room.isAsked = false
        tell(room, 'refused')
        change(room, 'refused')
      } else {
        if (isJoined(room.state)) tell(room, 'left')
        interrupt(room, 'left')
      }
    }
  }

  /** What the server has not joined by now, it will not by itself. */
  function onSettled(): void {
    isSettled = true
    for (const room of book.all()) {
      if (isJoined(room.state) && room.connection !== connection) interrupt(room, 'left')
      const isAbsent = room.state === 'away' && !room.isAsked && room.wanted === 0
      if (isAbsent) change(room, 'absent')
      if (room.wanted > 0) wanted.ask(room)
    }
  }

  function onAnswer(answer: PullAnswer): void {
    const answered = readAnswer(answer, book)
    for (const { room, is, events } of answered) {
      if (is === 'absent') interrupt(room, 'left')
      else if (is === 'lost') change(room, 'lost')
      else tell(room, 'replayed', events)
    }
    // Before their stamps move on with what is delivered now.
    for (const { room, floor } of answered) if (floor !== undefined) options.oweBelow(room)
    // Nothing of a room that was left while the answer was on its way.
    const events = answer.ev.filter(({ 3: places }) => places.some(isOfJoined))
    options.deliverLate(events.map(toHeldEvent), true)
    for (const [, , , places] of events) arrivals.advance(places)
    for (const { room, completeSince } of answered) {
      if (completeSince !== undefined) owe(room, 'rule', localTime(completeSince))
    }
    for (const { room, is } of answered) {
      if (is === 'incomplete' && room.state === 'catching-up') pulls.add(room)
    }
    for (const { room, is } of answered) if (is === 'done') change(room, 'caught-up')
    arrivals.release()
    onChange()
  }

  function isOfJoined([handle]: EventPlace): boolean {
    const room = book.byHandle(handle)
    return room !== undefined && isJoined(room.state)
  }

  function toHeldEvent([event, data, id, places, at, form]: ReplayedEvent): HeldEvent {
    const rooms = places.flatMap(([handle]) => book.byHandle(handle) ?? [])
    // The way down makes it later than it was; but what is here was sent before now.
    const sentAt = Math.min(localTime(at), clock.now())
    const after = Math.max(...rooms.map(({ appliedAt }) => appliedAt))
    // What follows it in any of its rooms is needed where it is.
    for (const room of rooms) room.appliedAt = Math.max(sentAt, after)
    return { event, data, id, places, form, at: sentAt, after }
  }

  return {
    arrivals,
    isSpeaking: () => isSpeaking,
    isLive: () => isSpeaking && isSettled && book.catchingUp() === 0,
    stateOf: (name) => book.get(name)?.state ?? 'idle',
    nameOf: (handle) => book.byHandle(handle)?.name,

    onHello(hello) {
      anchor = { hello, at: clock.now() }
      isSpeaking = true
      isSettled = false
      connection = Symbol('connection')
      onChange()
    },

    onNotes(notes) {
      if (!isSpeaking) return
      for (const note of notes) onNote(note)
      arrivals.retry()
      onChange()
    },

    onMembership([kind, name], places) {
      const room = book.open(name)
      const recordedAt = Math.max(0, ...places.map(([, offset]) => offset))
      if (kind === 'join') {
        // Where the server does not tell of rooms, this is all there is.
        if (!isSpeaking && room.state === 'revoked') change(room, 'joined')
        return
      }
      const isGrantedAgain = isJoined(room.state) && room.joinedAsOf >= recordedAt
      if (isGrantedAgain) options.empty(name)
      else {
        // Its place is kept only to know what is still on its way.
        interrupt(room, 'revoked')
        room.isAsked = false
      }
      tell(room, 'revoked')
      if (isGrantedAgain) tell(room, 'joined')
      onChange()
    },

    onDisconnect() {
      isSpeaking = false
      isSettled = false
      pulls.clear()
      arrivals.clear()
      for (const room of book.all()) {
        room.isAsked = false
        interrupt(room, 'disconnected')
      }
      onChange()
    },

    positionOf(places) {
      let epoch: string | undefined
      const reached: EventPlace[] = []
      for (const each of places) {
        const [handle, offset] = each
        const { state = 'idle', place } = book.byHandle(handle) ?? {}
        if (place === undefined) continue
        epoch ??= place.epoch
        if (isJoined(state) && place.applied >= offset) reached.push(each)
      }
      return epoch === undefined ? undefined : { epoch, places, reached }
    },

    want: wanted.want,
    stop: wanted.stop,

    heads() {
      let count = 0
      let sum = 0
      for (const { state, place, held } of book.all()) {
        if (state === 'catching-up' || held !== undefined) return undefined
        if (state !== 'live') continue
        count++
        sum += place?.applied ?? 0
      }
      return { count, sum }
    },

    reset() {
      for (const room of book.all()) {
        interrupt(room, 'disconnected')
        book.place(room, undefined)
      }
      // What this connection is in, another person has to hear of anew.
      if (isSpeaking) emit(HELLO)
    },
  }
}
