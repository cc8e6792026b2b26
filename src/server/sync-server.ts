/**
 * The server's side: sends an event to the rooms its rule names, and keeps people in their rooms.
 */

import type { Server, Socket } from 'socket.io'
import { checkRules } from '../check-rules.ts'
import { createReporter, SyncError, type OnError } from '../errors.ts'
import { createStamp } from '../message.ts'
import { roomFunction, ruleEntries, type SyncRules } from '../rules.ts'
import {
  countLocalSockets,
  namespaceOf,
  type AnyNamespace,
  type AnyServer,
  type AnySocket,
} from './io.ts'
import {
  createMembership,
  type AutoJoinOutcome,
  type Membership,
  type RoomResolver,
} from './membership.ts'

export interface SyncServerOptions<Events = Record<string, unknown>> {
  /** The Socket.IO server, or one of its namespaces. */
  readonly io: AnyServer | AnyNamespace
  /** The rules shared with the clients. */
  readonly rules: SyncRules<Events>
  /** The user of a socket. Never read it from what the client sent. @default socket.data.userId */
  readonly getUserId?: (socket: Socket) => string | undefined
  /** What a user's own room is called, in front of the id. @default 'user:' */
  readonly userRoomPrefix?: string
  /** Told each error once per code and subject. @default console.error */
  readonly onError?: OnError
  /** Prints a line for each broadcast: event, rooms, sockets on this node. @default false */
  readonly debug?: boolean
}

export class SyncServer<Events = Record<string, unknown>> {
  readonly #io: AnyServer | AnyNamespace
  readonly #namespace: AnyNamespace
  readonly #rooms: ReadonlyMap<string, (data: unknown) => unknown>
  readonly #membership: Membership
  readonly #onError: OnError
  readonly #debug: boolean
  readonly #stamp = createStamp()
  #closed = false

  constructor(options: SyncServerOptions<Events>) {
    checkRules(options.rules)
    this.#io = options.io
    this.#namespace = namespaceOf(options.io)
    this.#rooms = new Map(
      ruleEntries(options.rules).map(([event, rule]) => [event, roomFunction(rule)]),
    )
    this.#onError = createReporter(options.onError)
    this.#debug = options.debug ?? false
    this.#membership = createMembership({
      namespace: this.#namespace,
      getUserId: options.getUserId ?? userIdOf,
      userRoomPrefix: options.userRoomPrefix ?? 'user:',
      onError: this.#onError,
      refuseIfClosed: () => this.#refuseIfClosed(),
    })
  }

  /**
   * Sends an event to the room or rooms of its rule; a socket in several receives it once.
   *
   * Resolves when the event is handed to Socket.IO. Rejects with a SyncError (`unknown-event`,
   * `room-failed`, `delivery-failed`, `closed`), which `onError` is told too: a call that nobody
   * awaits makes no unhandled rejection.
   */
  broadcast<Event extends keyof Events & string>(
    event: Event,
    data: Events[Event],
  ): Promise<void> {
    try {
      this.#send(event, data)
      return DONE
    } catch (thrown) {
      const error = thrown instanceof SyncError ? thrown : deliveryFailed(event, thrown)
      this.#onError(error)
      return handledRejection(error)
    }
  }

  /** Puts all connected sockets of these users in a room, on every node of the adapter. */
  joinRoom(room: string, userIds: readonly string[]): Promise<void> {
    return this.#changeMembership(() => this.#membership.join(room, userIds), room)
  }

  /** Takes all connected sockets of these users out of a room, on every node of the adapter. */
  leaveRoom(room: string, userIds: readonly string[]): Promise<void> {
    return this.#changeMembership(() => this.#membership.leave(room, userIds), room)
  }

  /**
   * Puts a socket in the rooms that `resolver` returns for its user. Call it in the `connection`
   * handler. Never rejects: what went wrong is in the outcome, and was told to `onError`.
   */
  autoJoinRooms(socket: AnySocket, resolver: RoomResolver): Promise<AutoJoinOutcome> {
    return this.#membership.autoJoin(socket, resolver)
  }

  /** The `io` this server was made with. */
  getIO(): Server {
    // A namespace has what rooms and broadcasts need of a server; v1.1.0 promises a Server.
    return this.#io as Server
  }

  /** Stops: later calls are refused. Sockets, rooms and the Socket.IO server stay as they are. */
  close(): void {
    this.#closed = true
    this.#membership.close()
  }

  #send(event: string, data: unknown): void {
    this.#refuseIfClosed()
    const roomOf = this.#rooms.get(event)
    if (roomOf === undefined) throw unknownEvent(event)
    const rooms = roomsOf(event, roomOf, data)
    if (rooms.length > 0) {
      this.#namespace.to(rooms).emit(event, data, this.#stamp())
    }
    if (this.#debug) this.#printBroadcast(event, rooms)
  }

  #printBroadcast(event: string, rooms: string[]): void {
    const where = rooms.length === 0 ? 'no room' : rooms.join(', ')
    const sockets = countLocalSockets(this.#namespace, rooms)
    console.log(
      `[sync] ${event} → ${where}: ${sockets} ${sockets === 1 ? 'socket' : 'sockets'}`,
    )
  }

  #changeMembership(change: () => void, room: string): Promise<void> {
    try {
      this.#refuseIfClosed()
      change()
      return DONE
    } catch (thrown) {
      const error = thrown instanceof SyncError ? thrown : deliveryFailed(room, thrown)
      this.#onError(error)
      return handledRejection(error)
    }
  }

  #refuseIfClosed(): void {
    if (!this.#closed) return
    throw new SyncError({
      code: 'closed',
      problem: 'This SyncServer is closed.',
      remedy: 'Call close() last, after your own work has ended.',
    })
  }
}

