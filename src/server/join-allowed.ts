/** Lets a socket into rooms, and makes sure that it is in none that it may not be in. */

import type { Admission } from './admissions.ts'
import type { AnySocket } from './io.ts'

/**
 * Joins what may be joined, unless the socket is gone, before or meanwhile; returns what it is in.
 * Socket.IO lets a disconnected socket join, and nothing would ever take it out again.
 */
export async function joinAllowed(
  socket: AnySocket,
  rooms: readonly string[],
  { allows }: Pick<Admission, 'allows'>,
): Promise<string[]> {
  if (!socket.connected) return []
  const joining = rooms.filter(allows)
  await socket.join(joining)
  // Some adapters take time to join, in which anything may happen.
  const isStaying = (room: string) => socket.connected && allows(room)
  for (const room of joining) if (!isStaying(room)) await socket.leave(room)
  return joining.filter(isStaying)
}

/** For rooms that nobody can be refused. */
export const ANY_ROOM: Pick<Admission, 'allows'> = { allows: () => true }
