/**
 * The events of a while ago, in the order in which they were delivered: for a response that turns out
 * to be older than its fetch, and for data that was rendered or stored a while ago.
 */

import type { DataForm, EventPlace } from '../../message.ts'
import type { EventPosition } from '../../stamp.ts'

export interface RecentEvent {
  readonly event: string
  /** As it was sent. */
  readonly data: unknown
  readonly id: string | undefined
  readonly places: readonly EventPlace[]
  readonly form: DataForm | undefined
  /** Undefined for one that is in no log. */
  readonly position: EventPosition | undefined
  /** When it was delivered, in ticks. */
  readonly tick: number
  /**
   * When it was sent, or later, on the clock, and not before an earlier one of its room: what was read
   * since then knows it.
   */
  readonly at: number
}

export interface RecentEvents {
  /** One that comes twice is kept once. */
  readonly add: (recent: RecentEvent) => void
  /** How many there have been. */
  readonly count: () => number
  /** The oldest first. */
  readonly all: () => readonly RecentEvent[]
  /** When the last of those that are forgotten was sent, or later. */
  readonly forgottenThrough: () => number
  /** Some that were sent up to this moment of the clock never came. */
  readonly forgetThrough: (moment: number) => void
  readonly forget: (isMeant: (recent: RecentEvent) => boolean) => void
}

/**
 * How many are remembered at least; twice that at most. They are forgotten by halves: one by one, each
 * event would cost a copy of all.
 */
const RECENT_EVENTS = 1000

/** @param onForget - told the position of each one that is forgotten */
export function createRecentEvents(onForget: (position: EventPosition) => void): RecentEvents {
  let older = createHalf([])
  let newer = createHalf([])
  let forgottenThrough = -Infinity
  let count = 0

  function noteForgotten(forgotten: readonly RecentEvent[]): void {
    for (const { at, position } of forgotten) {
      forgottenThrough = Math.max(forgottenThrough, at)
      if (position !== undefined) onForget(position)
    }
  }

  return {
    count: () => count,
    all: () => [...older.events, ...newer.events],
    forgottenThrough: () => forgottenThrough,

    add(recent) {
      const { id } = recent
      if (id !== undefined) {
        if (newer.ids.has(id) || older.ids.has(id)) return
        newer.ids.add(id)
      }
      count++
      newer.events.push(recent)
      if (newer.events.length <= RECENT_EVENTS) return
      noteForgotten(older.events)
      older = newer
      newer = createHalf([])
    },

    forgetThrough(moment) {
      forgottenThrough = Math.max(forgottenThrough, moment)
    },

    forget(isMeant) {
      const forgotten = [...older.events, ...newer.events].filter(isMeant)
      if (forgotten.length === 0) return
      noteForgotten(forgotten)
      const isKept = (recent: RecentEvent) => !isMeant(recent)
      older = createHalf(older.events.filter(isKept))
      newer = createHalf(newer.events.filter(isKept))
    },
  }
}

interface Half {
  readonly events: RecentEvent[]
  readonly ids: Set<string>
}

function createHalf(events: RecentEvent[]): Half {
  return { events, ids: new Set(events.flatMap(({ id }) => id ?? [])) }
}