const DONE: Promise<void> = Promise.resolve()

/** A rejection for who awaits it, and none for who does not. */
function handledRejection(error: SyncError): Promise<never> {
  const rejection = Promise.reject<never>(error)
  rejection.catch(() => {})
  return rejection
}

function roomsOf(event: string, roomOf: (data: unknown) => unknown, data: unknown): string[] {
  let rooms: unknown
  try {
    rooms = roomOf(data)
  } catch (cause) {
    if (cause instanceof SyncError) throw cause
    throw roomFailed(event, `threw ${String(cause)}`, cause)
  }
  const list: unknown[] = Array.isArray(rooms) ? rooms : [rooms]
  if (list.every(isRoomName)) return list
  throw roomFailed(event, 'returned something that is not a room name')
}

function isRoomName(room: unknown): room is string {
  return typeof room === 'string' && room !== ''
}

function userIdOf(socket: Socket): string | undefined {
  const userId: unknown = socket.data?.userId
  if (typeof userId === 'string' && userId !== '') return userId
  return typeof userId === 'number' ? String(userId) : undefined
}

function unknownEvent(event: string): SyncError {
  return new SyncError({
    code: 'unknown-event',
    problem: `No sync rule for event "${event}".`,
    remedy: 'Declare it in defineSyncRules().',
    subject: event,
  })
}

function roomFailed(event: string, what: string, cause?: unknown): SyncError {
  return new SyncError({
    code: 'room-failed',
    problem: `The \`room\` of sync rule "${event}" ${what}; the event was not sent.`,
    remedy: 'Check that the data passed to broadcast() has what `room` reads.',
    subject: event,
    ...(cause !== undefined && { cause }),
  })
}

function deliveryFailed(subject: string, cause: unknown): SyncError {
  return new SyncError({
    code: 'delivery-failed',
    problem: `Socket.IO refused "${subject}": ${String(cause)}.`,
    remedy: 'See `cause`; the adapter may have lost its connection.',
    subject,
    cause,
  })
}
