/**
 * The order of calls. Each goes out at once, unless one before it may have to go out again: then later
 * ones wait, and all go out in the order in which they were made.
 */

export interface CallOrder {
  /** Calls `send` when it is the turn of the call with this number; resolves as it does. */
  readonly take: <Value>(number: number, send: Send<Value>) => Promise<Value>
  /** From now on, calls wait. */
  readonly hold: () => void
  /** All that wait go out, at once. */
  readonly release: (failure?: unknown) => void
}

/** Told why what it waited for has failed, if it has. */
type Send<Value> = (failure?: unknown) => Promise<Value>

interface Waiting {
  readonly number: number
  readonly go: (failure: unknown) => void
}

export function createCallOrder(): CallOrder {
  let waiting: Waiting[] = []
  let isHeld = false

  return {
    take(number, send) {
      if (!isHeld) return send()
      return new Promise((resolve, reject) => {
        waiting.push({ number, go: (failure) => send(failure).then(resolve, reject) })
      })
    },

    hold() {
      isHeld = true
    },

    release(failure) {
      isHeld = false
      const released = waiting.sort((one, other) => one.number - other.number)
      waiting = []
      for (const { go } of released) go(failure)
    },
  }
}
