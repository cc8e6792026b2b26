/** Rejections that nobody handled: what ends a Node process. */

import { onTestFinished } from 'vitest'

export interface RejectionWatch {
  /** The reasons so far, after Node has had its chance to complain. */
  readonly reasons: () => Promise<unknown[]>
}

export function watchRejections(): RejectionWatch {
  const reasons: unknown[] = []
  const note = (reason: unknown) => reasons.push(reason)
  process.on('unhandledRejection', note)
  onTestFinished(() => {
    process.off('unhandledRejection', note)
  })
  return {
    async reasons() {
      await nextTurn()
      return reasons
    },
  }
}

/** Node reports an unhandled rejection when the microtasks of its turn are done. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
