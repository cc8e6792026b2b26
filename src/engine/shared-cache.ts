/**
 * What all engines on one QueryCache share, however many providers, StrictMode mounts and restarts
 * there are: the indexes of its queries, what is tracked of them, and the listeners on each socket.
 *
 * It listens to the cache while an engine holds it. What it remembers outlives a restart.
 */

import type { Query, QueryCache, QueryClient } from '@tanstack/query-core'
import { isEqual } from '../equal.ts'
import { createReporter, SyncError, type OnError } from '../errors.ts'
import type { SyncRule } from '../rules.ts'
import { haltable, type Clock } from '../clock.ts'
import { createQueryHooks } from './fetches/query-hooks.ts'
import { createQueryIndexes, type QueryIndexes } from './queries/query-indexes.ts'
import { createQueryTracker, type QueryTracker } from './fetches/query-tracker.ts'
import { createReplay } from './events/apply-replay.ts'
import { createBatches, type Batches } from './events/batches.ts'
import { createBatch } from './events/write.ts'
import type { CompiledAction } from './actions/compiled-action.ts'
import { createListeners, type Listeners } from './listeners.ts'
import type { Managers } from './managers.ts'
import { createRecentEvents, type RecentEvents } from './events/recent-events.ts'
import { createRecentIds, type RecentIds } from './events/recent-ids.ts'
import { createRefetchScheduler, type RefetchTiming } from './fetches/refetch-scheduler.ts'
import { createSocketLink, type SocketLink } from './events/socket-link.ts'
import type { SyncSocket } from './events/sync-socket.ts'
import { createDemand, type Demand } from './rooms/demand.ts'
import { createRoomBook, type RoomBook } from './rooms/room-book.ts'
import { createRoomEffects } from './rooms/room-effects.ts'
import { createRoomQueries, type RoomQueries } from './rooms/room-queries.ts'
import { isJoined } from './rooms/room-state.ts'
import type { RoomReport } from './rooms/rooms.ts'
import { coverageOf, type RoomsInView } from './stamps/coverage.ts'
import { createHistory } from './stamps/history.ts'

export interface SharedCache {
  readonly indexes: QueryIndexes
  readonly tracker: QueryTracker
  readonly batches: Batches
  /** Which queries a room concerns, by the rules of all engines. */
  readonly queries: RoomQueries
  /** Told what becomes of each room. */
  readonly reports: Listeners<[report: RoomReport]>
  /** Drops what another viewer's queries hold, if this is another. */
  readonly welcome: (viewer: unknown) => void
  readonly linkTo: (socket: SyncSocket) => SocketLink
  /**
   * Follows the cache from now on, and looks at what it holds; call it with the rules compiled.
   *
   * @param late - actions of rules that have not heard all events of the rooms so far
   */
  readonly follow: (late: readonly CompiledAction[]) => void
}

/** How the first engine on a cache sets it up; later ones share what is there. */
export interface SharedCacheOptions extends RefetchTiming {
  readonly clock: Clock
  readonly random: () => number
  readonly roomLingerMs: number
  readonly readLagMs: number
  readonly managers: Managers
  readonly onError: OnError | undefined
}

interface Shared extends SharedCache {
  /** What engines have in common is told to the first of those that run. Returns the undo. */
  readonly reportTo: (onError: OnError | undefined) => () => void
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
  const stopReporting = shared.reportTo(options.onError)
  return {
    shared,
    release() {
      stopReporting()
      if (--shared.holders > 0) return
      shared.stopFollowing?.()
      shared.stopFollowing = undefined
    },
  }
}

