/**
 * Everything between a namespace's sockets and their rooms: who connects is greeted, let into its
 * rooms, told of them, and answered.
 */

import type { Clock } from '../clock.ts'
import { MEMBER } from '../control.ts'
import { followAdapter } from './adapter-events.ts'
import { createControl, type Control } from './control/control.ts'
import { createAbsences, type Absences } from './absences.ts'
import { connectionOf, cut, watchPackets } from './connections.ts'
import type { Delivery } from './delivery.ts'
import { createGrants } from './grants.ts'
import type { AnyNamespace, AnySocket } from './io.ts'
import type { EventLog } from './log/event-log.ts'
import { whenReady } from './maybe-promise.ts'
import {
  createMembership,
  type AutoJoinOutcome,
  type Membership,
  type MembershipOptions,
  type RoomResolver,
} from './membership.ts'
import type { Metrics } from './metrics.ts'
import { parseChange } from './parse-change.ts'
import { disableRecovery } from './recovery.ts'
import { createRoomNotes, type RoomNotes } from './room-notes.ts'
import { createSession, type Session } from './sessions.ts'
import { createSlowSockets, type SlowSocket } from './slow-sockets.ts'
import { trackTimers } from './track-timers.ts'
import type { UnderWay } from './under-way.ts'

export interface RoomServiceOptions extends Omit<
  MembershipOptions,
  'timeLimit' | 'record' | 'headOf' | 'isFollowed' | 'barrier' | 'grants'
> {
  readonly namespace: AnyNamespace
  readonly delivery: Delivery
  readonly clock: Clock
  readonly rooms: RoomResolver | undefined
  readonly resolverTimeoutMs: number
  readonly authorizeTimeoutMs: number
  readonly maxRoomsPerSocket: number
  readonly maxBufferedBytes: number
  readonly onCut: (slow: SlowSocket) => void
  readonly metrics: Metrics | undefined
  readonly underWay: UnderWay
}

export interface RoomService extends Pick<Membership, 'join' | 'leave'> {
  readonly autoJoin: (socket: AnySocket, resolver: RoomResolver) => Promise<AutoJoinOutcome>
  /** Looks at no socket any more. Memberships stay as they are. */
  readonly close: () => void
}

