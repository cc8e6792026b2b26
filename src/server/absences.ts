/**
 * What a user may see of a room, on any node of a shared log.
 *
 * A node is told of those who are thrown out while it runs. What was before is in the user's own log,
 * and is read when it first matters: when a client of that user asks for what it missed.
 */

import { MEMBER } from '../control.ts'
import type { Grant, Grants } from './grants.ts'
import type { EventLog, RoomRead } from './log/event-log.ts'
import { parseChange } from './parse-change.ts'

export interface AbsencesOptions {
  readonly log: EventLog
  readonly userRoomPrefix: string
  readonly grants: Grants
}

export interface Absences {
  /**
   * Makes `grants` know of a user and rooms that one of its sockets is in. Undefined for a log that
   * no other node could have written to.
   */
  readonly recall: (userId: string, rooms: readonly string[]) => Promise<void> | undefined
  /** What was read may not be all that has been since: it is read anew. */
  readonly forget: () => void
}

/** What the user's own log says: of each room, whether the user is out, or since when not. */
interface History {
  readonly rooms: ReadonlyMap<string, 'out' | number>
  /** Nothing is known of what was at this time or before; undefined where all is. */
  readonly unknownUntil: number | undefined
}

/** How many users' histories are kept, and how many records one read may have. */
const REMEMBERED = 10_000
const PAGE = { maxEvents: 500, maxBytes: Infinity }

export function createAbsences({ log, userRoomPrefix, grants }: AbsencesOptions): Absences {
  const histories = new Map<string, Promise<History>>()

  function historyOf(userId: string): Promise<History> {
    const known = histories.get(userId)
    if (known !== undefined) return known
    const read = readHistory(log, userRoomPrefix + userId)
    histories.set(userId, read)
    // One that could not be read is read again; of too many, the oldest is.
    read.catch(() => histories.delete(userId))
    if (histories.size > REMEMBERED) histories.delete(histories.keys().next().value ?? '')
    return read
  }

  async function recall(userId: string, rooms: readonly string[]): Promise<void> {
    const { rooms: changed, unknownUntil } = await historyOf(userId)
    await Promise.all(
      rooms.map(async (room) => {
        const since = changed.get(room) ?? unknownUntil
        // What this node was told of itself is newer.
        if (since === undefined || grants.of(userId, room) !== undefined) return
        // Who asks is in the room: out of it by the log, it was let in by a resolver.
        const grant = await (since === 'out' ? grantNow(log, room) : grantAt(log, room, since))
        grants.recall(userId, room, grant)
      }),
    )
  }

  return {
    recall: (userId, rooms) =>
      log.follow === undefined || rooms.length === 0 ? undefined : recall(userId, rooms),
    forget: () => histories.clear(),
  }
}

async function readHistory(log: EventLog, userRoom: string): Promise<History> {
  const rooms = new Map<string, 'out' | number>()
  let count = 0
  for (let since = 0; ;) {
    const { events, rooms: answers } = await log.read({
      questions: [{ room: userRoom, since, after: 0 }],
      ...PAGE,
    })
    for (const [event, data, , , at] of events) {
      const change = event === MEMBER ? parseChange(data) : undefined
      if (change !== undefined) rooms.set(change[1], change[0] === 'leave' ? 'out' : at)
    }
    count += events.length
    const [answer] = answers
    if (answer === undefined || events.length === 0 || answer.through >= answer.head) {
      return { rooms, unknownUntil: unknownUntil(answer, count) }
    }
    since = answer.through
  }
}

function unknownUntil(answer: RoomRead | undefined, count: number): number | undefined {
  if (answer === undefined) return undefined
  return answer.head > count ? answer.completeSince : undefined
}

async function grantNow(log: EventLog, room: string): Promise<Grant> {
  const [found] = await log.heads([room])
  return { handle: found?.handle ?? '', head: found?.head ?? 0, at: log.now() }
}

/** The place in a room behind all that is not newer than a time. */
async function grantAt(log: EventLog, room: string, at: number): Promise<Grant> {
  const { events, rooms } = await log.read({
    // The log's time has no finer steps than this.
    questions: [{ room, since: 0, after: at + 0.001 }],
    maxEvents: 1,
    maxBytes: Infinity,
  })
  const { handle = '', head = 0 } = rooms[0] ?? {}
  const first = events[0]?.[3].find(([of]) => of === handle)?.[1]
  return { handle, head: first === undefined ? head : first - 1, at }
}
