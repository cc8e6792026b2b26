/** The server's entry: needs `socket.io`, nothing of the client. */

export { SyncServer } from './sync-server.ts'
export type { SyncServerOptions } from './sync-server.ts'
export type { AutoJoinOutcome, RoomResolver } from './membership.ts'
