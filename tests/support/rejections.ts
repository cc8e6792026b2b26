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

/** Catches what is thrown where nobody can; returns what there was when Node has told of it. */
export function catchUncaught(): () => Promise<unknown[]> {
  const thrown: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => thrown.push(error))
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
  })
  return async () => {
    await nextTurn()
    return thrown
  }
}

/** Node reports an unhandled rejection when the microtasks of its turn are done. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
