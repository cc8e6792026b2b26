/**
 * Who is in which room.
 *
 * Each socket that has a user is in that user's own room, so that "all sockets of Ada, on every
 * node" is a room like any other. Who is let in and who is thrown out is also recorded in that
 * room's log: so it reaches a client that was away. Where several nodes share the log, it reaches
 * them in the same way, and each acts upon its own sockets.
 */

import type { Socket } from 'socket.io'
import type { MembershipChange } from '../control.ts'
import { SyncError, type OnError } from '../errors.ts'
import { createAdmissions } from './admissions.ts'
import type { Grant, Grants } from './grants.ts'
import type { AnyNamespace, AnySocket } from './io.ts'
import { ANY_ROOM, joinAllowed } from './join-allowed.ts'
import {
  admissionFailed,
  authorizeFailed,
  membershipNotRecorded,
  noUser,
  resolverFailed,
} from './membership-errors.ts'
import { withTimeLimit, type TimeLimit } from './time-limit.ts'

export interface MembershipOptions {
  readonly namespace: AnyNamespace
  /** The user of a socket, as the application's own authentication found it. */
  readonly getUserId: (socket: Socket) => string | undefined
  /** What a user's own room is called, in front of the id. */
  readonly userRoomPrefix: string
  readonly authorize: Authorize | undefined
  /** How long `authorize` may take. */
  readonly timeLimit: TimeLimit
  readonly onError: OnError
  /** Throws once the server is closed: from then on nobody is let in. */
  readonly refuseIfClosed: () => void
  /** Appends a record to users' own logs, and sends it. Returns a promise where that takes time. */
  readonly record: (
    userRooms: readonly string[],
    change: MembershipChange,
  ) => void | Promise<void>
  /** Whether every node is told of records, by `onRecord`. */
  readonly isFollowed: boolean
  /** Resolves when every node has been told of what was recorded before. */
  readonly barrier: () => void | Promise<void>
  /** Who is out of which room. */
  readonly grants: Grants
  /** The room's place in the log now; undefined without a log. */
  readonly headOf: (room: string) => Grant | Promise<Grant> | undefined
}

/** The rooms a user may be in, as the application knows them. */
export type RoomResolver = (userId: string) => Promise<readonly string[]> | readonly string[]

/** Those of the rooms a client asks for that it may be in. */
export type Authorize = (
  socket: Socket,
  rooms: readonly string[],
) => Promise<readonly string[]> | readonly string[]

/** What became of an `autoJoinRooms`. */
export type AutoJoinOutcome =
  | { readonly status: 'joined'; readonly rooms: readonly string[] }
  /** The socket has no user; it is in no room. */
  | { readonly status: 'no-user' }
  /** The socket left while the resolver ran; it is in no room. */
  | { readonly status: 'disconnected' }
  /** The resolver or the join failed, or the server is closed; the error went to `onError`. */
  | { readonly status: 'failed'; readonly error: SyncError }

export interface Membership {
  readonly join: (room: string, userIds: readonly string[]) => void | Promise<void>
  readonly leave: (room: string, userIds: readonly string[]) => void | Promise<void>
  /** Puts a socket in its user's own room; returns the user. Rejects with a SyncError. */
  readonly admit: (socket: AnySocket) => Promise<string | undefined>
  readonly autoJoin: (socket: AnySocket, resolver: RoomResolver) => Promise<AutoJoinOutcome>
  /** Joins those of the rooms that `authorize` allows, and returns them. */
  readonly ask: (
    socket: AnySocket,
    userId: string,
    rooms: readonly string[],
  ) => Promise<readonly string[]>
  /** Notes that a socket of this user has come into a room, whoever has put it there. */
  readonly onJoined: (userId: string, room: string) => void
  /** Acts upon a record that some node has made, for this node's sockets. */
  readonly onRecord: (userId: string, change: MembershipChange) => void
}

