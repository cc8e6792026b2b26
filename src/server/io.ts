/**
 * What the server side needs of Socket.IO: a namespace, whichever way it was handed in.
 */

import { SyncError } from '../errors.ts'
import { isRecord } from '../is-record.ts'
import type { Namespace, Server, Socket } from 'socket.io'

/* Socket.IO's event maps are invariant: only `any` accepts an application's own typed server.
   These types stand where values come in; none of them reaches a user's code. */
/* oxlint-disable typescript/no-explicit-any */
export type AnyServer = Server<any, any, any, any>
export type AnyNamespace = Namespace<any, any, any, any>
export type AnySocket = Socket<any, any, any, any>
/* oxlint-enable typescript/no-explicit-any */

/**
 * The namespace events are sent on: the main one for a server, else the one given.
 *
 * @throws SyncError `invalid-namespace` for a dynamic one (`io.of(/pattern/)`), or for neither.
 */
export function namespaceOf(io: AnyServer | AnyNamespace): AnyNamespace {
  // JavaScript may pass anything: an HTTP server is the likeliest.
  if (!isNamespaceOrServer(io)) {
    throw new SyncError({
      code: 'invalid-namespace',
      problem: '`io` is no Socket.IO server and none of its namespaces.',
      remedy: "Pass what `new Server(…)` of 'socket.io' returned, or `io.of(…)`.",
    })
  }
  if ('createChild' in io) {
    throw new SyncError({
      code: 'invalid-namespace',
      problem: 'A dynamic namespace has no sockets of its own to send to.',
      remedy: "Make one SyncServer for each of its children: io.on('new_namespace', …).",
    })
  }
  return 'of' in io ? io.of('/') : io
}

function isNamespaceOrServer(io: unknown): boolean {
  return isRecord(io) && typeof io['in'] === 'function' && ('of' in io || 'adapter' in io)
}

/** How many sockets of this node are in at least one of the rooms. */
export function countLocalSockets(namespace: AnyNamespace, rooms: readonly string[]): number {
  const sockets = new Set<string>()
  for (const room of rooms) {
    for (const id of namespace.adapter.rooms.get(room) ?? []) sockets.add(id)
  }
  return sockets.size
}

/** The same, at less cost: a socket in several of the rooms counts for each. */
export function countLocalMembers({ adapter }: AnyNamespace, rooms: readonly string[]): number {
  let members = 0
  for (const room of rooms) members += adapter.rooms.get(room)?.size ?? 0
  return members
}
