/**
 * Who is in which room.
 *
 * Each socket that has a user is in that user's own room, so that "all sockets of Ada, on every
 * node" is a room like any other. Who is let in and who is thrown out is also recorded in that
 * room's log: so it reaches a client that was away.
 */

import type { Socket } from 'socket.io'
import type { MembershipChange } from '../control.ts'
import { SyncError, type OnError } from '../errors.ts'
import { createAdmissions } from './admissions.ts'
import { createGrants, type Grant, type Grants } from './grants.ts'
import type { AnyNamespace, AnySocket } from './io.ts'
import { ANY_ROOM, joinAllowed } from './join-allowed.ts'
import {
  admissionFailed,
  authorizeFailed,
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
  /** Appends a record to a user's own log, and sends it. Returns a promise where that takes time. */
  readonly record: (userRoom: string, change: MembershipChange) => void | Promise<void>
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
  readonly grantOf: Grants['of']
}

export function createMembership(options: MembershipOptions): Membership {
  const { namespace, getUserId, userRoomPrefix, authorize, timeLimit } = options
  const { onError, refuseIfClosed, record, headOf } = options
  const admissions = createAdmissions()
  const grants = createGrants()

  const userRooms = (userIds: readonly string[]) => userIds.map((id) => userRoomPrefix + id)

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
    ending?.catch((cause: unknown) => onError(admissionFailed(cause)))
  }

  return {
    admit,
    grantOf: grants.of,

    join(room, userIds) {
      if (userIds.length === 0) return undefined
      const records = userIds.map((userId) => {
        if (grants.isOut(userId, room)) endAbsence(userId, room)
        return record(userRoomPrefix + userId, ['join', room])
      })
      namespace.in(userRooms(userIds)).socketsJoin(room)
      return allOf(records)
    },

    leave(room, userIds) {
      if (userIds.length === 0) return undefined
      for (const userId of userIds) {
        admissions.refuse(userId, room)
        grants.leave(userId, room)
      }
      try {
        return allOf(userIds.map((userId) => record(userRoomPrefix + userId, ['leave', room])))
      } finally {
        // Whatever becomes of the records, and however long a log takes.
        namespace.in(userRooms(userIds)).socketsLeave(room)
      }
    },

    onJoined(userId, room) {
      if (!grants.isOut(userId, room)) return
      endAbsence(userId, room)
      const recorded = record(userRoomPrefix + userId, ['join', room])
      recorded?.catch((cause: unknown) => onError(admissionFailed(cause)))
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

/** A promise only if there is one among them. */
function allOf(works: readonly (void | Promise<void>)[]): void | Promise<void> {
  const running = works.filter((work) => work !== undefined)
  return running.length === 0 ? undefined : Promise.all(running).then(() => {})
}
