'use client'

/**
 * React's part: starts the engine before the children's first fetches, ends it with the provider.
 */

import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useLayoutEffect, useMemo, useRef, type ReactNode } from 'react'
import type { Socket } from 'socket.io-client'
import { createSyncEngine, type SyncEngineOptions } from '../engine/create-sync-engine.ts'
import type { SyncRules } from '../rules.ts'
import { SyncContext, useConnected } from './sync-context.ts'

export interface SyncProviderProps<Events = Record<string, unknown>> extends SyncEngineOptions {
  /** The rules shared with the server. */
  readonly rules: SyncRules<Events>
  /** The Socket.IO client; null while there is none, as on a server. */
  readonly socket: Socket | null
  readonly children?: ReactNode
}

/**
 * Applies the socket's events to the nearest QueryClient's cache while it is mounted.
 * Stands inside `QueryClientProvider`.
 */
export function SyncProvider<Events>(props: SyncProviderProps<Events>): ReactNode {
  const { socket, children } = props
  const connected = useConnected(socket)
  const value = useMemo(() => ({ connected, socket }), [connected, socket])
  return (
    <SyncContext.Provider value={value}>
      <Engine {...props} />
      {children}
    </SyncContext.Provider>
  )
}

/**
 * Runs the engine. It is a child, and the first one, because effects run from first to last and
 * from the inside out: in the provider itself, they would come after the children's.
 */
function Engine<Events>(props: SyncProviderProps<Events>): null {
  const { rules, socket, onError, viewer, keyPrefix, debug } = props
  const { refetchGapMs, maxRefetchGapMs, clock, random } = props
  const queryClient = useQueryClient()
  const latestOnError = useRef(onError)

  useBrowserLayoutEffect(() => {
    latestOnError.current = onError
  }, [onError])

  useBrowserLayoutEffect(() => {
    if (socket === null) return undefined
    return createSyncEngine(queryClient, socket, rules, {
      viewer,
      keyPrefix,
      debug,
      refetchGapMs,
      maxRefetchGapMs,
      clock,
      random,
      onError: (error) => (latestOnError.current ?? console.error)(error),
    })
  }, [
    queryClient,
    socket,
    rules,
    viewer,
    keyPrefix,
    debug,
    refetchGapMs,
    maxRefetchGapMs,
    clock,
    random,
  ])

  return null
}

/** Before the browser paints and before any fetch; on a server, where React 18 warns, not at all. */
const useBrowserLayoutEffect = typeof window === 'undefined' ? useEffect : useLayoutEffect
