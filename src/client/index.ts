'use client'

/** React's entry: needs `react`, `@tanstack/react-query` and `socket.io-client`. */

export { SyncProvider } from './sync-provider.tsx'
export type { SyncProviderProps } from './sync-provider.tsx'
export { useSync } from './sync-context.ts'
export type { SyncValue } from './sync-context.ts'
export { useRoom } from './use-room.ts'
export type { RoomStatus } from './use-room.ts'
export { useSyncEvent } from './use-sync-event.ts'
export type { Register } from './use-sync-event.ts'
export { createSyncEngine } from './start-engine.ts'
export type { SyncEngineOptions, SyncReport } from '../engine/create-sync-engine.ts'
export { orpcKeys } from '../engine/queries/orpc-keys.ts'
export { trpcKeys } from '../engine/queries/trpc-keys.ts'
export type { KeyReader, ProcedureKey } from '../engine/queries/key-reader.ts'
export type { SyncStatus } from '../engine/rooms/connection.ts'
