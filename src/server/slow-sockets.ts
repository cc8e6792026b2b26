/**
 * Finds clients that do not read what they are sent, and ends their connections: each comes back when
 * it can, and gets from the log what it missed. Otherwise one sleeping laptop after the other fills
 * the server's memory.
 *
 * All sockets are looked at now and then; an event costs nothing. A client is slow when it is over
 * the limit at two looks in a row: a large event that has just been sent, or a process that was busy,
 * is nobody's fault.
 */

import type { Clock } from '../clock.ts'
import { SyncError } from '../errors.ts'
import { bufferedBytes, connectionOf, cut, type Connection } from './connections.ts'
import type { AnyNamespace, AnySocket } from './io.ts'

export interface SlowSocketsOptions {
  readonly namespace: Pick<AnyNamespace, 'sockets'>
  readonly clock: Clock
  /** What may wait for one client. Infinity looks at nobody. */
  readonly maxBufferedBytes: number
  readonly onCut: (slow: SlowSocket) => void
}

export interface SlowSocket {
  readonly socketId: string
  /** What waited for it, about. */
  readonly bytes: number
}

export interface SlowSockets {
  /** A socket has come: from now on there is somebody to look at. */
  readonly watch: (socket: AnySocket) => void
}

const LOOK_MS = 1000

export function createSlowSockets(options: SlowSocketsOptions): SlowSockets {
  const { namespace, clock, maxBufferedBytes, onCut } = options
  /** Those over the limit at the last look. */
  let suspects = new Set<Connection>()
  let isLooking = false

  function lookLater(): void {
    isLooking = true
    clock.setTimeout(look, LOOK_MS)
  }

  function look(): void {
    isLooking = false
    const over = new Set<Connection>()
    for (const socket of namespace.sockets.values()) {
      const connection = connectionOf(socket)
      if (connection === undefined || !isOver(connection)) continue
      if (suspects.has(connection)) cutOff(socket, connection)
      else over.add(connection)
    }
    suspects = over
    if (namespace.sockets.size > 0) lookLater()
  }

  function isOver(connection: Connection): boolean {
    // One that is closing already is cut off once.
    if (connection.readyState !== 'open') return false
    return bufferedBytes(connection, maxBufferedBytes) > maxBufferedBytes
  }

  function cutOff({ id }: AnySocket, connection: Connection): void {
    const bytes = bufferedBytes(connection)
    cut(connection)
    onCut({ socketId: id, bytes })
  }

  return {
    watch(socket) {
      if (isLooking || maxBufferedBytes === Infinity) return
      if (connectionOf(socket) !== undefined) lookLater()
    },
  }
}

/** Told once: how many there were is for the metrics to say. */
export function slowConsumer({ bytes }: SlowSocket): SyncError {
  return new SyncError({
    code: 'slow-consumer',
    problem: `A client does not read what it is sent: ${bytes} bytes waited for it, and its connection was ended.`,
    remedy: 'It comes back, and gets from the log what it missed. See `maxBufferedBytes`.',
    subject: 'socket',
  })
}
