/** The listeners of one socket or namespace, as Socket.IO's emitters keep them. */

export type Listener = (...args: unknown[]) => void

export interface Emitter {
  readonly on: (event: string, listener: Listener) => void
  readonly once: (event: string, listener: Listener) => void
  /** Without a listener, all of the event; without an event, all there are. */
  readonly off: (event?: string | symbol, listener?: Listener) => void
  /** Each as it is to be called; one that is called once takes itself off. */
  readonly listeners: (event: string) => Listener[]
  readonly fire: (event: string, ...args: unknown[]) => void
  readonly listenerCount: () => number
}

interface Entry {
  readonly listener: Listener
  readonly isOnce: boolean
}

/** @param owner - what its listeners are called on, as `this`. @default nothing */
export function createEmitter(owner: () => unknown = () => undefined): Emitter {
  const listeners = new Map<string | symbol, Entry[]>()

  function on(event: string, listener: Listener, isOnce = false): void {
    listeners.set(event, [...(listeners.get(event) ?? []), { listener, isOnce }])
  }

  function off(event?: string | symbol, listener?: Listener): void {
    if (event === undefined) listeners.clear()
    else if (listener === undefined) listeners.delete(event)
    else {
      const left = [...(listeners.get(event) ?? [])]
      const place = left.findIndex((entry) => entry.listener === listener)
      if (place >= 0) left.splice(place, 1)
      if (left.length > 0) listeners.set(event, left)
      else listeners.delete(event)
    }
  }

  const listenersOf = (event: string): Listener[] =>
    (listeners.get(event) ?? []).map(({ listener, isOnce }) => {
      if (!isOnce) return listener
      return (...args) => {
        off(event, listener)
        listener.apply(owner(), args)
      }
    })

  return {
    on: (event, listener) => on(event, listener),
    once: (event, listener) => on(event, listener, true),
    off,
    listeners: listenersOf,
    fire(event, ...args) {
      for (const listener of listenersOf(event)) listener.apply(owner(), args)
    },
    listenerCount() {
      let count = 0
      for (const each of listeners.values()) count += each.length
      return count
    },
  }
}