export function createMembership(options: MembershipOptions): Membership {
  const { namespace, getUserId, userRoomPrefix, authorize, timeLimit } = options
  const { onError, refuseIfClosed, record, headOf, isFollowed, barrier, grants } = options
  const admissions = createAdmissions()

  const userRooms = (userIds: readonly string[]) => userIds.map((id) => userRoomPrefix + id)

  /** The sockets of these users: on this node, where each node is told by itself. */
  const socketsOf = (userIds: readonly string[]) =>
    (isFollowed ? namespace.local : namespace).in(userRooms(userIds))

  function shutOut(userId: string, room: string): void {
    admissions.refuse(userId, room)
    grants.leave(userId, room)
  }

  async function admit(socket: AnySocket): Promise<string | undefined> {
    try {
      const userId = getUserId(socket)
      if (userId === undefined) return undefined
      await joinAllowed(socket, [userRoomPrefix + userId], ANY_ROOM)
      return userId
    } catch (cause) {
      throw admissionFailed(cause)
    }
  }

  /** From now on the user sees what is sent to the room, and nothing of what was sent before. */
  function endAbsence(userId: string, room: string): void {
    const from = headOf(room)
    if (from === undefined) return
    const ending = grants.grant(userId, room, from)
    ending?.catch((cause: unknown) => onError(membershipNotRecorded(room, cause)))
  }

  return {
    admit,

    join(room, userIds) {
      if (userIds.length === 0) return undefined
      if (isFollowed) return andThen(record(userRooms(userIds), ['join', room, 1]), barrier)
      for (const userId of userIds) if (grants.isOut(userId, room)) endAbsence(userId, room)
      const recorded = record(userRooms(userIds), ['join', room])
      socketsOf(userIds).socketsJoin(room)
      return recorded
    },

    leave(room, userIds) {
      if (userIds.length === 0) return undefined
      for (const userId of userIds) shutOut(userId, room)
      try {
        return andThen(record(userRooms(userIds), ['leave', room]), barrier)
      } finally {
        // Whatever becomes of the records, and however long a log takes.
        socketsOf(userIds).socketsLeave(room)
      }
    },

    onJoined(userId, room) {
      if (!grants.isOut(userId, room)) return
      endAbsence(userId, room)
      const recorded = record(userRooms([userId]), ['join', room])
      recorded?.catch((cause: unknown) => onError(membershipNotRecorded(room, cause)))
    },

    onRecord(userId, [kind, room, isForAll]) {
      if (kind === 'leave') {
        shutOut(userId, room)
        socketsOf([userId]).socketsLeave(room)
        return
      }
      if (grants.isOut(userId, room)) endAbsence(userId, room)
      if (isForAll === 1) socketsOf([userId]).socketsJoin(room)
    },

    async autoJoin(socket, resolver) {
      let admission
      try {
        refuseIfClosed()
        const userId = await admit(socket)
        if (userId === undefined) {
          onError(noUser())
          return { status: 'no-user' }
        }
        admission = admissions.begin(userId)
        const resolved = await resolver(userId)
        refuseIfClosed()
        const rooms = await joinAllowed(socket, resolved, admission)
        return socket.connected ? { status: 'joined', rooms } : { status: 'disconnected' }
      } catch (cause) {
        const error = cause instanceof SyncError ? cause : resolverFailed(cause)
        onError(error)
        return { status: 'failed', error }
      } finally {
        admission?.end()
      }
    },

    async ask(socket, userId, rooms) {
      // A user's own room, or a socket's, is nobody's to ask for.
      const open = rooms.filter(
        (room) => !room.startsWith(userRoomPrefix) && !namespace.adapter.sids.has(room),
      )
      if (authorize === undefined || open.length === 0) return []
      const admission = admissions.begin(userId)
      try {
        const allowed = new Set(await withTimeLimit(timeLimit, () => authorize(socket, open)))
        refuseIfClosed()
        return await joinAllowed(
          socket,
          open.filter((room) => allowed.has(room)),
          admission,
        )
      } catch (cause) {
        onError(cause instanceof SyncError ? cause : authorizeFailed(cause))
        return []
      } finally {
        admission.end()
      }
    },
  }
}

/** At once where the work takes no time. */
function andThen(
  work: void | Promise<void>,
  next: () => void | Promise<void>,
): void | Promise<void> {
  return work instanceof Promise ? work.then(next) : next()
}
