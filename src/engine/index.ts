/** The engine's entry: for apps without React. Needs `@tanstack/query-core` and a socket. */

export { createSyncEngine } from './create-sync-engine.ts'
export type { SyncEngineOptions, SyncReport } from './create-sync-engine.ts'
export { orpcKeys } from './queries/orpc-keys.ts'
export { trpcKeys } from './queries/trpc-keys.ts'
export type { KeyReader, ProcedureKey } from './queries/key-reader.ts'
export type { Clock } from '../clock.ts'
export type { SyncSocket } from './events/sync-socket.ts'
export type { SyncStatus } from './rooms/connection.ts'
