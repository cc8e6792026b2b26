'use client'

/** Starts an engine with the query-core of React Query, which may be another copy than the engine's. */

import {
  focusManager,
  notifyManager,
  onlineManager,
  type QueryClient,
} from '@tanstack/react-query'
import {
  startSyncEngine,
  type SyncEngine,
  type SyncEngineOptions,
} from '../engine/create-sync-engine.ts'
import type { SyncSocket } from '../engine/events/sync-socket.ts'
import type { SyncRules } from '../rules.ts'

const managers = { focusManager, notifyManager, onlineManager }

export function startEngine<Events>(
  queryClient: QueryClient,
  socket: SyncSocket,
  rules: SyncRules<Events>,
  options: SyncEngineOptions,
): SyncEngine {
  return startSyncEngine(queryClient, socket, rules, { ...options, managers })
}

/** As `createSyncEngine` of `./engine`, for a QueryClient of `@tanstack/react-query`. */
export function createSyncEngine<Events>(
  queryClient: QueryClient,
  socket: SyncSocket,
  rules: SyncRules<Events>,
  options: SyncEngineOptions = {},
): () => void {
  return startEngine(queryClient, socket, rules, options).stop
}
