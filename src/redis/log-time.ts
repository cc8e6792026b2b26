/**
 * The log's time, as a node knows it between two answers: never ahead of the log's own clock, so that
 * an age counted back from it includes too much rather than too little.
 */

export interface LogTime {
  /** Never goes back in one epoch. */
  readonly now: () => number
  /** As `now`, without what is kept back for a clock that is set: for moments near to each other. */
  readonly nearest: () => number
  /**
   * The log's time in an answer to a question that was asked when `now` would have said `told`. False
   * if the clock has been set back since: what was told is ahead of it.
   */
  readonly heard: (at: number, told: number) => boolean
  /** In another epoch, time may be another. */
  readonly forget: () => void
}

/** Two clocks that are being adjusted may differ by this within a few seconds. */
const RESERVE_MS = 100
/** A clock of a machine is more exact than this, and may be faster than that of Redis. */
const DRIFT = 0.0005

/** @param clock Milliseconds that never go back. */
export function createLogTime(clock: () => number): LogTime {
  let at = -Infinity
  let heardAt = 0
  let told = 0

  const nearest = () => at + (clock() - heardAt) * (1 - DRIFT)

  return {
    nearest,

    now() {
      told = Math.max(told, nearest() - RESERVE_MS)
      return told
    },

    heard(answered, toldBefore) {
      // The answer has been under way: by now the log's time is later, by an unknown while.
      at = answered
      heardAt = clock()
      return answered >= toldBefore
    },

    forget() {
      at = -Infinity
      told = 0
    },
  }
}
