/**
 * Which batch an event's changes go into: one of its own, or, where several events came in one
 * packet, one for all of them. Then a query is written once, and its observers are told once.
 *
 * While a batch is open, queries hold less than has been applied. So whoever is about to read or
 * change them by another way has the batch written first: `settle`.
 */

import { createBatch, type Batch, type BatchOptions } from './write.ts'

export interface Batches {
  /** Runs with the open batch; without one, with a batch that is written when `run` returns. */
  readonly within: (run: (batch: Batch) => void) => void
  /** What is applied while `run` runs is written together, when it returns. */
  readonly together: (run: () => void) => void
  /** Writes what has been applied so far. Without an open batch it does nothing. */
  readonly settle: () => void
  /** Runs when all that has been applied is written: now, without an open batch. */
  readonly onceSettled: (run: () => void) => void
}

export function createBatches(options: BatchOptions): Batches {
  let open: Batch | undefined
  const waiting: (() => void)[] = []

  function settle(): void {
    if (open === undefined) return
    const batch = open
    open = createBatch(options)
    batch.commit()
    for (const run of waiting.splice(0)) run()
  }

  return {
    settle,

    within(run) {
      if (open !== undefined) {
        run(open)
        return
      }
      const batch = createBatch(options)
      run(batch)
      batch.commit()
    },

    together(run) {
      if (open !== undefined) {
        run()
        return
      }
      open = createBatch(options)
      try {
        run()
      } finally {
        // Whatever is thrown, the next event is not to wait in a batch that nobody writes.
        try {
          settle()
        } finally {
          open = undefined
        }
      }
    },

    onceSettled(run) {
      if (open === undefined) run()
      else waiting.push(run)
    },
  }
}
