/**
 * The log of one process, in its memory. A restart is a new epoch: each client then refetches what
 * its rooms concern, once.
 *
 * An event is stored once, whatever the number of its rooms. All limits are kept at each append, at
 * a cost that does not depend on how much is stored.
 */

import type { EventPlace } from '../../message.ts'
import { encodeLogData } from '../../log-codec.ts'
import { createAgeList } from './age-list.ts'
import type { Appended, EventLog, NewEvent } from './event-log.ts'
import { Queue } from './queue.ts'
import { readRooms } from './read-rooms.ts'
import type { RoomLog, StoredEvent } from './stored.ts'

export interface MemoryLogOptions {
  /** How much memory the events may take together, about. @default 33554432 - 32 MiB */
  readonly maxBytes?: number | undefined
  /** @default 1000 */
  readonly maxEventsPerRoom?: number | undefined
  /** How long an event is kept; a room that nobody is in, once or twice that. @default 600000 */
  readonly maxAgeMs?: number | undefined
  /** Milliseconds that never go back. @default performance.now */
  readonly now?: (() => number) | undefined
  /** From 0 to 1; makes the epoch. @default Math.random */
  readonly random?: (() => number) | undefined
}

/** About what an event takes beside its data; `npm run bench -- --only memory` measures it. */
const HELD_BYTES = 700

/** From this many rooms on, unused ones make way before their time. */
const MANY_ROOMS = 50_000

/** Of all rooms where nothing was sent: each user's own, mostly. Nothing is put into it. */
const NO_EVENTS = new Queue<StoredEvent>()

/** A log answers for the rooms of one namespace: each SyncServer has its own. */
export function memoryLog(options: MemoryLogOptions = {}): EventLog {
  const { maxBytes = 32 * 1024 * 1024, maxEventsPerRoom = 1000 } = options
  const { maxAgeMs = 600_000, now = readClock, random = Math.random } = options
  const epoch = random().toString(36).slice(2, 13).padEnd(11, '0')
  const rooms = new Map<string, RoomLog>()
  const events = createAgeList<StoredEvent>()
  /** Every room, the one that was looked at the longest ago first. */
  const looks = new Queue<RoomLog>()
  let hasMembers = hasNone
  let bytes = 0
  let eventCount = 0
  let order = 0
  let handles = 0
  /** The last time an event was appended to a room that is forgotten now, or the log began. */
  let forgottenThrough = now()

  function open(name: string): RoomLog {
    const known = rooms.get(name)
    if (known !== undefined) {
      known.isIdle = false
      return known
    }
    const room: RoomLog = {
      name,
      handle: (handles++).toString(36),
      head: 0,
      events: NO_EVENTS,
      completeSince: forgottenThrough,
      lastAt: forgottenThrough,
      isIdle: false,
      lookedAt: Math.trunc(now()),
    }
    rooms.set(name, room)
    looks.push(room)
    return room
  }

  /** Others make way before the first of them is opened: none of them may go for another's sake. */
  function openAll(names: readonly string[]): RoomLog[] {
    if (rooms.size + names.length > MANY_ROOMS) {
      const added = names.filter((name) => !rooms.has(name)).length
      for (let looked = 0; looked < 2 * added; looked++) lookAtNext(true)
    }
    return names.map(open)
  }

  function dropFirst(room: RoomLog): void {
    const first = room.events.shift()
    if (first === undefined) return
    room.completeSince = first.at
    if (--first.held > 0) return
    // What no room has any more must not crowd out what others have.
    events.remove(first)
    eventCount--
    bytes -= first.text.length + HELD_BYTES
  }

  /** Forgets what is too old or too much. Each event is looked at once on its way out. */
  function trim(): void {
    const oldest = now() - maxAgeMs
    for (let first = events.oldest(); first !== undefined; first = events.oldest()) {
      if (first.at > oldest && bytes <= maxBytes) break
      // The oldest of all is the first of each room that still has it.
      for (const room of first.rooms) if (room.events.first() === first) dropFirst(room)
    }
    forgetRooms(oldest)
  }

  function forgetRooms(oldest: number): void {
    for (let left = looks.length; left > 0; left--) {
      if ((looks.first()?.lookedAt ?? Infinity) > oldest) return
      lookAtNext()
    }
  }

  /** A room is forgotten when it is unused twice in a row: members may be back in a moment. */
  function lookAtNext(isCrowded = false): void {
    const room = looks.shift()
    if (room === undefined) return
    const isUsed = room.events.length > 0 || hasMembers(room.name)
    if (!isUsed && (room.isIdle || isCrowded)) {
      rooms.delete(room.name)
      forgottenThrough = Math.max(forgottenThrough, room.lastAt)
    } else {
      room.isIdle = !isUsed
      room.lookedAt = Math.trunc(now())
      looks.push(room)
    }
  }

  function append({ rooms: names, event }: NewEvent, text: string): Appended {
    const at = now()
    const place = order++
    const id = `${epoch}.${place.toString(36)}`
    const logs = openAll(names)
    const places = logs.map((room): EventPlace => [room.handle, ++room.head])
    const held = logs.length
    if (held === 0) return { id, places }
    const stored = {
      event,
      text,
      id,
      places,
      rooms: logs,
      held,
      at,
      order: place,
      wire: undefined,
    }
    events.add(stored)
    eventCount++
    bytes += text.length + HELD_BYTES
    for (const room of logs) {
      room.lastAt = at
      if (room.events === NO_EVENTS) room.events = new Queue()
      room.events.push(stored)
      if (room.events.length > maxEventsPerRoom) dropFirst(room)
    }
    trim()
    return { id, places }
  }

  return {
    epoch,
    isShared: false,
    now,

    append(added) {
      // Before the first takes a place: where one cannot be encoded, none is appended.
      const texts = added.map(({ data }) => encodeLogData(data))
      return added.map((event, at) => append(event, texts[at] ?? ''))
    },

    heads(names) {
      trim()
      return openAll(names).map(({ handle, head }) => ({ handle, head }))
    },

    read(request) {
      trim()
      return readRooms(request, (name) => rooms.get(name))
    },

    keep(test) {
      hasMembers = test
    },

    stats() {
      trim()
      return { events: eventCount, bytes, rooms: rooms.size }
    },

    close() {
      rooms.clear()
      events.clear()
      looks.clear()
      bytes = 0
      eventCount = 0
    },
  }
}

const readClock = () => performance.now()
const hasNone = (_room: string) => false
