/**
 * The rooms that somebody of this node is in, and which life of them this node knows. A room that is
 * found in another one was lost.
 */

export interface RoomBook {
  /** Where `keep` was never called, every room counts. */
  readonly hasMembers: (room: string) => boolean
  readonly keep: (hasMembers: (room: string) => boolean) => void
  /**
   * Notes a room's handle as it was when the log had so many events. True if another one was known
   * until now.
   */
  readonly note: (seen: Seen) => boolean
  /** Whether what was appended as this event is of the life that is known, or of a later one. */
  readonly isCurrent: (seen: Seen) => boolean
  /** Those that somebody is in; forgets the others. */
  readonly inUse: () => readonly (readonly [room: string, handle: string])[]
  readonly forget: (room: string) => void
  readonly clear: () => void
}

interface Seen {
  readonly room: string
  readonly handle: string
  readonly seq: number
}

interface Known {
  readonly handle: string
  readonly seq: number
}

/** Where nobody says who is in which room, this many are remembered. */
const MOST_UNKEPT = 10_000

export function createRoomBook(): RoomBook {
  const known = new Map<string, Known>()
  let test: ((room: string) => boolean) | undefined

  const hasMembers = (room: string) => test?.(room) ?? true

  return {
    hasMembers,
    keep(given) {
      test = given
    },

    note({ room, handle, seq }) {
      if (!hasMembers(room)) {
        known.delete(room)
        return false
      }
      const before = known.get(room)
      if (before !== undefined && before.seq > seq) return false
      known.set(room, { handle, seq })
      if (test === undefined && known.size > MOST_UNKEPT) {
        known.delete(known.keys().next().value ?? '')
      }
      return before !== undefined && before.handle !== handle
    },

    isCurrent({ room, handle, seq }) {
      const now = known.get(room)
      return now === undefined || now.handle === handle || now.seq < seq
    },

    inUse() {
      for (const room of known.keys()) if (!hasMembers(room)) known.delete(room)
      return [...known].map(([room, { handle }]) => [room, handle])
    },

    forget: (room) => known.delete(room),
    clear: () => known.clear(),
  }
}
