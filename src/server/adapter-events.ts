/**
 * Follows who joins and leaves on this node. Socket.IO replaces a namespace's adapter when the
 * application sets another one, so it is looked at again whenever a socket connects.
 */

import type { AnyNamespace } from './io.ts'

export interface AdapterListeners {
  readonly onJoin: (room: string, socketId: string) => void
  readonly onLeave: (room: string, socketId: string) => void
  /** The last socket has left the room. */
  readonly onEmpty: (room: string) => void
}

export interface AdapterEvents {
  /** Follows the adapter that the namespace has now; true if it is another one than before. */
  readonly follow: () => boolean
  readonly stop: () => void
}

export function followAdapter(
  namespace: AnyNamespace,
  { onJoin, onLeave, onEmpty }: AdapterListeners,
): AdapterEvents {
  let followed: AnyNamespace['adapter'] | undefined

  function stop(): void {
    followed?.off('join-room', onJoin)
    followed?.off('leave-room', onLeave)
    followed?.off('delete-room', onEmpty)
    followed = undefined
  }

  return {
    stop,
    follow() {
      const { adapter } = namespace
      if (adapter === followed) return false
      stop()
      followed = adapter
      adapter.on('join-room', onJoin)
      adapter.on('leave-room', onLeave)
      adapter.on('delete-room', onEmpty)
      return true
    },
  }
}
