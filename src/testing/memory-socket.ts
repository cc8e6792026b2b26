/**
 * A client's socket, joined to a namespace in memory by a wire. Everything crosses as JSON, so
 * that both sides never share an object. A last argument that is a function is an acknowledgement.
 *
 * Each `connect` opens a connection of its own, and whatever was sent over an earlier one, either
 * way, is lost. The two ends of a connection need not agree whether it stands: on a wire that was
 * cut silently each goes on alone.
 */

import { decodeLogData, encodeLogData } from '../log-codec.ts'
import { createEmitter, type Emitter, type Listener } from './emitter.ts'
import type { AcceptedSocket, MemoryIo, SocketData } from './memory-io.ts'
import { createWire, type Wire, type WireOptions } from './wire.ts'

/** What the engine and applications use of a Socket.IO client socket. */
export interface MemorySocket {
  readonly connected: boolean
  /** The id of its end at the server, while it is connected. */
  readonly id: string | undefined
  readonly on: Emitter['on']
  readonly off: Emitter['off']
  /** Told each incoming event, and its arguments, before the event's own listeners. */
  readonly onAny: (listener: Listener) => void
  /** Without a listener, all that `onAny` was given. */
  readonly offAny: (listener?: Listener) => void
  readonly listeners: Emitter['listeners']
  readonly listenersAny: () => readonly Listener[]
  /** Sent once the socket is connected. */
  readonly emit: (event: string, ...args: unknown[]) => void
  /** On a cut wire, connects when that is restored. */
  readonly connect: () => void
  /** The server hears it at once, and not at all while the wire is cut. */
  readonly disconnect: () => void
  /** How many listeners there are, of all events: zero once everybody has cleaned up. */
  readonly listenerCount: () => number
}

export interface MemorySocketOptions extends Omit<WireOptions, 'onCut' | 'onRestore'> {
  /** The server's side: of several nodes, the one that gets the next connection. */
  readonly io: MemoryIo | (() => MemoryIo)
  /** What the server's end has as `socket.data`; each connection gets a copy. */
  readonly data: SocketData
  /**
   * Whether it connects again on its own after a `transport close`, and after how many
   * milliseconds; `true` is 1000.
   * @default false
   */
  readonly reconnect?: boolean | number | undefined
  /**
   * After how many milliseconds the server closes its end of a connection whose wire was cut
   * silently; `Infinity` for never.
   * @default 20000
   */
  readonly pingTimeoutMs?: number | undefined
}

export interface MemoryConnection {
  /** It is not connected yet. */
  readonly socket: MemorySocket
  readonly wire: Wire
  /**
   * Closes the connection as a server does that stops: the client hears `transport close`. With a
   * node, only if the connection is to that one.
   */
  readonly drop: (from?: MemoryIo) => void
}

interface Connection {
  /** The node that has accepted it. */
  io: MemoryIo | undefined
  /** At the server; undefined while the handshake is on its way there. */
  end: AcceptedSocket | undefined
  /** Whether the client has heard that it is accepted. */
  isOpen: boolean
}

