/** When a node looks: soon after it is told to, and now and then. */

export interface Pace {
  /** Resolves when it is time to look again. */
  readonly rest: () => Promise<void>
  /** Something is said to be there. */
  readonly wake: () => void
  /** Something was there: more may be, of which nobody is notified, and what failed before works. */
  readonly found: () => void
  readonly failed: () => void
  readonly succeeded: () => void
  /** Never rests again. */
  readonly stop: () => void
}

/** Between two looks, under fire. */
const GAP_MS = 5
/** Longer than there is between two notifications. */
const BUSY = { forMs: 250, everyMs: 15 }
const BACK_OFF = { firstMs: 100, mostMs: 5000 }

export function createPace(pollMs: number): Pace {
  let lastLook = performance.now()
  let busyUntil = 0
  let failures = 0
  let isWoken = false
  let isStopped = false
  let endRest: (() => void) | undefined

  function pauseMs(): number {
    if (failures > 0) return Math.min(BACK_OFF.firstMs * 2 ** (failures - 1), BACK_OFF.mostMs)
    return performance.now() < busyUntil ? BUSY.everyMs : pollMs
  }

  function stayBusy(): void {
    busyUntil = performance.now() + BUSY.forMs
  }

  return {
    found() {
      failures = 0
      stayBusy()
    },

    async rest() {
      const until = lastLook + pauseMs()
      while (!isStopped) {
        const left = (isWoken ? lastLook + GAP_MS : until) - performance.now()
        if (left <= 0) break
        await new Promise<void>((resolve) => {
          // More would overflow a timer.
          const timer = setTimeout(resolve, Math.min(left, 2 ** 31 - 1))
          endRest = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      isWoken = false
      lastLook = performance.now()
    },

    wake() {
      isWoken = true
      stayBusy()
      endRest?.()
    },

    failed() {
      failures++
    },

    succeeded() {
      failures = 0
    },

    stop() {
      isStopped = true
      endRest?.()
    },
  }
}
