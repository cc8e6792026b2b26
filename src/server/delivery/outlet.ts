/**
 * When events leave. The first of a room in a turn of the event loop leaves at once: a lone event waits
 * for nothing. Those that follow wait for the end of the turn, and leave together, in frames. Where that
 * has just happened, and the next turn follows without a pause, its first event waits with the others:
 * half of what a busy room costs would be packets of one event.
 *
 * Whatever else a socket is sent comes behind what waits for it, and it gets what was sent to the
 * rooms that it was in then: so whoever joins, leaves, asks or is answered finds no difference.
 */

import { LIMITS } from '../../control.ts'
import { SyncError, type OnError } from '../../errors.ts'
import { packetsOf, type OutgoingEvent } from './frames.ts'
import { snapshotOf } from './snapshot.ts'
import type { Move, Transmitter } from './transmit.ts'

export interface OutletOptions {
  readonly transmitter: Transmitter
  readonly onError: OnError
}

export interface Outlet {
  /** Events that are sent at once, in their order. */
  readonly send: (events: readonly OutgoingEvent[]) => void
  /** Something else is about to be sent to a socket. */
  readonly beforePacket: (socketId: string) => void
  /** A socket has come into a room, or left it. */
  readonly onMove: (move: Move) => void
  /** From now on nothing waits. */
  readonly hurry: () => void
}

/** How much may wait, in bytes, about: so much a frame has at most. */
const FRAME_BYTES = 256 * 1024

/* Taken at the import, before a test puts fake timers in their place. A test's browser has but one. */
const { setImmediate: immediate, setTimeout: timeout } = globalThis
const atEndOfTurn = typeof immediate === 'function' ? immediate : timeout

export function createOutlet({ transmitter, onError }: OutletOptions): Outlet {
  /** The rooms of this turn's events; those that had several; those that had in the turn before. */
  const seen = new Set<string>()
  let crowded = new Set<string>()
  let crowdedBefore = new Set<string>()
  /** The rooms of those that wait. */
  const awaiting = new Set<string>()
  let waiting: OutgoingEvent[] = []
  let bytes = 0
  let isInTurn = false
  let isFlushing = false
  let isHurried = false

  function startTurn(): void {
    if (isInTurn || isHurried) return
    isInTurn = true
    atEndOfTurn(endTurn)
  }

  function endTurn(): void {
    isInTurn = false
    seen.clear()
    crowdedBefore = crowded
    crowded = new Set()
    flush()
    // It ends as soon as nothing else is ready to run.
    if (crowdedBefore.size > 0) startTurn()
  }

  const isBusy = (room: string) => seen.has(room) || crowdedBefore.has(room)

  /** Nothing comes before it: neither of its own rooms, nor what others wait for. */
  function isFirst({ rooms }: OutgoingEvent): boolean {
    return waiting.length === 0 && !isFlushing && !rooms.some(isBusy)
  }

  function note({ rooms }: OutgoingEvent): void {
    for (const room of rooms) (seen.has(room) ? crowded : seen).add(room)
  }

  function wait(event: OutgoingEvent): void {
    const kept = snapshotOf(event.data, event.meta)
    if (kept === undefined) {
      flush()
      transmitter.sendPlain(event)
      return
    }
    const isFull = waiting.length >= LIMITS.eventsPerFrame || bytes + kept.bytes > FRAME_BYTES
    if (isFull) flush()
    waiting.push({ ...event, data: kept.data })
    bytes += kept.bytes
    for (const room of event.rooms) awaiting.add(room)
  }

  function flush(moved?: Move): void {
    if (isFlushing || waiting.length === 0) return
    const events = waiting
    waiting = []
    bytes = 0
    awaiting.clear()
    isFlushing = true
    for (const packet of packetsOf(events, (rooms) => transmitter.receiversOf(rooms, moved))) {
      try {
        transmitter.sendPacket(packet)
      } catch (cause) {
        onError(packetRefused(packet.events[0]?.event ?? '', cause))
      }
    }
    isFlushing = false
  }

  function beforePacket(socketId: string): void {
    if (waiting.length > 0 && transmitter.isInAny(awaiting, socketId)) flush()
  }

  return {
    send(events) {
      if (events.length === 0) return
      const isNow = isHurried || events.every(isFirst)
      const [only] = events
      startTurn()
      if (isNow && events.length === 1 && only !== undefined) transmitter.sendPlain(only)
      else for (const event of events) wait(event)
      for (const event of events) note(event)
      if (isNow) flush()
    },

    beforePacket,

    onMove(move) {
      const { room, socketId, hasJoined } = move
      // Who disconnects leaves its own room first.
      if (room === socketId && !hasJoined) beforePacket(socketId)
      else if (awaiting.has(room)) flush(move)
    },

    hurry() {
      isHurried = true
      flush()
    },
  }
}

/** Who has broadcast it was told that it is on its way. */
function packetRefused(event: string, cause: unknown): SyncError {
  return new SyncError({
    code: 'delivery-failed',
    problem: `Socket.IO refused "${event}", or what was to be sent with it: ${String(cause)}.`,
    remedy: 'See `cause`; clients get it from the log.',
    subject: event,
    cause,
  })
}
