/**
 * The server's side: sends an event to the rooms its rule names, remembers it for who is away, and
 * keeps people in their rooms.
 */

import type { Server, Socket } from 'socket.io'
import { checkRules } from '../check-rules.ts'
import { systemClock, type Clock } from '../clock.ts'
import { createReporter, SyncError, type OnError } from '../errors.ts'
import type { Broadcast, SyncRules } from '../rules.ts'
import type { Transformer } from '../transformer.ts'
import { bufferedInAll } from './connections.ts'
import { createDelivery, type Delivery } from './delivery.ts'
import { drain } from './drain.ts'
import {
  countLocalSockets,
  namespaceOf,
  type AnyNamespace,
  type AnyServer,
  type AnySocket,
} from './io.ts'
import type { AppendOptions, EventLog, NewEvent } from './log/event-log.ts'
import type { AutoJoinOutcome, Authorize, RoomResolver } from './membership.ts'
import { checkUserIds } from './membership-errors.ts'
import { countErrors, createMetrics, type SyncMeter } from './metrics.ts'
import { markClosed, markOpen, refuseSecond } from './open-namespaces.ts'
import { createOutgoing, type Send } from './outgoing.ts'
import { createRoomService, type RoomService } from './room-service.ts'
import type { Route } from './routes.ts'
import { createSettle, DONE, type Settle } from './settle.ts'
import { slowConsumer, type SlowSocket } from './slow-sockets.ts'
import type { RequestStamp } from './stamps/request-stamp.ts'
import {
  createStamper,
  type StampedRequest,
  type StampOptions,
  type Stamper,
  type StampRequestOptions,
} from './stamps/stamper.ts'
import { createUnderWay, type UnderWay } from './under-way.ts'

export interface SyncServerOptions<Events = Record<string, unknown>, Accepted = unknown> {
  /** The Socket.IO server, or one of its namespaces. */
  readonly io: AnyServer | AnyNamespace
  /** The rules shared with the clients. */
  readonly rules: SyncRules<Events, Accepted>
  /** Keeps recent events, for clients that were away to catch up. @default memoryLog(), with one node */
  readonly log?: EventLog | undefined
  /** The rooms of a user, joined at each connection: `autoJoinRooms`, declared. @default none */
  readonly rooms?: RoomResolver | undefined
  /**
   * Decides which of the rooms that a client asks for it may join. Called again after each reconnect.
   * @default none of them
   */
  readonly authorize?: Authorize | undefined
  /**
   * How long a client waits for `rooms` and `autoJoinRooms`, in milliseconds. After that it takes
   * rooms that it has not been put in for rooms that it is not in any more. @default 10000
   */
  readonly resolverTimeoutMs?: number | undefined
  /** How long `authorize` may take before the request is refused, in milliseconds. @default 10000 */
  readonly authorizeTimeoutMs?: number | undefined
  /** How many rooms one socket may be in by asking. @default 1000 */
  readonly maxRoomsPerSocket?: number | undefined
  /**
   * Roughly how many bytes may be queued for one client, of all that goes over its connection. A
   * client above that for more than a second is disconnected; it reconnects, and catches up from the
   * log. `Infinity` disconnects nobody. @default 4194304 - 4 MiB
   */
  readonly maxBufferedBytes?: number | undefined
  /** An OpenTelemetry meter; what is counted is in docs/OPERATIONS.md. @default none */
  readonly metrics?: SyncMeter | undefined
  /**
   * How long an API response may wait for its stamp, in milliseconds; after that it is sent without
   * one. @default 1000
   */
  readonly stampTimeoutMs?: number | undefined
  /** The user of a socket. Never read it from what the client sent. @default socket.data.userId */
  readonly getUserId?: (socket: Socket) => string | undefined
  /** What a user's own room is called, in front of the id. @default 'user:' */
  readonly userRoomPrefix?: string
  /**
   * Carries dates, maps, sets, bigints: superjson, as your tRPC router has it. Clients need the same.
   * @default none: what JSON makes of the data
   */
  readonly transformer?: Transformer | undefined
  /** Told each error once per code and subject. @default console.error */
  readonly onError?: OnError
  /** Prints a line for each broadcast: event, rooms, sockets on this node. @default false */
  readonly debug?: boolean
  /** Where time comes from; tests move it by hand. @default the system's */
  readonly clock?: Clock | undefined
}

/** What a single `broadcast` may be given. */
export type BroadcastOptions = AppendOptions

export interface CloseOptions {
  /** How long `close` waits at most, in milliseconds. @default 10000 */
  readonly drainTimeoutMs?: number | undefined
}

/**
 * @typeParam Events - each event's data, as the rules have it.
 * @typeParam Accepted - what the schemas of the rules take.
 */
