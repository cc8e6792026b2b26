/**
 * What a SyncServer says on a connection, and sends: events with their places in their room's log,
 * in a packet each, or several in one.
 */

import type { EventEmitter } from 'node:events'
import type { Message } from './chat-cache.ts'

const ROOM = 'conversation:c0'
const HANDLE = 'r'

export interface Packets {
  /** Each message in a packet of its own. */
  readonly single: (event: string, messages: readonly Message[]) => void
  /** All messages in one packet. */
  readonly frame: (event: string, messages: readonly Message[]) => void
}

/** Lets the engine into the one room, in which nothing has happened yet. */
export function openRoom(socket: EventEmitter): Packets {
  let offset = 0
  socket.on('sync:pull', (_request: unknown, answer: (value: unknown) => void) => {
    answer({ r: [['events', HANDLE, 0, 0, 0]], ev: [] })
  })
  socket.emit('sync:hello', { v: 1, e: 'bench', t: 0 })
  socket.emit('sync:rooms', [['joined', ROOM, HANDLE, 0, 0], ['settled']])

  function packed(event: string, message: Message): [string, Message, object] {
    offset++
    return [event, message, { e: 'bench', i: `bench${offset}`, p: [[HANDLE, offset]] }]
  }

  return {
    single(event, messages) {
      for (const message of messages) socket.emit(...packed(event, message))
    },
    frame(event, messages) {
      socket.emit(
        'sync:frame',
        messages.map((message) => packed(event, message)),
      )
    },
  }
}
