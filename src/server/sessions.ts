/** What the server knows of each connected socket beside Socket.IO itself. */

import type { Budget } from './control/budget.ts'
import type { AnySocket } from './io.ts'

export interface Session {
  readonly socket: AnySocket
  /** What it may still ask for. */
  readonly budget: Budget
  /** Undefined for a socket without a user: it joins nothing. */
  userId: string | undefined
  /** How many resolvers are under way for it. */
  resolving: number
  isSettled: boolean
  /** The rooms it got by asking, and those it waits for. */
  readonly asked: Set<string>
  isPulling: boolean
  /** Undoes what was set up for it. */
  readonly cleanups: (() => void)[]
}

export function createSession(socket: AnySocket, budget: Budget): Session {
  return {
    socket,
    budget,
    userId: undefined,
    resolving: 0,
    isSettled: false,
    asked: new Set(),
    isPulling: false,
    cleanups: [],
  }
}
