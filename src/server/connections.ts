/**
 * How much waits in this process for a client to read it. Socket.IO has no limit of its own: what a
 * client does not read is kept for it, all of it, as long as its connection lasts.
 */

import type { AnyNamespace, AnySocket } from './io.ts'

/** What of an Engine.IO connection tells how much waits, and ends it. */
export interface Connection {
  readonly readyState: string
  readonly writeBuffer: readonly { readonly data?: unknown }[]
  readonly transport: { readonly socket?: WebSocketEnd | undefined }
  close(discard: boolean): unknown
}

/** A server's end of a websocket, as `ws` has it. Other engines may lack either. */
interface WebSocketEnd {
  readonly bufferedAmount?: unknown
  terminate?(): void
}

/** About what a packet that waits takes beside its data. */
const PACKET_BYTES = 100

/** Undefined where there is none, as in a test's memory. */
export function connectionOf(socket: AnySocket): Connection | undefined {
  // Engine.IO keeps `writeBuffer` private, and its transports their sockets. No other thing tells.
  const { conn } = socket as unknown as { conn?: Connection }
  return conn?.writeBuffer === undefined ? undefined : conn
}

/** Calls back before each packet that is put behind what waits for a client, with its socket's id. */
export function watchPackets(beforePacket: (socketId: string) => void) {
  const ids = new Map<PacketSource, string>()

  /** Engine.IO tells of a packet when it is made, and keeps it after; on the connection it is for. */
  function listener(this: PacketSource): void {
    const id = ids.get(this)
    if (id !== undefined) beforePacket(id)
  }

  return {
    watch(socket: AnySocket): void {
      const source = packetsOf(socket)
      if (source === undefined) return
      ids.set(source, socket.id)
      source.on('packetCreate', listener)
    },

    unwatch(socket: AnySocket): void {
      const source = packetsOf(socket)
      if (source === undefined || !ids.delete(source)) return
      source.off('packetCreate', listener)
    },
  }
}

function packetsOf(socket: AnySocket): PacketSource | undefined {
  return (socket as unknown as { conn?: PacketSource }).conn
}

/** What of an Engine.IO connection tells what it sends. */
interface PacketSource {
  on(event: 'packetCreate', listener: (this: PacketSource) => void): unknown
  off(event: 'packetCreate', listener: (this: PacketSource) => void): unknown
}

/** What waits for a client, about; counted no further than `enough`. */
export function bufferedBytes(
  { writeBuffer, transport }: Connection,
  enough: number = Infinity,
): number {
  // What the transport has taken, and what waits until it takes more: all of it, when polling.
  const taken = transport.socket?.bufferedAmount
  let bytes = typeof taken === 'number' ? taken : 0
  for (const { data } of writeBuffer) {
    if (bytes > enough) break
    bytes += PACKET_BYTES + lengthOf(data)
  }
  return bytes
}

/** What waits for all clients of a namespace together. */
export function bufferedInAll({ sockets }: Pick<AnyNamespace, 'sockets'>): number {
  let bytes = 0
  for (const socket of sockets.values()) {
    const connection = connectionOf(socket)
    if (connection !== undefined) bytes += bufferedBytes(connection)
  }
  return bytes
}

/**
 * Ends a connection at once, with all that waits for it. To its client it is lost, not ended by the
 * server, and so is made again: `socket.disconnect()` would be the last that is heard of it.
 */
export function cut(connection: Connection): void {
  const { socket } = connection.transport
  connection.close(true)
  // A close frame would wait behind all that the client does not read.
  socket?.terminate?.()
}

function lengthOf(data: unknown): number {
  if (typeof data === 'string') return data.length
  return ArrayBuffer.isView(data) ? data.byteLength : 0
}
