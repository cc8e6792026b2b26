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
import { SyncError } from '../errors.ts'

export interface SyncValue {
  /** Whether the socket is connected at the moment. */
  readonly connected: boolean
  /** The provider's socket, as it was given. */
  readonly socket: Socket | null
}

export const SyncContext: Context<SyncValue | null> = createContext<SyncValue | null>(null)

/**
 * The connection of the nearest `SyncProvider`.
 *
 * @throws SyncError `no-provider` outside of one.
 */
export function useSync(): SyncValue {
  const value = useContext(SyncContext)
  if (value !== null) return value
  throw new SyncError({
    code: 'no-provider',
    problem: 'useSync() was called outside a SyncProvider.',
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
