/**
 * Time, as the engine sees it. With the option `random`, all that tests put in place of the real.
 */

export interface Clock {
  /** Milliseconds since any fixed moment; never goes back. */
  readonly now: () => number
  readonly setTimeout: (callback: () => void, delayMs: number) => unknown
  /** Harmless for a timer that has fired, and for undefined. */
  readonly clearTimeout: (timer: unknown) => void
}

/** A clock that can be halted: to ask it once for each of many things at once would cost more than them. */
export interface HaltableClock extends Clock {
  /** While `run` runs, the time stands still. */
  readonly haltFor: (run: () => void) => void
}

export function haltable(clock: Clock): HaltableClock {
  let haltedAt: number | undefined
  return {
    ...clock,
    now: () => haltedAt ?? clock.now(),

    haltFor(run) {
      const outer = haltedAt
      haltedAt ??= clock.now()
      try {
        run()
      } finally {
        haltedAt = outer
      }
    },
  }
}

/** A wall clock that gains less than this on the other has been adjusted, not slept beside. */
const SLEEP_MS = 100

/**
 * `performance.now` may stand still while a machine sleeps, and a query would seem younger than what
 * it missed. What the wall clock gains on it meanwhile counts as slept.
 */
function createAwakeNow(): () => number {
  let sleptMs = 0
  let lead = Date.now() - performance.now()
  return () => {
    const now = performance.now()
    const gained = Date.now() - now - lead
    lead += gained
    if (gained > SLEEP_MS) sleptMs += gained
    return now + sleptMs
  }
}

export const systemClock: Clock = {
  now: createAwakeNow(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  // What `setTimeout` above returned, in whichever form this platform has it.
  clearTimeout: (timer) => clearTimeout(timer as Parameters<typeof clearTimeout>[0]),
}
