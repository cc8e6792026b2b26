/**
 * Who was thrown out of a room, and from when on they may see it again: what was sent meanwhile is
 * never replayed to them.
 */

import type { RoomHead } from './log/event-log.ts'

/** A person who was out of a room sees nothing of it up to here. */
export interface Grant extends RoomHead {
  /** When it was, in the log's time. */
  readonly at: number
}

export interface Grants {
  readonly leave: (userId: string, room: string) => void
  /** Whether the user was thrown out of the room and not let in again. */
  readonly isOut: (userId: string, room: string) => boolean
  /** Lets a user in who is out, once the room's head is known; not if thrown out again by then. */
  readonly grant: (
    userId: string,
    room: string,
    from: Grant | Promise<Grant>,
  ) => void | Promise<void>
  /** Says what a log remembers of the time before; what is known here already stays. */
  readonly recall: (userId: string, room: string, grant: Grant) => void
  /** From when on the user may see the room; undefined for who was never thrown out. */
  readonly of: (userId: string, room: string) => Grant | 'out' | undefined
}

/** One absence of one user from one room. */
interface Absence {
  grant: Grant | undefined
  isEnding: boolean
}

/** Past this many, the oldest are forgotten. What they hide leaves the log by itself, with its age. */
const REMEMBERED = 100_000

export function createGrants(): Grants {
  const absences = new Map<string, Absence>()

  function begin(key: string, grant: Grant | undefined): void {
    absences.delete(key)
    absences.set(key, { grant, isEnding: false })
    if (absences.size > REMEMBERED) absences.delete(absences.keys().next().value ?? '')
  }

  return {
    leave: (userId, room) => begin(keyOf(userId, room), undefined),

    recall(userId, room, grant) {
      const key = keyOf(userId, room)
      if (!absences.has(key)) begin(key, grant)
    },

    isOut(userId, room) {
      const absence = absences.get(keyOf(userId, room))
      return absence !== undefined && absence.grant === undefined && !absence.isEnding
    },

    grant(userId, room, from) {
      const absence = absences.get(keyOf(userId, room))
      if (absence === undefined) return undefined
      if (!(from instanceof Promise)) {
        absence.grant = from
        return undefined
      }
      absence.isEnding = true
      // A later absence is another object: nothing that was asked before it ends it.
      return from.then(
        (grant) => {
          absence.grant = grant
        },
        (error: unknown) => {
          absence.isEnding = false
          throw error
        },
      )
    },

    of(userId, room) {
      const absence = absences.get(keyOf(userId, room))
      return absence && (absence.grant ?? 'out')
    },
  }
}

function keyOf(userId: string, room: string): string {
  return JSON.stringify([userId, room])
}
