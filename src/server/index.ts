/** The server's entry: needs `socket.io`, nothing of the client. */

export { SyncServer } from './sync-server.ts'
export type { BroadcastOptions, CloseOptions, SyncServerOptions } from './sync-server.ts'
export { createSyncEmitter } from './sync-emitter.ts'
export type { SyncEmitter, SyncEmitterOptions } from './sync-emitter.ts'
export type { CallName, RequestStamp } from './stamps/request-stamp.ts'
export type { StampedRequest, StampOptions, StampRequestOptions } from './stamps/stamper.ts'
export { STAMP_HEADER } from '../stamp-header.ts'
export { memoryLog } from './log/memory-log.ts'
export type { MemoryLogOptions } from './log/memory-log.ts'
export type {
  AppendOptions,
  Appended,
  EventLog,
  FollowedEvent,
  LogFollower,
  LogStats,
  NewEvent,
  ReadAnswer,
  ReadQuestion,
  ReadRequest,
  RoomHead,
  RoomRead,
  TextEvent,
} from './log/event-log.ts'
export type { SyncMeter } from './metrics.ts'
export type { Authorize, AutoJoinOutcome, RoomResolver } from './membership.ts'
