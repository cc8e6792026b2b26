/** What can go wrong when people are let into rooms, and what to do about it. */

import { SyncError } from '../errors.ts'

export function noUser(): SyncError {
  return new SyncError({
    code: 'no-user',
    problem: 'A socket without a user asked for rooms; it joined none.',
    remedy: 'Set socket.data.userId in a Socket.IO middleware, or give SyncServer `getUserId`.',
    subject: 'autoJoinRooms',
  })
}

/** @throws SyncError `no-user` where JavaScript passes one id instead of a list. */
export function checkUserIds(userIds: readonly string[]): void {
  if (Array.isArray(userIds)) return
  throw new SyncError({
    code: 'no-user',
    problem: 'joinRoom() and leaveRoom() take a list of user ids, and got none.',
    remedy: 'Write joinRoom(room, [userId]).',
    subject: 'userIds',
  })
}

export function admissionFailed(cause: unknown): SyncError {
  return new SyncError({
    code: 'delivery-failed',
    problem: "A socket could not join its user's own room.",
    remedy: 'See `cause`: getUserId or the Socket.IO adapter failed.',
    cause,
  })
}

export function membershipNotRecorded(room: string, cause: unknown): SyncError {
  return new SyncError({
    code: 'delivery-failed',
    problem: `That a user came into "${room}" could not be recorded: ${String(cause)}.`,
    remedy:
      'See `cause`: the log failed. Nothing of the room is replayed to them until they come again.',
    subject: room,
    cause,
  })
}

export function resolverFailed(cause: unknown): SyncError {
  return new SyncError({
    code: 'resolver-failed',
    problem: `The resolver given to autoJoinRooms failed: ${String(cause)}.`,
    remedy: 'The socket joined none of its rooms; it tries again when it reconnects.',
    cause,
  })
}

export function authorizeFailed(cause: unknown): SyncError {
  return new SyncError({
    code: 'authorize-failed',
    problem: `\`authorize\` failed: ${String(cause)}.`,
    remedy:
      'The client joined none of the rooms it asked for; it asks again when it reconnects.',
    cause,
  })
}
