/**
 * What all engines on one QueryCache share, however many providers, StrictMode mounts and restarts
 * there are: the index of its queries, what is tracked of them, and the listeners on each socket.
 *
 * It listens to the cache while an engine holds it. What it remembers outlives a restart.
 */

import {
  notifyManager,
  type Query,
  type QueryCache,
  type QueryClient,
} from '@tanstack/query-core'
import type { SyncRule } from '../rules.ts'
import type { Clock } from './clock.ts'
import { createQueryHooks } from './fetches/query-hooks.ts'
import { createQueryIndex, type QueryIndex } from './queries/query-index.ts'
import { createQueryTracker, type QueryTracker } from './fetches/query-tracker.ts'
import { createRecentIds, type RecentIds } from './events/recent-ids.ts'
import { createRefetchScheduler, type RefetchTiming } from './fetches/refetch-scheduler.ts'
import { createSocketLink, type SocketLink } from './events/socket-link.ts'
import type { SyncSocket } from './events/sync-socket.ts'

export interface SharedCache {
  readonly cache: QueryCache
  readonly index: QueryIndex
  readonly tracker: QueryTracker
  readonly linkTo: (socket: SyncSocket) => SocketLink
  /** Follows the cache from now on, and looks at what it holds; call it with the rules compiled. */
  readonly follow: () => void
}

/** How the first engine on a cache sets it up; later ones share what is there. */
export interface SharedCacheOptions extends RefetchTiming {
  readonly clock: Clock
  readonly random: () => number
}

interface Shared extends SharedCache {
  stopFollowing: (() => void) | undefined
  holders: number
}

/** How many events back one that arrives again is known, for each rule. */
const REMEMBERED_EVENTS = 512

const sharedCaches = new WeakMap<QueryCache, Shared>()

/** Takes part in the state shared by all engines on a client's cache. */
export function holdSharedCache(
  client: QueryClient,
  options: SharedCacheOptions,
): { shared: SharedCache; release: () => void } {
  const cache = client.getQueryCache()
  const shared = sharedCaches.get(cache) ?? createShared(client, options)
  sharedCaches.set(cache, shared)
  shared.holders++
  return {
    shared,
    release() {
      if (--shared.holders > 0) return
      shared.stopFollowing?.()
      shared.stopFollowing = undefined
    },
  }
}

function createShared(client: QueryClient, options: SharedCacheOptions): Shared {
  const cache = client.getQueryCache()
  const links = new Map<SyncSocket, SocketLink>()
  const seen = new WeakMap<SyncRule, RecentIds>()
  const index = createQueryIndex(() => cache.getAll())
  const scheduler = createRefetchScheduler({ ...options, isMutating: () => isMutating(client) })
  const tracker = createQueryTracker({ scheduler, isMeant: index.isMeant })
  const hooks = createQueryHooks(tracker, (run) => notifyManager.batch(run))

  /** Each rule sees an event once, over however many sockets and wires it comes. */
  function isNew(rule: SyncRule, id: string): boolean {
    const ids = seen.get(rule) ?? createRecentIds(REMEMBERED_EVENTS)
    seen.set(rule, ids)
    return ids.add(id)
  }

  /** Whatever a rule would have changed meanwhile is refetched. */
  function doubtAll(): void {
    notifyManager.batch(() => {
      for (const query of cache.getAll()) {
        if (query.state.data !== undefined && index.isMeant(query))
          tracker.owe(query, 'reconnect')
      }
    })
  }

  function enter(query: Query): void {
    index.add(query)
    hooks.install(query)
  }

  function startFollowing(): () => void {
    const unsubscribe = cache.subscribe((event) => {
      if (event.type === 'added') enter(event.query)
      else if (event.type === 'removed') {
        index.remove(event.query)
        hooks.uninstall(event.query)
      }
      tracker.onCacheEvent(event)
    })
    scheduler.resume()
    for (const query of cache.getAll()) enter(query)
    return () => {
      unsubscribe()
      scheduler.pause()
      for (const query of cache.getAll()) hooks.uninstall(query)
      index.clear()
    }
  }

  const shared: Shared = {
    cache,
    index,
    tracker,
    follow() {
      shared.stopFollowing ??= startFollowing()
      for (const query of cache.getAll()) tracker.adopt(query)
    },
    stopFollowing: undefined,
    holders: 0,
    linkTo(socket) {
      const link =
        links.get(socket) ??
        createSocketLink({
          socket,
          isNew,
          onReconnect: doubtAll,
          onIdle: () => links.delete(socket),
        })
      links.set(socket, link)
      return link
    },
  }
  return shared
}

/** A mutation that waits for the network may wait for days; it counts once it runs. */
function isMutating(client: QueryClient): boolean {
  return client
    .getMutationCache()
    .getAll()
    .some(({ state }) => state.status === 'pending' && !state.isPaused)
}
