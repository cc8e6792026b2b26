/**
 * Broadcasts from a process that has no sockets: a worker, a cron job, a migration. Events go into the
 * log that the servers share, and each of them tells its own sockets.
 */

import { checkRules } from '../check-rules.ts'
import { MEMBER, type MembershipChange } from '../control.ts'
import { systemClock } from '../clock.ts'
import { createReporter, SyncError, type OnError } from '../errors.ts'
import type { Broadcast, SyncRules } from '../rules.ts'
import type { Transformer } from '../transformer.ts'
import { checkTransaction, notShared } from './choose-log.ts'
import type { EventLog } from './log/event-log.ts'
import { createOutgoing } from './outgoing.ts'
import { checkUserIds } from './membership-errors.ts'
import { countErrors, createMetrics, type SyncMeter } from './metrics.ts'
import { createSettle } from './settle.ts'
import type { BroadcastOptions } from './sync-server.ts'

export interface SyncEmitterOptions<Events = Record<string, unknown>, Accepted = unknown> {
  /** The rules shared with servers and clients. */
  readonly rules: SyncRules<Events, Accepted>
  /** The log that the servers share. */
  readonly log: EventLog
  /** As the servers have it. @default none: data travels as JSON */
  readonly transformer?: Transformer | undefined
  /** As the servers have it. @default 'user:' */
  readonly userRoomPrefix?: string | undefined
  /** An OpenTelemetry meter; what is counted is in docs/OPERATIONS.md. @default none */
  readonly metrics?: SyncMeter | undefined
  /** Told each error once per code and subject. @default console.error */
  readonly onError?: OnError | undefined
}

/**
 * The part of `SyncServer` that needs no sockets.
 *
 * @typeParam Accepted - what the schemas of the rules take.
 */
export interface SyncEmitter<Events = Record<string, unknown>, Accepted = unknown> {
  /**
   * As `SyncServer.broadcast`. Resolves when the event is in the log; a volatile one, which never is,
   * is refused (`needs-server`).
   */
  readonly broadcast: <Event extends keyof Events & string>(
    event: Event,
    data: Broadcast<Events, Accepted, Event>,
    options?: BroadcastOptions,
  ) => Promise<void>
  /** As `SyncServer.broadcastMany`: all of them, or none. */
  readonly broadcastMany: <Event extends keyof Events & string>(
    event: Event,
    rows: readonly Broadcast<Events, Accepted, Event>[],
    options?: BroadcastOptions,
  ) => Promise<void>
  /** As `SyncServer.joinRoom`. Resolves when it took effect on every node. */
  readonly joinRoom: (room: string, userIds: readonly string[]) => Promise<void>
  /** As `SyncServer.leaveRoom`. Resolves when it took effect on every node. */
  readonly leaveRoom: (room: string, userIds: readonly string[]) => Promise<void>
}

/** @throws SyncError `invalid-rule`, or `log-not-shared` for a log of one process. */
export function createSyncEmitter<Events, Accepted = unknown>({
  rules,
  log,
  transformer,
  userRoomPrefix = 'user:',
  metrics: meter,
  onError,
}: SyncEmitterOptions<Events, Accepted>): SyncEmitter<Events, Accepted> {
  checkRules(rules)
  if (log.follow === undefined) throw notShared()
  const metrics = meter && createMetrics(meter)
  const settle = createSettle(countErrors(createReporter(onError), metrics))

  const send = createOutgoing({
    rules,
    transformer,
    clock: systemClock,
    async deliver({ event, isVolatile }, events, options) {
      if (isVolatile) throw needsServer(event)
      checkTransaction(log, options)
      const logged = events.filter(({ rooms }) => rooms.length > 0)
      if (logged.length === 0) return
      await log.append(logged, options)
      metrics?.broadcast(event, logged.length)
    },
  })

  async function record(userIds: readonly string[], change: MembershipChange): Promise<void> {
    checkUserIds(userIds)
    if (userIds.length === 0) return
    metrics?.membership(change, userIds.length)
    await log.append(
      userIds.map((id) => ({ rooms: [userRoomPrefix + id], event: MEMBER, data: change })),
    )
    await log.barrier?.()
  }

  return {
    broadcast: (event, data, options) => settle(event, () => send(event, [data], options)),
    broadcastMany: (event, rows, options) => settle(event, () => send(event, rows, options)),
    joinRoom: (room, userIds) => settle(room, () => record(userIds, ['join', room, 1])),
    leaveRoom: (room, userIds) => settle(room, () => record(userIds, ['leave', room])),
  }
}

function needsServer(event: string): SyncError {
  return new SyncError({
    code: 'needs-server',
    problem: `"${event}" is volatile, and this process has no sockets to send it to.`,
    remedy: 'Broadcast it on a SyncServer, or leave `volatile` out of its rule.',
    subject: event,
  })
}
