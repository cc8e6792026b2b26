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
  /** The same on the clock. */
  readonly at: number
}

export interface RecentEvents {
  /** One that comes twice is kept once. */
  readonly add: (recent: RecentEvent) => void
  /** The oldest first. */
  readonly all: () => readonly RecentEvent[]
  /** When the last of those that are forgotten was delivered. */
  readonly forgottenThrough: () => number
  readonly forget: (isMeant: (recent: RecentEvent) => boolean) => void
}

/** How many are remembered at least; twice that at most. */
const RECENT_EVENTS = 1000

/** @param onForget - told the position of each one that is forgotten */
export function createRecentEvents(onForget: (position: EventPosition) => void): RecentEvents {
  let events: RecentEvent[] = []
  let ids = new Set<string>()
  let forgottenThrough = -Infinity

  function keep(kept: RecentEvent[], forgotten: readonly RecentEvent[]): void {
    for (const { at, position } of forgotten) {
      forgottenThrough = Math.max(forgottenThrough, at)
      if (position !== undefined) onForget(position)
    }
    events = kept
    ids = new Set(events.flatMap(({ id }) => id ?? []))
  }

  return {
    all: () => events,
    forgottenThrough: () => forgottenThrough,

    add(recent) {
      const { id } = recent
      if (id !== undefined && ids.has(id)) return
      if (id !== undefined) ids.add(id)
      events.push(recent)
      // By halves: dropping them one by one would copy them all for each event.
      if (events.length > 2 * RECENT_EVENTS) {
        keep(events.slice(RECENT_EVENTS), events.slice(0, RECENT_EVENTS))
      }
    },

    forget(isMeant) {
      const forgotten = events.filter(isMeant)
      if (forgotten.length > 0) {
        keep(
          events.filter((recent) => !isMeant(recent)),
          forgotten,
        )
      }
    },
  }
}
