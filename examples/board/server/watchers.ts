/**
 * Who looks at a post at the moment, and who is writing: told by the clients with plain Socket.IO
 * events, passed on as volatile ones. A socket is believed about posts whose room it is in, which
 * `authorize` has let it into.
 */
import type { SyncServer } from '@iron-stack/sync/server'
import type { Server, Socket } from 'socket.io'
import { postRoom } from '../shared/rooms.ts'
import type { BoardEvents } from '../shared/types.ts'

export function followWatchers(io: Server, sync: SyncServer<BoardEvents>): void {
  io.on('connection', (socket) => {
    const { userId, orgId } = socket.data

    /** `null`: at none any more. */
    function watch(postId: number | null): void {
      const before: number | null = socket.data.postId ?? null
      socket.data.postId = postId
      for (const each of new Set([before, postId])) if (each !== null) tellWatchers(each)
    }

    function tellWatchers(postId: number): void {
      const personIds = watchersOf(io, { orgId, postId })
      void sync.broadcast('post:watched', { orgId, postId, personIds })
    }

    socket.on('watch', (postId: unknown) => {
      watch(isInRoomOf(socket, postId) ? postId : null)
    })

    socket.on('typing', (postId: unknown) => {
      if (!isInRoomOf(socket, postId)) return
      void sync.broadcast('post:typing', { orgId, postId, personId: userId })
    })

    socket.on('disconnect', () => watch(null))
  })
}

function isInRoomOf(socket: Socket, postId: unknown): postId is number {
  const { orgId } = socket.data
  return typeof postId === 'number' && socket.rooms.has(postRoom({ orgId, postId }))
}

/** A person once, however many windows they have it open in. */
function watchersOf(
  io: Server,
  { orgId, postId }: { orgId: string; postId: number },
): string[] {
  const watching = new Set<string>()
  for (const { data } of io.sockets.sockets.values()) {
    if (data.orgId === orgId && data.postId === postId) watching.add(data.userId)
  }
  return [...watching].toSorted()
}
