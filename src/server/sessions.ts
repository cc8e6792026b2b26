/**
 * What the server knows of each connected socket beside Socket.IO itself. There is one for each, so it
 * is plain data: what is done with it is written once, for all of them.
 */

import { BURST, type Budget } from './control/budget.ts'
import type { AnySocket } from './io.ts'

export interface Session extends Budget {
  readonly socket: AnySocket
  /** Undefined for a socket without a user: it joins nothing. */
  userId: string | undefined
  /** What it was told that the user's own room is called in messages. */
  userHandle: string | undefined
  /** How many resolvers are under way for it. */
  resolving: number
  isSettled: boolean
  /** The rooms it got by asking, and those it waits for; undefined until it asks. */
  asked: Set<string> | undefined
  isPulling: boolean
}

/** @param now - in milliseconds. */
export function createSession(socket: AnySocket, now: number): Session {
  return {
    socket,
    userId: undefined,
    userHandle: undefined,
    resolving: 0,
    isSettled: false,
    asked: undefined,
    isPulling: false,
    budget: BURST,
    budgetAt: now,
  }
}
