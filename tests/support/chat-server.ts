/** A SyncServer for messages in conversations, over a real Socket.IO server. */

import { defineSyncRules, type SyncError } from '@iron-stack/sync'
import {
  SyncServer,
  type AutoJoinOutcome,
  type RoomResolver,
  type SyncServerOptions,
} from '@iron-stack/sync/server'
import type { Namespace, Server } from 'socket.io'
import type { Socket } from 'socket.io-client'
import { expect, onTestFinished } from 'vitest'
import { eventOf } from './socket-io.ts'
import { until } from './until.ts'

export interface Message {
  readonly id: string
  readonly conversationId: string
}

export interface ChatEvents {
  'message:new': Message
  'message:moved': { readonly id: string; readonly from: string; readonly to: string }
}

export const chatRules = defineSyncRules<ChatEvents>({
  'message:new': { room: (message) => message.conversationId, actions: [] },
  'message:moved': { room: ({ from, to }) => [from, to], actions: [] },
})

/** A message in conversation `c1`. */
export const HELLO: Message = { id: 'm1', conversationId: 'c1' }

export interface ChatServer {
  readonly sync: SyncServer<ChatEvents>
  readonly errors: SyncError[]
}

export function startSync(options: Omit<SyncServerOptions<ChatEvents>, 'rules'>): ChatServer {
  const errors: SyncError[] = []
  const sync = new SyncServer({
    rules: chatRules,
    onError: (error) => errors.push(error),
    ...options,
  })
  onTestFinished(() => sync.close())
  return { sync, errors }
}

/** Calls autoJoinRooms for each socket that connects, and keeps what became of it. */
export function autoJoin(
  sync: SyncServer<ChatEvents>,
  io: Server | Namespace,
  resolver: RoomResolver,
): AutoJoinOutcome[] {
  const outcomes: AutoJoinOutcome[] = []
  io.on('connection', async (socket) => {
    outcomes.push(await sync.autoJoinRooms(socket, resolver))
  })
  return outcomes
}

/** Waits until a client is in a room, as its namespace's adapter knows it. */
export function joined(io: Server | Namespace, room: string, socket: Socket): Promise<void> {
  const namespace = 'of' in io ? io.of('/') : io
  return until(() => expect(namespace.adapter.rooms.get(room)).toContain(socket.id))
}

/** The sync events a client receives, from now on. */
export function recordEvents(socket: Socket): {
  /** What has come, once all that was sent to this client's namespace before is here. */
  readonly sent: (io: Server | Namespace) => Promise<unknown[]>
} {
  const received: unknown[] = []
  socket.onAny((event: string, data: unknown) => {
    if (event.startsWith('sync:')) return
    if (event !== 'last') received.push([event, data])
  })
  return {
    async sent(io) {
      // A connection keeps its order: what was sent before this has arrived before it.
      const last = eventOf(socket, 'last')
      io.emit('last')
      await last
      return received
    },
  }
}
