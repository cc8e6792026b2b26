/**
 * Who is in which room.
 *
 * Each socket that has a user is in that user's own room, so that "all sockets of Ada, on every
 * node" is a room like any other, and Socket.IO's adapter carries joins and leaves to them.
 */

import type { Socket } from 'socket.io'
import { SyncError, type OnError } from '../errors.ts'
import type { AnyNamespace, AnySocket } from './io.ts'

export interface MembershipOptions {
  readonly namespace: AnyNamespace
  /** The user of a socket, as the application's own authentication found it. */
  readonly getUserId: (socket: Socket) => string | undefined
  /** What a user's own room is called, in front of the id. */
  readonly userRoomPrefix: string
  readonly onError: OnError
  /** Throws once the server is closed: from then on nobody is let in. */
  readonly refuseIfClosed: () => void
}

/** The rooms a user may be in, as the application knows them. */
export type RoomResolver = (userId: string) => Promise<readonly string[]> | readonly string[]

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
  readonly join: (room: string, userIds: readonly string[]) => void
  readonly leave: (room: string, userIds: readonly string[]) => void
  readonly autoJoin: (socket: AnySocket, resolver: RoomResolver) => Promise<AutoJoinOutcome>
  /** Stops looking at new sockets. Memberships stay as they are. */
  readonly close: () => void
}

export function createMembership(options: MembershipOptions): Membership {
  const { namespace, getUserId, userRoomPrefix, onError, refuseIfClosed } = options

  const userRooms = (userIds: readonly string[]) => userIds.map((id) => userRoomPrefix + id)

  /** Puts a socket in its user's own room; returns the user. Rejects with a SyncError. */
  async function admit(socket: AnySocket): Promise<string | undefined> {
    try {
      const userId = getUserId(socket)
      if (userId === undefined) return undefined
      await joinWhileConnected(socket, [userRoomPrefix + userId])
      return userId
    } catch (cause) {
      throw admissionFailed(cause)
    }
  }

  function admitOrReport(socket: AnySocket): void {
    admit(socket).catch(onError)
  }

  namespace.on('connection', admitOrReport)
  for (const socket of namespace.sockets.values()) admitOrReport(socket)

  return {
    join(room, userIds) {
      if (userIds.length > 0) namespace.in(userRooms(userIds)).socketsJoin(room)
    },

    leave(room, userIds) {
      if (userIds.length > 0) namespace.in(userRooms(userIds)).socketsLeave(room)
    },

    async autoJoin(socket, resolver) {
      try {
        refuseIfClosed()
        const userId = await admit(socket)
        if (userId === undefined) {
          onError(noUser())
          return { status: 'no-user' }
        }
        const rooms = [...(await resolver(userId))]
        refuseIfClosed()
        const joined = await joinWhileConnected(socket, rooms)
        return joined ? { status: 'joined', rooms } : { status: 'disconnected' }
      } catch (cause) {
        const error = cause instanceof SyncError ? cause : resolverFailed(cause)
        onError(error)
        return { status: 'failed', error }
      }
    },

    close() {
      namespace.off('connection', admitOrReport)
    },
  }
}

/**
 * Joins unless the socket is gone, before or meanwhile.
 * Socket.IO lets a disconnected socket join, and nothing would ever take it out again.
 */
async function joinWhileConnected(socket: AnySocket, rooms: string[]): Promise<boolean> {
  if (!socket.connected) return false
  await socket.join(rooms)
  if (socket.connected) return true
  for (const room of rooms) await socket.leave(room)
  return false
}

function noUser(): SyncError {
  return new SyncError({
    code: 'no-user',
    problem: 'A socket without a user asked for rooms; it joined none.',
    remedy: 'Set socket.data.userId in a Socket.IO middleware, or give SyncServer `getUserId`.',
    subject: 'autoJoinRooms',
  })
}

function admissionFailed(cause: unknown): SyncError {
  return new SyncError({
    code: 'delivery-failed',
    problem: "A socket could not join its user's own room.",
    remedy: 'See `cause`: getUserId or the Socket.IO adapter failed.',
    cause,
  })
}

function resolverFailed(cause: unknown): SyncError {
  return new SyncError({
    code: 'resolver-failed',
    problem: `The resolver given to autoJoinRooms failed: ${String(cause)}.`,
    remedy: 'The socket joined none of its rooms; it tries again when it reconnects.',
    cause,
  })
}
