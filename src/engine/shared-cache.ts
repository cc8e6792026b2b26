/**
 * What all engines on one QueryCache share: the index of its queries, and one listener per event
 * and socket, however many providers, StrictMode mounts and restarts there are.
 */

import type { Query, QueryCache } from '@tanstack/query-core'
import { createQueryIndex, type QueryIndex } from './query-index.ts'
import { createSocketLink, type SocketLink, type SyncSocket } from './socket-link.ts'

export interface SharedCache {
  readonly cache: QueryCache
  readonly index: QueryIndex
  readonly linkTo: (socket: SyncSocket) => SocketLink
}

interface Shared extends SharedCache {
  readonly unsubscribe: () => void
  holders: number
}

const sharedCaches = new WeakMap<QueryCache, Shared>()

/** Takes part in the state shared by all engines on `cache`; ends with the last `release`. */
export function holdSharedCache(cache: QueryCache): {
  shared: SharedCache
  release: () => void
} {
  const shared = sharedCaches.get(cache) ?? open(cache)
  shared.holders++
  return {
    shared,
    release() {
      if (--shared.holders > 0) return
      shared.unsubscribe()
      sharedCaches.delete(cache)
    },
  }
}

function open(cache: QueryCache): Shared {
  const index = createQueryIndex(() => cache.getAll())
  const links = new Map<SyncSocket, SocketLink>()
  const unsubscribe = cache.subscribe((event) => {
    // Inactive queries and fetches come by here, too: two comparisons are all they may cost.
    if (event.type === 'added') index.add(event.query as Query)
    else if (event.type === 'removed') index.remove(event.query as Query)
  })
  const shared: Shared = {
    cache,
    index,
    unsubscribe,
    holders: 0,
    linkTo(socket) {
      const link = links.get(socket) ?? createSocketLink(socket, () => links.delete(socket))
      links.set(socket, link)
      return link
    },
  }
  sharedCaches.set(cache, shared)
  return shared
}
