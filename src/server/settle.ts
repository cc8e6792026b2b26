/**
 * How calls that may take time end: for who awaits them, and for who does not. A failure rejects, is
 * told to `onError`, and never is an unhandled rejection.
 */

import { SyncError, type OnError } from '../errors.ts'

/** Does work for a subject, at once; resolves when it has taken effect. */
export type Settle = (subject: string, work: () => void | Promise<void>) => Promise<void>

/** @param track - told of work that takes time. */
export function createSettle(
  onError: OnError,
  track?: (work: Promise<unknown>) => void,
): Settle {
  function reject(subject: string, thrown: unknown): Promise<never> {
    const error = thrown instanceof SyncError ? thrown : deliveryFailed(subject, thrown)
    onError(error)
    return handled(Promise.reject<never>(error))
  }

  return (subject, work) => {
    try {
      const working = work()
      if (working === undefined) return DONE
      track?.(working)
      return handled(working.catch((thrown: unknown) => reject(subject, thrown)))
    } catch (thrown) {
      return reject(subject, thrown)
    }
  }
}

export const DONE: Promise<void> = Promise.resolve()

/** A rejection is for who awaits it, and none for who does not. */
function handled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {})
  return promise
}

function deliveryFailed(subject: string, cause: unknown): SyncError {
  return new SyncError({
    code: 'delivery-failed',
    problem: `"${subject}" could not be sent: ${String(cause)}.`,
    remedy: 'See `cause`: the log or the Socket.IO adapter failed.',
    subject,
    cause,
  })
}
