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

export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  // What `setTimeout` above returned, in whichever form this platform has it.
  clearTimeout: (timer) => clearTimeout(timer as Parameters<typeof clearTimeout>[0]),
}
