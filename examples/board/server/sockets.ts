/**
 * The sockets: who may open one, and which rooms it may be in. The cookie that a request brings
 * also says whose socket it is; a page of another site is refused before that.
 */
import type { Server as HttpServer } from 'node:http'
import { SyncServer } from '@iron-stack/sync/server'
import { eq } from 'drizzle-orm'
import { Server } from 'socket.io'
import superjson from 'superjson'
import { orgRoom } from '../shared/rooms.ts'
import { rules } from '../shared/rules.ts'
import type { BoardEvents } from '../shared/types.ts'
import type { Database } from './database.ts'
import { followWatchers } from './watchers.ts'
import { people } from './schema.ts'
import { isSameOrigin, readSession } from './session.ts'

export function createSockets(http: HttpServer, db: Database): SyncServer<BoardEvents> {
  const io = new Server(http, {
    serveClient: false,
    allowRequest: (request, decide) => decide(null, isSameOrigin(request)),
  })

  io.use(async (socket, next) => {
    const session = await readSession(db, socket.request)
    if (!session) return next(new Error('signed-out'))
    socket.data.userId = session.viewer.id
    socket.data.orgId = session.viewer.orgId
    socket.data.sessionId = session.id
    next()
  })

  const sync = new SyncServer<BoardEvents>({
    io,
    rules,
    transformer: superjson,

    /** Everybody hears their organisation. */
    async rooms(personId) {
      const [person] = await db.select().from(people).where(eq(people.id, personId))
      return person ? [orgRoom({ orgId: person.orgId })] : []
    },

    /** A board or a post is joined by who looks at it, if it is their organisation's. */
    authorize(socket, rooms) {
      const theirs = orgRoom({ orgId: socket.data.orgId })
      return rooms.filter((room) => room.startsWith(`${theirs}:`))
    },
  })
  followWatchers(io, sync)
  return sync
}

/** Closes the sockets of a session that has ended. */
export function closeSessionSockets(sync: SyncServer<BoardEvents>, sessionId: string): void {
  for (const socket of sync.getIO().sockets.sockets.values()) {
    if (socket.data.sessionId === sessionId) socket.disconnect(true)
  }
}
