/**
 * Lets everything happen that needs no time: microtasks, and what they start.
 */

import { notifyManager } from '@tanstack/query-core'

/* Taken at the import, before a test puts fake timers in their place. */
const { setImmediate: immediate, setTimeout: timeout } = globalThis

/** Resolves in a later task, once all microtasks have run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    // Browsers have no `setImmediate`.
    if (typeof immediate === 'function') immediate(resolve)
    else timeout(resolve, 0)
  })
}

/** Also waits for TanStack Query to tell its subscribers, however that is scheduled. */
export async function settleObservers(): Promise<void> {
  await settle()
  await new Promise<void>((resolve) => {
    notifyManager.schedule(resolve)
  })
  await settle()
}
