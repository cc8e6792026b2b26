'use client'

/**
 * The provider's engine, for the hooks below it: there is one only while it runs.
 */

import { useCallback, useSyncExternalStore } from 'react'
import type { SyncEngine } from '../engine/create-sync-engine.ts'
import { createListeners } from '../engine/listeners.ts'
import type { SyncStatus } from '../engine/rooms/connection.ts'

export interface EngineStore {
  readonly get: () => SyncEngine | undefined
  readonly set: (engine: SyncEngine | undefined) => void
  /** Told of another engine, and of each change of its connection. Returns the undo. */
  readonly subscribe: (listener: () => void) => () => void
}

export function createEngineStore(): EngineStore {
  const listeners = createListeners<[]>()
  let engine: SyncEngine | undefined
  let stopFollowing: (() => void) | undefined

  return {
    get: () => engine,

    set(next) {
      stopFollowing?.()
      engine = next
      stopFollowing = next?.link.connection.onChange(listeners.tell)
      listeners.tell()
    },

    subscribe: listeners.add,
  }
}

/** What `select` reads of the engine, followed. */
export function useEngine<Value>(
  store: EngineStore,
  select: (engine: SyncEngine | undefined) => Value,
): Value {
  return useSyncExternalStore(
    store.subscribe,
    () => select(store.get()),
    () => select(undefined),
  )
}

/** The engine itself; undefined while there is none. */
export function useRunningEngine(store: EngineStore): SyncEngine | undefined {
  return useEngine(store, identity)
}

function identity(engine: SyncEngine | undefined): SyncEngine | undefined {
  return engine
}

/** Before the engine runs, all that is known is whether its socket is connected. */
export function useStatus(store: EngineStore, isConnected: boolean): SyncStatus {
  const select = useCallback(
    (engine: SyncEngine | undefined) =>
      engine?.link.connection.status() ?? (isConnected ? 'catching-up' : 'connecting'),
    [isConnected],
  )
  return useEngine(store, select)
}
