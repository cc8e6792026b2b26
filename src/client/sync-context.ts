'use client'

/** What `SyncProvider` tells the components below it. */

import {
  createContext,
  useCallback,
  useContext,
  useSyncExternalStore,
  type Context,
} from 'react'
import type { Socket } from 'socket.io-client'
import type { SyncStatus } from '../engine/rooms/connection.ts'
import { SyncError } from '../errors.ts'
import type { EngineStore } from './engine-store.ts'

export interface SyncValue {
  /** Whether the socket is connected at the moment. */
  readonly connected: boolean
  /** The provider's socket, as it was given. */
  readonly socket: Socket | null
  /**
   * `connecting` for the first time; `catching-up` with what was missed; `live`: what the cache
   * holds is current; `offline`: cut off.
   */
  readonly status: SyncStatus
}

/** What `useSync` gives away, and what only the hooks here see. */
interface SyncContextValue {
  readonly public: SyncValue
  readonly store: EngineStore
}

export const SyncContext: Context<SyncContextValue | null> =
  createContext<SyncContextValue | null>(null)

/**
 * The connection of the nearest `SyncProvider`.
 *
 * @throws SyncError `no-provider` outside of one.
 */
export function useSync(): SyncValue {
  return useSyncContext('useSync').public
}

/** @param hook - who asks: named in the error outside of a provider */
export function useSyncContext(hook: string): SyncContextValue {
  const value = useContext(SyncContext)
  if (value !== null) return value
  throw new SyncError({
    code: 'no-provider',
    problem: `${hook}() was called outside a SyncProvider.`,
    remedy: 'Wrap this component in <SyncProvider rules={…} socket={…}>.',
  })
}

/** Whether `socket` is connected, followed by its own events. */
export function useConnected(socket: Socket | null): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      socket?.on('connect', changed)
      socket?.on('disconnect', changed)
      return () => {
        socket?.off('connect', changed)
        socket?.off('disconnect', changed)
      }
    },
    [socket],
  )
  return useSyncExternalStore(
    subscribe,
    () => socket?.connected ?? false,
    () => false,
  )
}
