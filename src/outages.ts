/** A log whose connection is lost fails in many places, many times: it is told once. */

import type { OnError, SyncError } from './errors.ts'

export interface Outages {
  readonly began: (cause: unknown) => void
  /** What fails from now on is told again. */
  readonly ended: () => void
}

/** @param errorOf - what is told of a connection that was lost at this time */
export function createOutages(
  onError: OnError,
  errorOf: (cause: unknown, at: Date) => SyncError,
): Outages {
  let isOut = false
  return {
    began(cause) {
      if (isOut) return
      isOut = true
      onError(errorOf(cause, new Date()))
    },
    ended() {
      isOut = false
    },
  }
}
