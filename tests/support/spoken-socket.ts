/** A socket whose server is the test: for what a real one says in such an order only now and then. */

import { EventEmitter } from 'node:events'
import type { SyncSocket } from '../../src/engine/events/sync-socket.ts'

export interface SpokenSocket {
  readonly socket: SyncSocket
  /** What a server sends. */
  readonly say: (event: string, ...args: unknown[]) => void
  /** The answers that the client waits for, of those messages that ask for one; the latest is last. */
  readonly asked: (event: string) => readonly ((answer: unknown) => void)[]
}

type AnyListener = (event: string, ...args: unknown[]) => void

export function openSpokenSocket(): SpokenSocket {
  const listeners = new EventEmitter()
  const any = new Set<AnyListener>()
  const asked: [event: string, answer: (answer: unknown) => void][] = []
  const socket = {
    connected: true,
    on: (event: string, listener: (...args: unknown[]) => void) =>
      listeners.on(event, listener),
    off: (event: string, listener: (...args: unknown[]) => void) =>
      listeners.off(event, listener),
    listeners: (event: string) => listeners.listeners(event),
    onAny: (listener: AnyListener) => any.add(listener),
    offAny: (listener: AnyListener) => any.delete(listener),
    listenersAny: () => [...any],
    emit(event: string, ...args: unknown[]) {
      const answer = args.at(-1)
      if (typeof answer === 'function') asked.push([event, answer as (value: unknown) => void])
    },
  }
  return {
    socket: socket as unknown as SyncSocket,
    say(event, ...args) {
      for (const listener of any) listener(event, ...args)
      listeners.emit(event, ...args)
    },
    asked: (event) => asked.flatMap(([name, answer]) => (name === event ? [answer] : [])),
  }
}