export function createRoomService(options: RoomServiceOptions): RoomService {
  const { namespace, delivery, userRoomPrefix, getUserId, metrics, onError } = options
  const { track } = options.underWay
  const clock = trackTimers(options.clock)
  const slowSockets = createSlowSockets({ ...options, clock })
  const sessions = new Map<string, Session>()
  let notes: RoomNotes | undefined
  let control: Control | undefined
  let absences: Absences | undefined
  let isClosed = false

  const packets = watchPackets(delivery.beforePacket)
  const grants = createGrants()
  const membership = createMembership({
    ...options,
    grants,
    timeLimit: { clock, ms: options.authorizeTimeoutMs },
    record(userRooms, change) {
      metrics?.membership(change, userRooms.length)
      const recorded = delivery.send(
        userRooms.map((room) => ({ rooms: [room], event: MEMBER, data: change })),
      )
      if (recorded !== undefined) track(recorded)
      return recorded
    },
    isFollowed: delivery.isFollowed,
    barrier: () => delivery.log()?.barrier?.(),
    headOf(room) {
      const log = delivery.log()
      if (log === undefined) return undefined
      return whenReady(log.heads([room]), ([found]) => ({
        handle: found?.handle ?? '',
        head: found?.head ?? 0,
        at: log.now(),
      }))
    },
  })

  const adapterEvents = followAdapter(namespace, {
    onJoin(room, socketId) {
      delivery.onMove({ room, socketId, hasJoined: true })
      const session = sessions.get(socketId)
      if (session === undefined || room === socketId) return
      notes?.joined(session, room)
      noteJoin(session, room)
    },
    onLeave(room, socketId) {
      delivery.onMove({ room, socketId, hasJoined: false })
      const session = sessions.get(socketId)
      if (session === undefined || room === socketId) return
      session.asked?.delete(room)
      notes?.left(session, room)
    },
    onEmpty: (room) => notes?.forget(room),
  })

  function noteJoin({ userId }: Session, room: string): void {
    if (userId !== undefined) membership.onJoined(userId, room)
  }

  function follow(): void {
    if (adapterEvents.follow()) disableRecovery(namespace, onError)
  }

  /** A socket is met when it connects, or before, by a handler that calls autoJoinRooms first. */
  function meet(socket: AnySocket): Session {
    const known = sessions.get(socket.id)
    if (known !== undefined) return known
    follow()
    const session = createSession(socket, clock.now())
    sessions.set(socket.id, session)
    slowSockets.watch(socket)
    packets.watch(socket)
    socket.on('disconnect', onDisconnect)
    findUser(session)
    const log = delivery.log()
    if (log !== undefined) greet(session, log)
    // Rooms that the application's middleware has put it in.
    for (const room of socket.rooms) noteJoin(session, room)
    membership.admit(socket).catch(onError)
    if (options.rooms !== undefined) void resolveRooms(session, options.rooms)
    // After the application's own handlers, which may call autoJoinRooms.
    queueMicrotask(() => settleIfDone(session))
    return session
  }

  /** Tells a client about its rooms; without a log there is nothing to tell. */
  function greet(session: Session, log: EventLog): void {
    notes ??= createRoomNotes({
      log,
      clock,
      isMet,
      userRoomOf: ({ userId }) => (userId === undefined ? undefined : userRoomPrefix + userId),
      track,
      onError,
    })
    notes.tellAll(session)
    control ??= createControl({
      sessionOf: ({ id }) => sessions.get(id),
      clock,
      log,
      notes,
      membership,
      grants,
      absences: (absences = createAbsences({ log, userRoomPrefix, grants })),
      maxRoomsPerSocket: options.maxRoomsPerSocket,
      setUnpacking: delivery.setUnpacking,
      metrics,
      track,
      onError,
    })
    control.serve(session.socket)
  }

  /** A user may be known only when the application's own handler has run. */
  function findUser(session: Session): void {
    try {
      session.userId ??= getUserId(session.socket)
    } catch {
      // Fails again where the user is let into a room, and is reported there.
    }
  }

  async function resolveRooms(
    session: Session,
    resolver: RoomResolver,
  ): Promise<AutoJoinOutcome> {
    findUser(session)
    session.resolving++
    const timer = clock.setTimeout(() => settle(session), options.resolverTimeoutMs)
    try {
      return await membership.autoJoin(session.socket, resolver)
    } finally {
      clock.clearTimeout(timer)
      session.resolving--
      settleIfDone(session)
    }
  }

  function settleIfDone(session: Session): void {
    if (session.resolving === 0) settle(session)
  }

  function settle(session: Session): void {
    if (isMet(session)) notes?.settled(session)
  }

  function isMet(session: Session): boolean {
    return sessions.get(session.socket.id) === session
  }

  /** One for all sockets; Socket.IO calls it on the one that is gone. */
  function onDisconnect(this: AnySocket): void {
    release(this)
  }

  function release(socket: AnySocket): void {
    const session = sessions.get(socket.id)
    if (session !== undefined) notes?.stop(session)
    sessions.delete(socket.id)
    socket.off('disconnect', onDisconnect)
    control?.stop(socket)
    packets.unwatch(socket)
    delivery.setUnpacking(socket.id, false)
  }

  /** What was told of these rooms' places is over: who is in them is told anew. */
  function renew(rooms?: readonly string[]): void {
    for (const session of sessions.values()) {
      if (rooms === undefined) notes?.tellAll(session)
      else for (const room of rooms) if (isIn(session, room)) notes?.joined(session, room)
    }
  }

  /** Each connects again, and is let in by who decides that, instead of by what is not known any more. */
  function cutThose(rooms?: readonly string[]): void {
    const userRooms = rooms?.filter((room) => room.startsWith(userRoomPrefix))
    if (userRooms?.length === 0) return
    absences?.forget()
    for (const { socket } of userRooms?.flatMap(sessionsIn) ?? [...sessions.values()]) {
      const connection = connectionOf(socket)
      if (connection === undefined) socket.disconnect(true)
      else cut(connection)
    }
  }

  function sessionsIn(room: string): readonly Session[] {
    const socketIds = [...(namespace.adapter.rooms.get(room) ?? [])]
    return socketIds.flatMap((id) => sessions.get(id) ?? [])
  }

  follow()
  delivery.follow({
    onRecord(userRoom, value) {
      const change = parseChange(value)
      if (change === undefined || !userRoom.startsWith(userRoomPrefix)) return
      membership.onRecord(userRoom.slice(userRoomPrefix.length), change)
    },
    onRenew: renew,
    onLapse: cutThose,
  })
  namespace.on('connection', meet)
  for (const socket of namespace.sockets.values()) meet(socket)

  return {
    join: membership.join,
    leave: membership.leave,

    autoJoin(socket, resolver) {
      return socket.connected && !isClosed
        ? resolveRooms(meet(socket), resolver)
        : membership.autoJoin(socket, resolver)
    },

    close() {
      isClosed = true
      namespace.off('connection', meet)
      adapterEvents.stop()
      clock.stop()
      for (const { socket } of sessions.values()) release(socket)
    },
  }
}

function isIn({ socket }: Session, room: string): boolean {
  return room !== socket.id && socket.rooms.has(room)
}
