/** Gives work of the application's own a limited time. */

import type { Clock } from '../clock.ts'

export interface TimeLimit {
  readonly clock: Clock
  readonly ms: number
}

/** Rejects where the work takes longer; it goes on, and nobody waits for it. */
export function withTimeLimit<Value>(
  { clock, ms }: TimeLimit,
  work: () => Value | Promise<Value>,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(new Error(`no answer after ${ms} ms`)), ms)
    const done = (settle: () => void) => {
      clock.clearTimeout(timer)
      settle()
    }
    Promise.resolve()
      .then(work)
      .then(
        (value) => done(() => resolve(value)),
        (error: unknown) => done(() => reject(error)),
      )
  })
}
