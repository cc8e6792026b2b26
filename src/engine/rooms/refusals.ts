/**
 * Says why a socket does not connect: refused by the server's middleware, or not reached time and
 * again. A server that restarts is no news; Socket.IO tries again by itself.
 */

import { SyncError, type OnError } from '../../errors.ts'
import type { SyncSocket } from '../events/sync-socket.ts'

/** How many attempts in a row may fail before that is reported: about ten seconds. */
const PATIENCE = 5

export interface Refusals {
  readonly onConnect: () => void
  readonly stop: () => void
}

/** Reports from now on. */
export function reportRefusals(socket: SyncSocket, onError: OnError): Refusals {
  let failures = 0

  const onConnectError = (cause: unknown) => {
    failures++
    const isRefused = socket.active === false
    if (isRefused || failures >= PATIENCE) onError(notConnected(cause, isRefused))
  }

  socket.on('connect_error', onConnectError)
  return {
    onConnect() {
      failures = 0
    },
    stop: () => void socket.off('connect_error', onConnectError),
  }
}

function notConnected(cause: unknown, isRefused: boolean): SyncError {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new SyncError({
    code: 'not-connected',
    problem: isRefused
      ? `The server refused the connection: ${message}.`
      : `The socket does not connect: ${message}.`,
    remedy: isRefused
      ? 'It does not try again by itself: connect after sign-in (autoConnect: false, socket.connect()); across origins send the cookie (withCredentials: true).'
      : 'It tries again by itself. Is the server there, and does its `cors` allow this origin, with credentials?',
    subject: message,
    cause,
  })
}
