/**
 * Time that stands still until somebody moves it.
 *
 * Timers fire in the order of their times, and at equal times in the order they were set, so that
 * a run can be repeated to the last microtask.
 */

import type { Clock } from '../clock.ts'

export interface ManualClock extends Clock {
  /** How many timers wait. */
  readonly pending: number
  /** When the next timer is due; undefined where none waits. */
  readonly nextAt: number | undefined
  /** Goes to the next timer and fires it, and it alone; false where none waits. */
  readonly next: () => boolean
  /** Moves on by so many milliseconds, firing whatever comes due, also timers set meanwhile. */
  readonly advance: (ms: number) => void
  /** Resolves once the clock has moved on by so many milliseconds: for query functions in tests. */
  readonly sleep: (ms: number) => Promise<void>
}

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** A clock for `createSyncEngine`, moved by hand. It starts at zero. */
export function createManualClock(): ManualClock {
  let now = 0
  /** In firing order. */
  const timers: Timer[] = []

  function schedule(callback: () => void, delayMs: number): Timer {
    const timer = { at: now + Math.max(0, delayMs), callback }
    let place = timers.length
    while (place > 0 && (timers[place - 1]?.at ?? 0) > timer.at) place--
    timers.splice(place, 0, timer)
    return timer
  }

  function next(): boolean {
    const timer = timers.shift()
    if (timer === undefined) return false
    now = timer.at
    timer.callback()
    return true
  }

  return {
    get pending() {
      return timers.length
    },
    get nextAt() {
      return timers[0]?.at
    },
    now: () => now,
    setTimeout: schedule,
    clearTimeout(timer) {
      // Whatever else it is given is not in the list.
      const place = timers.indexOf(timer as Timer)
      if (place >= 0) timers.splice(place, 1)
    },
    next,
    advance(ms) {
      const until = now + ms
      while ((timers[0]?.at ?? Infinity) <= until) next()
      now = until
    },
    sleep: (ms) =>
      new Promise((resolve) => {
        schedule(resolve, ms)
      }),
  }
}