function createShared(client: QueryClient, options: SharedCacheOptions): Shared {
  const { roomLingerMs, readLagMs, managers } = options
  // One for all: what starts while a packet is received must not seem later than what is in it.
  const clock = haltable(options.clock)
  const cache = client.getQueryCache()
  const reporters = new Set<OnError>()
  const onError: OnError = (error) => {
    const [first = createReporter()] = reporters
    first(error)
  }
  const notifyOnce = (run: () => void) => managers.notifyManager.batch(run)
  const links = new Map<SyncSocket, Link>()
  const memories = new WeakMap<SyncSocket, SocketMemory>()
  const seen = new WeakMap<SyncRule, RecentIds>()
  const queries = createRoomQueries()
  const reports = createListeners<[report: RoomReport]>(onError)
  const indexes = createQueryIndexes({
    added: () => (shared.stopFollowing === undefined ? [] : cache.getAll()),
    onError,
  })
  const scheduler = createRefetchScheduler({
    ...options,
    clock,
    focusManager: managers.focusManager,
    isMutating: () => isMutating(client),
  })
  const tracker = createQueryTracker({
    clock,
    scheduler,
    isMeant: indexes.isMeant,
    readLagMs,
    rowIdOf: queries.rowIdOf,
    history: createHistory(() => [...links.values()]),
    coverageOf: (query, stamp) =>
      coverageOf(query, stamp, queries, [...links.values()].map(viewOf)),
  })
  const hooks = createQueryHooks(tracker, notifyOnce)
  const batches = createBatches({ cache, tracker, notifyOnce, onError })
  const scope = { cache, tracker, batches, notifyOnce, onError }
  let lastViewer: unknown

  /** Each rule sees an event once, over however many sockets and wires it comes. */
  function isNew(rule: SyncRule, id: string): boolean {
    let ids = seen.get(rule)
    if (ids === undefined) seen.set(rule, (ids = createRecentIds(REMEMBERED_EVENTS)))
    return ids.add(id)
  }

  function forEachMeant(visit: (query: Query) => void): void {
    notifyOnce(() => {
      for (const query of cache.getAll()) if (indexes.isMeant(query)) visit(query)
    })
  }

  /** Whatever a rule would have changed meanwhile is refetched. */
  function doubtAll(): void {
    batches.settle()
    forEachMeant((query) => {
      if (query.state.data !== undefined) tracker.owe(query, 'reconnect')
    })
  }

  function openLink(socket: SyncSocket): Link {
    const memory = memories.get(socket) ?? createSocketMemory()
    memories.set(socket, memory)
    const { book, recents } = memory
    const isIn = (room: string) => isJoined(link.connection.rooms.stateOf(room))
    const link = createSocketLink({
      ...createRoomEffects({
        ...scope,
        clock,
        queries,
        isMeant: indexes.isMeant,
        isJoined: isIn,
        onTrimmed: recents.forgetThrough,
        // Nothing of the room is to be held any more.
        onEmptied(room) {
          const handle = book.get(room)?.place?.handle
          recents.forget(({ position }) => {
            return position?.places.some(([each]) => each === handle) ?? false
          })
        },
      }),
      socket,
      ...memory,
      clock,
      isNew,
      lingerMs: roomLingerMs,
      managers,
      batches,
      startReplay: () => createReplay(scope),
      tick: tracker.tick,
      report: reports.tell,
      onError,
      onUnlogged: (event) => onError(unlogged(event)),
      onBlindReconnect: doubtAll,
      onIdle() {
        links.delete(socket)
        demand.clear()
      },
    })
    const demand = createDemand({ roomsOf: queries.roomsOf, want: link.connection.rooms.want })
    link.connection.onChange(() => {
      batches.settle()
      tracker.reviewSnapshots()
    })
    return { link, demand, ...memory }
  }

  function enter(query: Query): void {
    indexes.add(query)
    hooks.install(query)
  }

  function startFollowing(): () => void {
    const unsubscribe = cache.subscribe((event) => {
      if (event.type === 'added') enter(event.query)
      else if (event.type === 'removed') {
        indexes.remove(event.query)
        hooks.uninstall(event.query)
      }
      tracker.onCacheEvent(event)
      for (const { demand } of links.values()) demand.onCacheEvent(event)
    })
    tracker.sweep((query) => cache.get(query.queryHash) !== query)
    scheduler.resume()
    for (const query of cache.getAll()) enter(query)
    return () => {
      const queries = cache.getAll()
      tracker.leave(queries)
      unsubscribe()
      scheduler.pause()
      for (const query of queries) hooks.uninstall(query)
      indexes.clear()
    }
  }

  /** The queries that rooms concern whose events so far are not asked for again. */
  function concernedSoFar(): Set<Query> {
    const found = new Set<Query>()
    for (const { book } of links.values()) {
      for (const { name, place } of book.all()) {
        if (place === undefined) continue
        const { own, possible } = queries.of(name)
        for (const query of [...own, ...possible]) found.add(query)
      }
    }
    return found
  }

  const shared: Shared = {
    reportTo(told) {
      const reporter = createReporter(told)
      reporters.add(reporter)
      return () => {
        reporters.delete(reporter)
      }
    },
    indexes,
    tracker,
    batches,
    queries,
    reports,
    follow(late) {
      const isResumed = shared.stopFollowing === undefined
      shared.stopFollowing ??= startFollowing()
      const concerned = isResumed || late.length > 0 ? concernedSoFar() : new Set<Query>()
      for (const query of cache.getAll()) {
        // One that nobody knows has come while nobody followed: by hand, or rendered by a server.
        const isLate = () =>
          late.some(({ target }) => target.has(query)) ||
          (isResumed && !tracker.isTracked(query))
        tracker.adopt(query, concerned.has(query) && isLate())
        for (const { demand } of links.values()) demand.review(query)
      }
    },
    welcome(viewer) {
      const isAnother = lastViewer !== undefined && viewer !== undefined
      if (isAnother && !isEqual(lastViewer, viewer)) {
        const batch = createBatch(scope)
        forEachMeant((query) => {
          // What is on its way is for the one before.
          if (query.state.fetchStatus !== 'idle') query.reset()
          batch.drop(query)
        })
        batch.commit()
        for (const { link, recents } of links.values()) {
          link.connection.rooms.reset()
          recents.forget(() => true)
        }
      }
      lastViewer = viewer ?? lastViewer
    },
    stopFollowing: undefined,
    holders: 0,
    linkTo(socket) {
      const opened = links.get(socket) ?? openLink(socket)
      links.set(socket, opened)
      return opened.link
    },
  }
  return shared
}

/** What outlives an engine on its socket: how far its rooms are, and what was delivered lately. */
interface SocketMemory {
  readonly book: RoomBook
  readonly recents: RecentEvents
  /** How many events had been delivered when a rule was last listened for. */
  readonly heard: WeakMap<SyncRule, number>
}

function createSocketMemory(): SocketMemory {
  const book = createRoomBook()
  return { book, recents: createRecentEvents(book.forgetEvent), heard: new WeakMap() }
}

interface Link extends SocketMemory {
  readonly link: SocketLink
  readonly demand: Demand
}

function viewOf({ link: { connection }, book }: Link): RoomsInView {
  const { rooms, isMute } = connection
  return { all: book.all, get: book.get, isLive: rooms.isLive, isMute }
}

function unlogged(event: string): SyncError {
  return new SyncError({
    code: 'unlogged-event',
    problem: `Event "${event}" did not come from SyncServer.broadcast().`,
    remedy: 'Broadcast it there; until then each one makes its queries refetch.',
    subject: event,
  })
}

/** A mutation that waits for the network may wait for days; it counts once it runs. */
function isMutating(client: QueryClient): boolean {
  return client
    .getMutationCache()
    .getAll()
    .some(({ state }) => state.status === 'pending' && !state.isPaused)
}