export class SyncServer<Events = Record<string, unknown>, Accepted = unknown> {
  readonly #io: AnyServer | AnyNamespace
  readonly #namespace: AnyNamespace
  readonly #send: Send
  readonly #delivery: Delivery
  readonly #rooms: RoomService
  readonly #stamper: Stamper
  readonly #onError: OnError
  readonly #debug: boolean
  readonly #settleCall: Settle
  readonly #underWay: UnderWay = createUnderWay()
  readonly #clock: Clock
  readonly #stopMetrics: (() => void) | undefined
  #closing: Promise<void> | undefined
  /** Nothing is sent any more, what was called before `close` included. */
  #isEnded = false

  /** @throws SyncError `invalid-rule`, `invalid-namespace`, `namespace-taken`, or `log-not-shared`. */
  constructor(options: SyncServerOptions<Events, Accepted>) {
    checkRules(options.rules)
    this.#io = options.io
    this.#namespace = namespaceOf(options.io)
    refuseSecond(this.#namespace)
    this.#clock = options.clock ?? systemClock
    this.#send = createOutgoing({
      rules: options.rules,
      transformer: options.transformer,
      clock: this.#clock,
      deliver: (route, events, appendOptions) => this.#deliver(route, events, appendOptions),
    })
    const metrics = options.metrics && createMetrics(options.metrics)
    this.#onError = countErrors(createReporter(options.onError), metrics)
    this.#settleCall = createSettle(this.#onError, this.#underWay.track)
    this.#debug = options.debug ?? false
    this.#delivery = createDelivery({
      namespace: this.#namespace,
      log: options.log,
      metrics,
      onError: this.#onError,
    })
    this.#rooms = createRoomService({
      namespace: this.#namespace,
      delivery: this.#delivery,
      clock: this.#clock,
      rooms: options.rooms,
      authorize: options.authorize,
      resolverTimeoutMs: options.resolverTimeoutMs ?? 10_000,
      authorizeTimeoutMs: options.authorizeTimeoutMs ?? 10_000,
      maxRoomsPerSocket: options.maxRoomsPerSocket ?? 1000,
      maxBufferedBytes: options.maxBufferedBytes ?? 4 * 1024 * 1024,
      onCut: (slow) => {
        metrics?.cut()
        this.#reportSlow(slow)
      },
      metrics,
      underWay: this.#underWay,
      getUserId: options.getUserId ?? userIdOf,
      userRoomPrefix: options.userRoomPrefix ?? 'user:',
      onError: this.#onError,
      refuseIfClosed: () => this.#refuseIfClosed(),
    })
    this.#stamper = createStamper({
      rules: options.rules,
      log: () => (this.#closing === undefined ? this.#delivery.log() : undefined),
      clock: this.#clock,
      timeoutMs: options.stampTimeoutMs ?? 1000,
      onError: this.#onError,
    })
    const namespace = this.#namespace
    this.#stopMetrics = metrics?.watch({
      sockets: () => namespace.sockets.size,
      // Each socket is in a room of its own, too.
      rooms: () => namespace.adapter.rooms.size - namespace.adapter.sids.size,
      buffered: () => bufferedInAll(namespace),
      log: () => this.#delivery.log()?.stats?.(),
    })
    markOpen(namespace)
  }

  /**
   * Sends an event to the room or rooms of its rule; a socket in several receives it once.
   *
   * Resolves when the event is in the log and handed to Socket.IO. Rejects with a SyncError
   * (`unknown-event`, `invalid-event`, `room-failed`, `delivery-failed`, `closed`), which `onError` is
   * told too: a call that nobody awaits makes no unhandled rejection.
   *
   * Events are sent in the order of their calls. Where a rule's schema answers later, those called
   * after it wait for it; leave their data as it is until then.
   */
  broadcast<Event extends keyof Events & string>(
    event: Event,
    data: Broadcast<Events, Accepted, Event>,
    options?: BroadcastOptions,
  ): Promise<void> {
    return this.#settle(event, () => this.#send(event, [data], options))
  }

  /**
   * Sends one event for each of the rows, in their order, and puts them into the log in one step.
   * All of them or none: where a row has no room, or is refused by the rule's schema, nothing is sent.
   *
   * Resolves and rejects as `broadcast` does. Without rows it does nothing.
   */
  broadcastMany<Event extends keyof Events & string>(
    event: Event,
    rows: readonly Broadcast<Events, Accepted, Event>[],
    options?: BroadcastOptions,
  ): Promise<void> {
    return this.#settle(event, () => this.#send(event, rows, options))
  }

  /**
   * Lets these users into a room: all their sockets, on every node.
   */
  joinRoom(room: string, userIds: readonly string[]): Promise<void> {
    return this.#settle(room, () => {
      checkUserIds(userIds)
      return this.#rooms.join(room, userIds)
    })
  }

  /**
   * Removes these users from a room: all their sockets, on every node. What they
   * hold of it is emptied, also on clients that are offline, when they come back. It waits for
   * nobody: a resolver or an `authorize` under way does not bring them back; `joinRoom` does, or a
   * resolver that starts later.
   */
  leaveRoom(room: string, userIds: readonly string[]): Promise<void> {
    return this.#settle(room, () => {
      checkUserIds(userIds)
      return this.#rooms.leave(room, userIds)
    })
  }

  /**
   * Puts a socket in the rooms that `resolver` returns for its user. Call it in the `connection`
   * handler. Never rejects: what went wrong is in the outcome, and was told to `onError`.
   */
  autoJoinRooms(socket: AnySocket, resolver: RoomResolver): Promise<AutoJoinOutcome> {
    return this.#rooms.autoJoin(socket, resolver)
  }

  /**
   * Reads how far the rooms of a tRPC request are, before any of its resolvers runs: await it in
   * `createContext`, keep it in the context, and send its `headers` in `responseMeta`. Which rooms,
   * the rules tell. Never rejects.
   */
  stampRequest(info: StampedRequest, options: StampRequestOptions = {}): Promise<RequestStamp> {
    return this.#stamper.stampRequest(info, options)
  }

  /**
   * The same for an answer that is not tRPC's: await it before what is answered is read. Never
   * rejects.
   */
  stampRooms(rooms: readonly string[], options: StampOptions = {}): Promise<RequestStamp> {
    return this.#stamper.stampRooms(rooms, options)
  }

  /** The `io` this server was made with. */
  getIO(): Server {
    // A namespace has what rooms and broadcasts need of a server; v1.1.0 promises a Server.
    return this.#io as Server
  }

  /**
   * Stops: from now on calls are refused and nobody is let in. Sockets, rooms and the Socket.IO server
   * stay as they are.
   *
   * Resolves when what was under way has ended: calls, answers to clients, and what Socket.IO has
   * still to send. So nothing is lost by `await sync.close()`, then `await io.close()`. Never rejects:
   * what takes too long is told to `onError` (`drain-timeout`).
   */
  close({ drainTimeoutMs = 10_000 }: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#end(drainTimeoutMs)
    return this.#closing
  }

  #end(timeoutMs: number): Promise<void> {
    markClosed(this.#namespace)
    this.#delivery.hurry()
    this.#rooms.close()
    this.#stopMetrics?.()
    const unsent = () => bufferedInAll(this.#namespace)
    if (!this.#delivery.isFollowed && this.#underWay.count === 0 && unsent() === 0) {
      this.#stopSending()
      return DONE
    }
    return drain({
      underWay: this.#underWay,
      barrier: () => this.#delivery.log()?.barrier?.(),
      unsent,
      clock: this.#clock,
      timeoutMs,
      onError: this.#onError,
    }).finally(() => this.#stopSending())
  }

  #stopSending(): void {
    this.#isEnded = true
    this.#delivery.close()
  }

  #reportSlow(slow: SlowSocket): void {
    this.#onError(slowConsumer(slow))
    if (!this.#debug) return
    console.log(`[sync] cut ${slow.socketId}: ${slow.bytes} bytes waited for it to read`)
  }

  #deliver(
    { event, isVolatile }: Route,
    events: readonly NewEvent[],
    options: AppendOptions | undefined,
  ): void | Promise<void> {
    // Its schema has taken longer than `close` waits.
    if (this.#isEnded) throw closed()
    if (this.#debug) this.#printBroadcast(event, events)
    const sent = events.filter(({ rooms }) => rooms.length > 0)
    if (sent.length === 0) return undefined
    if (!isVolatile) return this.#delivery.send(sent, options)
    this.#delivery.sendVolatile(sent)
    return undefined
  }

  #printBroadcast(event: string, events: readonly NewEvent[]): void {
    const rooms = [...new Set(events.flatMap((each) => each.rooms))]
    const what = events.length === 1 ? event : `${events.length} × ${event}`
    const where = rooms.length === 0 ? 'no room' : rooms.join(', ')
    const sockets = countLocalSockets(this.#namespace, rooms)
    console.log(`[sync] ${what} → ${where}: ${sockets} ${sockets === 1 ? 'socket' : 'sockets'}`)
  }

  #settle(subject: string, work: () => void | Promise<void>): Promise<void> {
    return this.#settleCall(subject, () => {
      this.#refuseIfClosed()
      return work()
    })
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) throw closed()
  }
}

function closed(): SyncError {
  return new SyncError({
    code: 'closed',
    problem: 'This SyncServer is closed.',
    remedy: 'Call close() last, after your own work has ended.',
  })
}

function userIdOf(socket: Socket): string | undefined {
  const userId: unknown = socket.data?.userId
  if (typeof userId === 'string' && userId !== '') return userId
  return typeof userId === 'number' ? String(userId) : undefined
}
