/**
 * A Socket.IO namespace in memory: rooms, broadcasts, and the server's ends of sockets. It has
 * what `SyncServer` uses, and leaves out all that has to do with a network.
 */

import { createEmitter, type Listener } from './emitter.ts'

/** Sends a packet over somebody's wire, as JSON. */
type SendPacket = (encoded: string) => void

/** A socket's end at the server. */
export interface ServerSocket {
  readonly id: string
  /** What the handshake told of the client; `userId` is what SyncServer reads. */
  readonly data: { readonly userId: string; readonly rooms: readonly string[] }
  connected: boolean
  readonly rooms: ReadonlySet<string>
  readonly join: (rooms: string | readonly string[]) => void
  readonly leave: (room: string) => void
  readonly emit: (event: string, ...args: unknown[]) => void
  readonly on: (event: string, listener: Listener) => void
  readonly off: (event?: string | symbol, listener?: Listener) => void
}

/** A namespace, and the way in for sockets. */
export interface MemoryIo {
  readonly on: (event: string, listener: Listener) => void
  readonly off: (event?: string | symbol, listener?: Listener) => void
  readonly emit: (event: string, ...args: unknown[]) => void
  readonly to: (rooms: string | readonly string[]) => {
    readonly emit: (event: string, ...args: unknown[]) => void
  }
  readonly in: (rooms: string | readonly string[]) => {
    readonly socketsJoin: (rooms: string | readonly string[]) => void
    readonly socketsLeave: (rooms: string | readonly string[]) => void
  }
  readonly sockets: ReadonlyMap<string, ServerSocket>
  readonly adapter: { readonly rooms: ReadonlyMap<string, ReadonlySet<string>> }
  /** Lets a client in. */
  readonly accept: (data: ServerSocket['data'], send: SendPacket) => AcceptedSocket
}

/** What the client's side does to its end at the server. */
export interface AcceptedSocket {
  readonly socket: ServerSocket
  readonly receive: (event: string, ...args: unknown[]) => void
  readonly close: (reason: string) => void
}

export function createMemoryIo(): MemoryIo {
  const emitter = createEmitter()
  const sockets = new Map<string, ServerSocket>()
  const senders = new Map<string, SendPacket>()
  const rooms = new Map<string, Set<string>>()
  let count = 0

  function members(names: string | readonly string[]): Set<string> {
    const ids = new Set<string>()
    for (const name of listOf(names)) for (const id of rooms.get(name) ?? []) ids.add(id)
    return ids
  }

  function broadcast(ids: Iterable<string>, event: string, args: readonly unknown[]): void {
    // Encoded once, as Socket.IO does; each client gets an object of its own out of it.
    const encoded = JSON.stringify([event, ...args])
    for (const id of ids) senders.get(id)?.(encoded)
  }

  function join(id: string, names: string | readonly string[]): void {
    for (const name of listOf(names)) rooms.set(name, (rooms.get(name) ?? new Set()).add(id))
  }

  function leave(id: string, names: string | readonly string[]): void {
    for (const name of listOf(names)) {
      const room = rooms.get(name)
      room?.delete(id)
      if (room?.size === 0) rooms.delete(name)
    }
  }

  return {
    on: emitter.on,
    off: emitter.off,
    emit: (event, ...args) => broadcast(sockets.keys(), event, args),
    to: (names) => ({ emit: (event, ...args) => broadcast(members(names), event, args) }),
    in: (names) => ({
      socketsJoin(joined) {
        for (const id of members(names)) join(id, joined)
      },
      socketsLeave(left) {
        for (const id of members(names)) leave(id, left)
      },
    }),
    sockets,
    adapter: { rooms },

    accept(data, send) {
      const id = `socket${++count}`
      const own = createEmitter()
      const socket: ServerSocket = {
        id,
        data,
        connected: true,
        get rooms() {
          return new Set([...rooms].filter(([, ids]) => ids.has(id)).map(([name]) => name))
        },
        join: (names) => join(id, names),
        leave: (name) => leave(id, name),
        emit: (event, ...args) => broadcast([id], event, args),
        on: own.on,
        off: own.off,
      }
      sockets.set(id, socket)
      senders.set(id, send)
      join(id, id)
      emitter.fire('connection', socket)
      return {
        socket,
        receive: own.fire,
        close(reason) {
          if (!socket.connected) return
          own.fire('disconnecting', reason)
          socket.connected = false
          sockets.delete(id)
          senders.delete(id)
          leave(id, [...rooms.keys()])
          own.fire('disconnect', reason)
        },
      }
    },
  }
}

function listOf(names: string | readonly string[]): readonly string[] {
  return typeof names === 'string' ? [names] : names
}
