/** The listeners of one socket or namespace, as Socket.IO's emitters keep them. */

export type Listener = (...args: unknown[]) => void

export interface Emitter {
  readonly on: (event: string, listener: Listener) => void
  /** Without a listener, all of the event; without an event, all there are. */
  readonly off: (event?: string | symbol, listener?: Listener) => void
  readonly fire: (event: string, ...args: unknown[]) => void
  readonly listenerCount: () => number
}

export function createEmitter(): Emitter {
  const listeners = new Map<string | symbol, Listener[]>()
  return {
    on(event, listener) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener])
    },
    off(event, listener) {
      if (event === undefined) listeners.clear()
      else if (listener === undefined) listeners.delete(event)
      else {
        const left = [...(listeners.get(event) ?? [])]
        const place = left.indexOf(listener)
        if (place >= 0) left.splice(place, 1)
        if (left.length > 0) listeners.set(event, left)
        else listeners.delete(event)
      }
    },
    fire(event, ...args) {
      for (const listener of listeners.get(event) ?? []) listener(...args)
    },
    listenerCount() {
      let count = 0
      for (const each of listeners.values()) count += each.length
      return count
    },
  }
}
