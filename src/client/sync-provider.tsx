'use client'

/**
 * React's part: starts the engine before the children's first fetches, ends it with the provider.
 */

import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import type { Socket } from 'socket.io-client'
import type { SyncEngineOptions } from '../engine/create-sync-engine.ts'
import { isEqual } from '../equal.ts'
import type { SyncRules } from '../rules.ts'
import { createEngineStore, useStatus, type EngineStore } from './engine-store.ts'
import { startEngine } from './start-engine.ts'
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
  const [store] = useState(createEngineStore)
  const connected = useConnected(socket)
  const status = useStatus(store, connected)
  const value = useMemo(
    () => ({ public: { connected, socket, status }, store }),
    [connected, socket, status, store],
  )
  return (
    <SyncContext.Provider value={value}>
      <Engine {...props} store={store} />
      {children}
    </SyncContext.Provider>
  )
}

/**
 * Runs the engine. It is a child, and the first one, because effects run from first to last and
 * from the inside out: in the provider itself, they would come after the children's.
 */
function Engine<Events>(props: SyncProviderProps<Events> & { store: EngineStore }): null {
  const { store, rules, socket, onError, onStatus, onEvent } = props
  const viewer = useUnchanged(props.viewer)
  const settings: Settings = {
    viewer,
    keys: props.keys,
    keyPrefix: props.keyPrefix,
    transformer: props.transformer,
    validate: props.validate,
    debug: props.debug,
    refetchGapMs: props.refetchGapMs,
    maxRefetchGapMs: props.maxRefetchGapMs,
    roomLingerMs: props.roomLingerMs,
    readLagMs: props.readLagMs,
    clock: props.clock,
    random: props.random,
  }
  const queryClient = useQueryClient()
  const latest = useRef({ onError, onStatus, onEvent })

  useBrowserLayoutEffect(() => {
    latest.current = { onError, onStatus, onEvent }
  }, [onError, onStatus, onEvent])

  useBrowserLayoutEffect(() => {
    if (socket === null) return undefined
    const engine = startEngine(queryClient, socket, rules, {
      ...settings,
      onError: (error) => (latest.current.onError ?? console.error)(error),
      onStatus: (status) => latest.current.onStatus?.(status),
      onEvent: (report) => latest.current.onEvent?.(report),
    })
    store.set(engine)
    return () => {
      store.set(undefined)
      engine.stop()
    }
  }, [store, queryClient, socket, rules, ...Object.values(settings)])

  return null
}

/** All of the engine's options that need another engine: one that is left out does not compile. */
type Settings = Pick<
  { [Name in keyof Required<SyncEngineOptions>]: SyncEngineOptions[Name] },
  Exclude<keyof SyncEngineOptions, 'onError' | 'onStatus' | 'onEvent'>
>

/** Before the browser paints and before any fetch; on a server, where React 18 warns, not at all. */
const useBrowserLayoutEffect = typeof window === 'undefined' ? useEffect : useLayoutEffect

/** The first of values that are equal: written anew for each render, they are none the less the same. */
function useUnchanged<Value>(value: Value): Value {
  const [kept, keep] = useState(() => value)
  if (isEqual(kept, value)) return kept
  keep(() => value)
  return value
}
