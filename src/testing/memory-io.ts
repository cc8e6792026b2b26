/**
 * A Socket.IO namespace in memory: rooms, broadcasts, and the server's ends of sockets. It has
 * what `SyncServer` uses, and leaves out all that has to do with a network.
 */

import { encodeLogData } from '../log-codec.ts'
import { createEmitter, type Emitter, type Listener } from './emitter.ts'
import { createMemoryAdapter, type MemoryAdapter } from './memory-adapter.ts'
import type { PacketKind } from './wire.ts'

/** Sends an event to whom it was asked for. */
interface Sender {
  readonly emit: (event: string, ...args: unknown[]) => void
}

/** `volatile` is there for those who use it: here, every packet is lost where the wire is cut. */
interface VolatileSender extends Sender {
  readonly volatile: Sender
}

/** Tells which sockets are meant. @see https://socket.io/docs/v4/server-api/#broadcastoperator */
interface RoomOperator extends VolatileSender {
  readonly socketsJoin: (rooms: string | readonly string[]) => void
  readonly socketsLeave: (rooms: string | readonly string[]) => void
  readonly disconnectSockets: () => void
}

/** The rooms a client is put in: always the same, or asked at each connection. */
export type RoomsOfUser =
  | readonly string[]
  | (() => readonly string[] | Promise<readonly string[]>)

/** What the server's end knows of its client; each connection has an object of its own. */
export interface SocketData {
  /** What SyncServer reads. */
  readonly userId: string
  readonly rooms?: RoomsOfUser | undefined
}

/** A socket's end at the server. */
export interface ServerSocket extends VolatileSender {
  readonly id: string
  readonly data: SocketData
  readonly connected: boolean
  /** Tells of each packet before it is sent: `packetCreate`. */
  readonly conn: Pick<Emitter, 'on' | 'off'>
  /** The rooms it is in, its own among them; none once it is disconnected. */
  readonly rooms: ReadonlySet<string>
  /** Does nothing once it is disconnected. */
  readonly join: (rooms: string | readonly string[]) => void
  readonly leave: (room: string) => void
  readonly on: Emitter['on']
  readonly once: Emitter['once']
  readonly off: Emitter['off']
  /** Called with each event it is sent, before those who listen for that one. */
  readonly onAny: (listener: Listener) => void
  readonly offAny: (listener: Listener) => void
  /** Closes this end at once; the client is told `io server disconnect`. */
  readonly disconnect: () => void
}

/** A namespace, and the way in for sockets. */
export interface MemoryIo extends VolatileSender {
  readonly on: Emitter['on']
  readonly off: Emitter['off']
  /** As in Socket.IO, an empty list of rooms means all sockets. */
  readonly to: (rooms: string | readonly string[]) => RoomOperator
  readonly in: (rooms: string | readonly string[]) => RoomOperator
  /** The same: all of its sockets are on this node. */
  readonly local: Pick<MemoryIo, 'to' | 'in'>
  readonly sockets: ReadonlyMap<string, ServerSocket>
  readonly adapter: MemoryAdapter
  /** Lets a client in. */
  readonly accept: (data: SocketData, client: ClientLink) => AcceptedSocket
}

/** How a server's end reaches its client. */
interface ClientLink {
  /** Sends a packet over its wire, as JSON. */
  readonly send: (kind: PacketKind, encoded: string) => void
  /** Says that the server has disconnected it. */
  readonly hangUp: () => void
}

/** What the client's side does to its end at the server. */
export interface AcceptedSocket {
  readonly socket: ServerSocket
  readonly receive: (event: string, ...args: unknown[]) => void
  /** Does nothing if it is closed. */
  readonly close: (reason: string) => void
}

const ANY = 'any'

export function createMemoryIo(): MemoryIo {
  const emitter = createEmitter()
  const adapter = createMemoryAdapter()
  const sockets = new Map<string, ServerSocket>()
  const links = new Map<string, ClientLink>()
  let count = 0

  function senderTo(kind: PacketKind, findIds: () => Iterable<string>): VolatileSender {
    function emit(event: string, ...args: unknown[]): void {
      // Encoded once, as Socket.IO does; each client gets an object of its own out of it.
      const encoded = encodeLogData([event, ...args])
      for (const id of findIds()) links.get(id)?.send(kind, encoded)
    }
    return { emit, volatile: { emit } }
  }

  function operatorFor(names: string | readonly string[]): RoomOperator {
    const meant = listOf(names)
    const members = () => adapter.members(meant)
    const each = (act: (socket: ServerSocket) => void) => {
      for (const id of members()) {
        const socket = sockets.get(id)
        if (socket !== undefined) act(socket)
      }
    }
    return {
      ...senderTo('to-room', members),
      socketsJoin: (joined) => each((socket) => socket.join(joined)),
      socketsLeave: (left) =>
        each((socket) => {
          for (const name of listOf(left)) socket.leave(name)
        }),
      disconnectSockets: () => each((socket) => socket.disconnect()),
    }
  }

  function accept(data: SocketData, client: ClientLink): AcceptedSocket {
    const id = `socket${++count}`
    const own = createEmitter(() => socket)
    const any = createEmitter(() => socket)
    const conn = createEmitter(() => conn)
    let isConnected = true

    function close(reason: string): void {
      if (!isConnected) return
      own.fire('disconnecting', reason)
      adapter.delAll(id)
      sockets.delete(id)
      links.delete(id)
      isConnected = false
      own.fire('disconnect', reason)
    }

    const socket: ServerSocket = {
      ...senderTo('direct', () => [id]),
      id,
      data: { ...data },
      conn,
      get connected() {
        return isConnected
      },
      get rooms() {
        return adapter.sids.get(id) ?? NO_ROOMS
      },
      join(names) {
        if (sockets.has(id)) adapter.addAll(id, listOf(names))
      },
      leave: (name) => adapter.del(id, name),
      on: own.on,
      once: own.once,
      off: own.off,
      onAny: (listener) => any.on(ANY, listener),
      offAny: (listener) => any.off(ANY, listener),
      disconnect() {
        if (!isConnected) return
        conn.fire('packetCreate')
        client.hangUp()
        close('server namespace disconnect')
      },
    }
    sockets.set(id, socket)
    links.set(id, {
      ...client,
      send(kind, encoded) {
        conn.fire('packetCreate')
        client.send(kind, encoded)
      },
    })
    adapter.addAll(id, [id])
    emitter.fire('connection', socket)
    return {
      socket,
      receive(event, ...args) {
        if (!isConnected) return
        const acknowledge = args.at(-1)
        if (typeof acknowledge === 'function') {
          // An answer is a packet like any other.
          args[args.length - 1] = (...answer: unknown[]) => {
            conn.fire('packetCreate')
            acknowledge(...answer)
          }
        }
        any.fire(ANY, event, ...args)
        own.fire(event, ...args)
      },
      close,
    }
  }

  return {
    ...senderTo('to-room', () => adapter.members([])),
    on: emitter.on,
    off: emitter.off,
    to: operatorFor,
    in: operatorFor,
    local: { to: operatorFor, in: operatorFor },
    sockets,
    adapter,
    accept,
  }
}

const NO_ROOMS: ReadonlySet<string> = new Set()

function listOf(names: string | readonly string[]): readonly string[] {
  return typeof names === 'string' ? [names] : names
}
