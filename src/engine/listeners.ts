/**
 * Listeners of the application's own. One that throws is reported, and keeps nothing from the others,
 * nor from the event that is being applied.
 */

import { SyncError, type OnError } from '../errors.ts'

export interface Listeners<Args extends readonly unknown[]> {
  readonly size: number
  /** Returns the undo, which may be called twice. */
  readonly add: (listener: (...args: Args) => void) => () => void
  readonly tell: (...args: Args) => void
}

/** @param onError - told of a listener that throws; without it, what it throws is thrown */
export function createListeners<Args extends readonly unknown[]>(
  onError?: OnError,
): Listeners<Args> {
  const listeners = new Set<(...args: Args) => void>()
  return {
    get size() {
      return listeners.size
    },

    add(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },

    tell(...args) {
      for (const listener of listeners) {
        try {
          listener(...args)
        } catch (cause) {
          if (onError === undefined) throw cause
          onError(listenerFailed(cause))
        }
      }
    },
  }
}

function listenerFailed(cause: unknown): SyncError {
  return new SyncError({
    code: 'listener-failed',
    problem: `A listener threw ${String(cause)}.`,
    remedy: 'It is one of the application; what it was told of has been done all the same.',
    subject: String(cause),
    cause,
  })
}
