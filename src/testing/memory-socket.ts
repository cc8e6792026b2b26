/**
 * A client's socket, joined to a namespace in memory by a wire. Everything crosses as JSON, so
 * that both sides never share an object. A last argument that is a function is an acknowledgement.
 */

import { createEmitter, type Listener } from './emitter.ts'
import type { AcceptedSocket, MemoryIo, ServerSocket } from './memory-io.ts'
import { createWire, type Wire, type WireOptions } from './wire.ts'

/** What the engine and applications use of a Socket.IO client socket. */
export interface MemorySocket {
  readonly connected: boolean
  /** The id of its end at the server, while it is connected. */
  readonly id: string | undefined
  readonly on: (event: string, listener: Listener) => void
  readonly off: (event?: string | symbol, listener?: Listener) => void
  /** Sent once the socket is connected. */
  readonly emit: (event: string, ...args: unknown[]) => void
  readonly connect: () => void
  readonly disconnect: () => void
  /** How many listeners there are, of all events: zero once everybody has cleaned up. */
  readonly listenerCount: () => number
}

export interface MemorySocketOptions extends Omit<WireOptions, 'onCut'> {
  readonly io: MemoryIo
  /** What the server's end has as `socket.data`. */
  readonly data: ServerSocket['data']
}

/** A socket that is not connected yet, and its wire. */
export function createMemorySocket(options: MemorySocketOptions): {
  socket: MemorySocket
  wire: Wire
} {
  const { io, data, ...wireOptions } = options
  const emitter = createEmitter()
  const buffer: (() => void)[] = []
  let isConnected = false
  /** The server's end; undefined while there is none. */
  let peer: AcceptedSocket | undefined
  /** Which connection it belongs to: what was sent over an earlier one is lost. */
  let connection: symbol | undefined

  const { wire, toClient, toServer } = createWire({
    ...wireOptions,
    onCut: () => close('transport close'),
  })

  function send(event: string, args: readonly unknown[]): void {
    const callback = args.at(-1)
    // What it takes is between the two ends, as everywhere in Socket.IO.
    const acknowledge = typeof callback === 'function' ? (callback as Listener) : undefined
    const encoded = JSON.stringify(acknowledge ? args.slice(0, -1) : args)
    toServer(() => {
      const received = decode(encoded)
      if (acknowledge) received.push(answerWith(acknowledge))
      peer?.receive(event, ...received)
    })
  }

  function answerWith(acknowledge: Listener): Listener {
    return (...answer) => {
      const encoded = JSON.stringify(answer)
      toClient(() => acknowledge(...decode(encoded)))
    }
  }

  function accept(): void {
    if (connection !== undefined) return
    const opened = Symbol('connection')
    connection = opened
    toClient(() => {
      if (connection !== opened) return
      isConnected = true
      emitter.fire('connect')
      for (const flush of buffer.splice(0)) flush()
    }, 'handshake')
    peer = io.accept(data, (encoded) => {
      toClient(() => {
        if (connection !== opened) return
        const [event, ...args] = decode(encoded)
        emitter.fire(String(event), ...args)
      })
    })
  }

  function close(reason: string): void {
    const closed = peer
    const wasConnected = isConnected
    peer = undefined
    connection = undefined
    isConnected = false
    closed?.close(reason)
    if (wasConnected) emitter.fire('disconnect', reason)
  }

  const socket: MemorySocket = {
    get connected() {
      return isConnected
    },
    get id() {
      return isConnected ? peer?.socket.id : undefined
    },
    on: emitter.on,
    off: emitter.off,
    emit(event, ...args) {
      if (isConnected) send(event, args)
      else buffer.push(() => send(event, args))
    },
    connect() {
      if (connection === undefined) toServer(accept, 'handshake')
    },
    disconnect: () => close('io client disconnect'),
    listenerCount: emitter.listenerCount,
  }
  return { socket, wire }
}

function decode(encoded: string): unknown[] {
  // It was an array when it was encoded.
  return JSON.parse(encoded) as unknown[]
}
