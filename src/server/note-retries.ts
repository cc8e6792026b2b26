/**
 * Tells sockets of their rooms again, where the log could not say how far these are: later, and later
 * each time. A client that connects during an outage would wait for it for ever.
 */

import type { Clock } from '../clock.ts'
import type { Session } from './sessions.ts'

export interface NoteRetries {
  readonly failed: (session: Session) => void
  readonly succeeded: (session: Session) => void
  readonly stop: (session: Session) => void
}

export interface NoteRetriesOptions {
  readonly clock: Clock
  readonly tellAll: (session: Session) => void
}

interface Retry {
  failures: number
  /** Undefined while it is told again. */
  timer: unknown
}

const BACK_OFF = { firstMs: 1000, mostMs: 15_000 }

export function createNoteRetries({ clock, tellAll }: NoteRetriesOptions): NoteRetries {
  const retries = new Map<Session, Retry>()
  return {
    failed(session) {
      const retry = retries.get(session) ?? { failures: 0, timer: undefined }
      retries.set(session, retry)
      // All is told then, this too.
      if (retry.timer !== undefined) return
      const delayMs = Math.min(BACK_OFF.firstMs * 2 ** retry.failures++, BACK_OFF.mostMs)
      retry.timer = clock.setTimeout(() => {
        retry.timer = undefined
        tellAll(session)
      }, delayMs)
    },

    succeeded(session) {
      if (retries.get(session)?.timer === undefined) retries.delete(session)
    },

    stop(session) {
      clock.clearTimeout(retries.get(session)?.timer)
      retries.delete(session)
    },
  }
}
