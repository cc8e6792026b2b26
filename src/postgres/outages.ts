/** A database that is lost fails in many places, many times: it is told once. */

import type { OnError } from '../errors.ts'
import { connectionLost } from './postgres-errors.ts'

export interface Outages {
  readonly began: (cause: unknown) => void
  /** What fails from now on is told again. */
  readonly ended: () => void
}

export function createOutages(onError: OnError): Outages {
  let isOut = false
  return {
    began(cause) {
      if (isOut) return
      isOut = true
      onError(connectionLost(cause, new Date()))
    },
    ended() {
      isOut = false
    },
  }
}
