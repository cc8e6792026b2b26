/**
 * Tells when a socket is connected again after it was cut off.
 *
 * Until a server can say what was missed, whatever is on the screen may be outdated then.
 */

import type { SyncSocket } from './sync-socket.ts'

/** Calls `onReconnect` at each connection but the first; returns the undo. */
export function watchReconnects(socket: SyncSocket, onReconnect: () => void): () => void {
  let hasConnected = socket.connected === true
  const onConnect = () => {
    if (hasConnected) onReconnect()
    hasConnected = true
  }
  socket.on('connect', onConnect)
  return () => {
    socket.off('connect', onConnect)
  }
}