export function createMemorySocket(options: MemorySocketOptions): MemoryConnection {
  const { io, data, reconnect = false, pingTimeoutMs = 20_000, ...wireOptions } = options
  const { clock } = options
  const reconnectMs = reconnect === true ? 1000 : reconnect
  const emitter = createEmitter()
  const anyEmitter = createEmitter()
  const buffer: (() => void)[] = []
  /** The one the client has, or tries to get. */
  let current: Connection | undefined
  /** The one the server has. */
  let held: Connection | undefined
  /** One whose wire was cut silently: it carries nothing any more, also when the wire is back. */
  let dead: Connection | undefined
  let pingTimer: unknown
  let reconnectTimer: unknown

  const { wire, toClient, toServer } = createWire({ ...wireOptions, onCut, onRestore })

  function connect(): void {
    clock.clearTimeout(reconnectTimer)
    if (current === undefined) dial()
  }

  function dial(): void {
    const connection: Connection = { io: undefined, end: undefined, isOpen: false }
    current = connection
    toServer('direct', () => {
      if (current === connection && connection !== dead) accept(connection)
    })
  }

  function accept(connection: Connection): void {
    closeEnd('transport close')
    held = connection
    toClient('direct', () => {
      if (current === connection && connection !== dead) open(connection)
    })
    connection.io = typeof io === 'function' ? io() : io
    connection.end = connection.io.accept(data, {
      send: (kind, encoded) => toClient(kind, () => receive(connection, encoded)),
      hangUp() {
        toClient('direct', () => {
          if (current === connection) closeClient('io server disconnect')
        })
      },
    })
  }

  function open(connection: Connection): void {
    connection.isOpen = true
    for (const flush of buffer.splice(0)) flush()
    emitter.fire('connect')
  }

  function receive(connection: Connection, encoded: string): void {
    if (current !== connection || connection === dead) return
    const [event, ...args] = decode(encoded)
    anyEmitter.fire('any', event, ...args)
    emitter.fire(String(event), ...args)
  }

  function send(event: string, args: readonly unknown[]): void {
    const connection = current
    const callback = args.at(-1)
    // What it takes is between the two ends, as everywhere in Socket.IO.
    const acknowledge = typeof callback === 'function' ? (callback as Listener) : undefined
    const encoded = encodeLogData(acknowledge ? args.slice(0, -1) : args)
    const answer = connection && acknowledge && answerOver(connection, acknowledge)
    toServer('direct', () => {
      if (held !== connection || connection === dead) return
      const received = decode(encoded)
      if (answer) received.push(answer)
      held?.end?.receive(event, ...received)
    })
  }

  /** Answers once, and over its own connection only. */
  function answerOver(connection: Connection, acknowledge: Listener): Listener {
    let isAnswered = false
    return (...answer) => {
      if (connection.end?.socket.connected === false) return
      const encoded = encodeLogData(answer)
      toClient('direct', () => {
        if (isAnswered || current !== connection || connection === dead) return
        isAnswered = true
        acknowledge(...decode(encoded))
      })
    }
  }

  function onCut(isSilent: boolean): void {
    if (!isSilent) {
      lose()
      return
    }
    dead = current
    clock.clearTimeout(pingTimer)
    if (pingTimeoutMs < Infinity) pingTimer = clock.setTimeout(noticeSilence, pingTimeoutMs)
  }

  /** Neither end has heard of the other for too long. */
  function noticeSilence(): void {
    if (held === dead) closeEnd('ping timeout')
    if (current === undefined || current !== dead) return
    if (current.isOpen) closeClient('ping timeout')
    else dial()
  }

  function onRestore(): void {
    if (current?.isOpen === false) dial()
  }

  /** Both ends notice that the connection is gone. A client that was about to get it waits on. */
  function lose(): void {
    closeEnd('transport close')
    if (current?.isOpen) closeClient('transport close')
  }

  /** Once both ends know of the silence, nobody waits for it. */
  function settleSilence(): void {
    if (held !== dead && current !== dead) clock.clearTimeout(pingTimer)
  }

  function closeEnd(reason: string): void {
    const closed = held
    held = undefined
    settleSilence()
    closed?.end?.close(reason)
  }

  function closeClient(reason: string): void {
    const wasOpen = current?.isOpen
    current = undefined
    settleSilence()
    if (!wasOpen) return
    if (reason !== 'io client disconnect' && reconnectMs !== false) {
      reconnectTimer = clock.setTimeout(connect, reconnectMs)
    }
    emitter.fire('disconnect', reason)
  }

  const socket: MemorySocket = {
    get connected() {
      return current?.isOpen ?? false
    },
    get id() {
      return current?.isOpen ? current.end?.socket.id : undefined
    },
    on: emitter.on,
    off: emitter.off,
    onAny: (listener) => anyEmitter.on('any', listener),
    offAny: (listener) => anyEmitter.off('any', listener),
    listeners: emitter.listeners,
    listenersAny: () => anyEmitter.listeners('any'),
    emit(event, ...args) {
      if (current?.isOpen) send(event, args)
      else buffer.push(() => send(event, args))
    },
    connect,
    disconnect() {
      clock.clearTimeout(reconnectTimer)
      if (!wire.isCut && current === held) closeEnd('client namespace disconnect')
      closeClient('io client disconnect')
    },
    listenerCount: () => emitter.listenerCount() + anyEmitter.listenerCount(),
  }

  function drop(from?: MemoryIo): void {
    if (from !== undefined && held?.io !== from) return
    const isAccepted = current?.end !== undefined
    closeEnd('transport close')
    if (!isAccepted || wire.isCut) return
    if (current?.isOpen) closeClient('transport close')
    else dial()
  }

  return { socket, wire, drop }
}

function decode(encoded: string): unknown[] {
  // It was an array when it was encoded.
  return decodeLogData(encoded) as unknown[]
}
