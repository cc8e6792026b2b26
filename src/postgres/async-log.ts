/** A log whose answers take time: all that `EventLog` leaves open is a promise. */

import type {
  AppendOptions,
  Appended,
  EventLog,
  LogStats,
  NewEvent,
  ReadAnswer,
  ReadRequest,
  RoomHead,
} from '../server/log/event-log.ts'

export interface AsyncLog extends EventLog {
  readonly append: (
    events: readonly NewEvent[],
    options?: AppendOptions,
  ) => Promise<readonly Appended[]>
  readonly heads: (rooms: readonly string[]) => Promise<readonly RoomHead[]>
  readonly headsIn: (
    tx: unknown,
    rooms: readonly string[],
  ) => Promise<readonly (RoomHead | undefined)[]>
  readonly read: (request: ReadRequest) => Promise<ReadAnswer>
  readonly follow: NonNullable<EventLog['follow']>
  readonly barrier: () => Promise<void>
  readonly stats: () => Promise<LogStats>
  readonly close: () => Promise<void>
}
