/** A clock that knows its timers, so that all of them can be stopped at once. */

import type { Clock } from '../clock.ts'

export interface TrackedClock extends Clock {
  /** How many timers wait. */
  readonly pending: number
  readonly stop: () => void
}

export function trackTimers(clock: Clock): TrackedClock {
  const timers = new Set<unknown>()
  return {
    now: clock.now,
    get pending() {
      return timers.size
    },

    setTimeout(callback, delayMs) {
      const timer = clock.setTimeout(() => {
        timers.delete(timer)
        callback()
      }, delayMs)
      timers.add(timer)
      return timer
    },

    clearTimeout(timer) {
      timers.delete(timer)
      clock.clearTimeout(timer)
    },

    stop() {
      for (const timer of timers) clock.clearTimeout(timer)
      timers.clear()
    },
  }
}
