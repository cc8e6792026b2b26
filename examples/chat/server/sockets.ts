/**
 * The sockets: who may open one, and which conversations it hears. The cookie that a request
 * brings also says whose socket it is; a page of another site is refused before that.
 */
import type { Server as HttpServer } from 'node:http'
import { SyncServer, type EventLog } from '@iron-stack/sync/server'
import { Server } from 'socket.io'
import { conversationRoom } from '../shared/rooms.ts'
import { rules } from '../shared/rules.ts'
import type { ChatEvents } from '../shared/types.ts'
import { listConversationIds } from './conversations.ts'
import type { Database } from './database.ts'
import { isSameOrigin, readSession } from './session.ts'

interface Ground {
  db: Database
  /** The log that all nodes share; without one, each has its own. */
  log?: EventLog | undefined
}

export function createSockets({
  http,
  ...ground
}: Ground & { http: HttpServer }): SyncServer<ChatEvents> {
  const { db } = ground
  const io = new Server(http, {
    serveClient: false,
    allowRequest: (request, decide) => decide(null, isSameOrigin(request)),
  })

  io.use(async (socket, next) => {
    const session = await readSession(db, socket.request)
    if (!session) return next(new Error('signed-out'))
    socket.data.userId = session.viewer.id
    socket.data.sessionId = session.id
    next()
  })

  return startSync(io, ground)
}

function startSync(io: Server, { db, log }: Ground): SyncServer<ChatEvents> {
  return new SyncServer({
    io,
    rules,
    log,
    async rooms(personId) {
      const ids = await listConversationIds(db, personId)
      return ids.map((conversationId) => conversationRoom({ conversationId }))
    },
  })
}

/** As if the process had ended and come back: every connection is gone, and all that was remembered. */
export function restartSync(
  sync: SyncServer<ChatEvents>,
  ground: Ground,
): SyncServer<ChatEvents> {
  const io = sync.getIO()
  void sync.close()
  for (const socket of io.sockets.sockets.values()) socket.conn.close()
  return startSync(io, ground)
}

/** Closes the sockets of a session that has ended. */
export function closeSessionSockets(sync: SyncServer<ChatEvents>, sessionId: string): void {
  for (const socket of sync.getIO().sockets.sockets.values()) {
    if (socket.data.sessionId === sessionId) socket.disconnect(true)
  }
}
