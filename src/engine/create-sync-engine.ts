/**
 * The engine: applies a socket's events to a query client's cache, by the rules.
 *
 * An event passes through in this order: socket-link (one listener per event), arrivals (is it its
 * turn?), reader (what was sent?), receiver (one batch per event), apply-action (match, updater), write
 * (the queries change).
 */

import type { QueryClient } from '@tanstack/query-core'
import { checkRules } from '../check-rules.ts'
import { createReporter, type OnError } from '../errors.ts'
import { readTemplate } from '../room.ts'
import { ruleEntries, templateText, type SyncRules } from '../rules.ts'
import type { Transformer } from '../transformer.ts'
import { systemClock, type Clock } from '../clock.ts'
import { compileAction, type CompiledAction } from './actions/compiled-action.ts'
import { createRefusalPrinter, createUnknownPrinter } from './events/debug.ts'
import { createReader, UNREADABLE, type Read } from './events/reader.ts'
import { createReceiver } from './events/receiver.ts'
import type { KeyReader } from './queries/key-reader.ts'
import { ownManagers, type Managers } from './managers.ts'
import { trpcKeys } from './queries/trpc-keys.ts'
import { holdSharedCache } from './shared-cache.ts'
import type { SocketLink } from './events/socket-link.ts'
import type { SyncSocket } from './events/sync-socket.ts'
import type { SyncStatus } from './rooms/connection.ts'
import type { RoomReport } from './rooms/rooms.ts'

/** What an engine tells its `onEvent`. */
export type SyncReport = RoomReport

export interface SyncEngineOptions {
  /**
   * Who looks at this cache; updaters and matches get it as `context.viewer`. Another viewer is
   * another person: what belonged to the one before is emptied.
   */
  readonly viewer?: unknown
  /**
   * Reads the query keys of the library whose procedures the rules name: `trpcKeys`, `orpcKeys`,
   * or one of your own. Plain keys need none.
   * @default trpcKeys
   */
  readonly keys?: KeyReader | undefined
  /**
   * The `keyPrefix` of the tRPC client whose queries are meant.
   * @default undefined - queries with any prefix, and with none
   */
  readonly keyPrefix?: string | undefined
  /**
   * The server's `transformer`, which brings dates, maps, sets and bigints. @default none
   */
  readonly transformer?: Transformer | undefined
  /**
   * Checks events by their rules' schemas here, too. One that is refused is not applied: what it may
   * have changed is refetched. A schema that answers later checks nothing here. @default false
   */
  readonly validate?: boolean | undefined
  /** Told whenever `status` changes. */
  readonly onStatus?: ((status: SyncStatus) => void) | undefined
  /** Told what became of each room: nothing missed, replayed, lost, revoked, …. */
  readonly onEvent?: ((report: SyncReport) => void) | undefined
  /** How long a room is kept that no mounted query names any more. @default 30000 */
  readonly roomLingerMs?: number | undefined
  /** Told each error once per code and rule. @default console.error */
  readonly onError?: OnError | undefined
  /** Prints one line per event: what was patched, invalidated, skipped, and why. @default false */
  readonly debug?: boolean | undefined
  /** The shortest time between two refetches of one query that events ask for. @default 500 */
  readonly refetchGapMs?: number | undefined
  /** The longest, after refetches that failed or were overtaken by events. @default 30000 */
  readonly maxRefetchGapMs?: number | undefined
  /**
   * How far a read of the API may lag behind what has happened: a replica, an HTTP cache. Events so
   * much older than a fetch still go over its response, and no refetch that an event asks for starts
   * sooner after it. Responses with a stamp tell by themselves. @default 0
   */
  readonly readLagMs?: number | undefined
  /** Where time comes from; tests move it by hand. @default the system's */
  readonly clock?: Clock | undefined
  /** Where chance comes from, from 0 to 1. @default Math.random */
  readonly random?: (() => number) | undefined
}

/**
 * Applies `socket`'s events to `queryClient`'s cache from now on.
 *
 * Make it beside `new QueryClient`, before the first fetch. Engines on one cache share their
 * listeners: the same rules on the same socket apply an event once.
 *
 * @returns a cleanup that removes every listener; calling it twice is harmless.
 * @throws SyncError `invalid-rule` for rules that `defineSyncRules` would refuse.
 */
export function createSyncEngine<Events>(
  queryClient: QueryClient,
  socket: SyncSocket,
  rules: SyncRules<Events>,
  options: SyncEngineOptions = {},
): () => void {
  return startSyncEngine(queryClient, socket, rules, options).stop
}

/** A running engine, for a framework's bindings. */
export interface SyncEngine {
  readonly stop: () => void
  /** The socket's status, rooms and events. */
  readonly link: SocketLink
  /** Tells of each event once, behind the rules, as they read it. Returns the undo. */
  readonly tap: (event: string, tap: Tap) => () => void
}

/** `replayed` if the event was missed and asked for. */
type Tap = (data: unknown, context: { readonly replayed: boolean }) => void

export function startSyncEngine<Events>(
  queryClient: QueryClient,
  socket: SyncSocket,
  rules: SyncRules<Events>,
  options: SyncEngineOptions & { readonly managers?: Managers },
): SyncEngine {
  checkRules(rules)
  const { shared, release } = holdSharedCache(queryClient, {
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    refetchGapMs: options.refetchGapMs ?? 500,
    maxRefetchGapMs: options.maxRefetchGapMs ?? 30_000,
    roomLingerMs: options.roomLingerMs ?? 30_000,
    readLagMs: options.readLagMs ?? 0,
    managers: options.managers ?? ownManagers,
    onError: options.onError,
  })
  const onError = createReporter(options.onError)
  const { keys = trpcKeys, keyPrefix, viewer, onStatus, onEvent, debug = false } = options
  const { tracker, batches } = shared
  const { transformer, validate = false } = options
  const reading = { transformer, validate, onError }
  const readers = new Map<string, Read>()
  const index = shared.indexes.of(keys)
  const link = shared.linkTo(socket)
  const cleanups = [link.hold()]
  const late: CompiledAction[] = []
  for (const [event, rule] of ruleEntries(rules)) {
    const template = templateText(rule.room)
    const roomFields = template === undefined ? undefined : readTemplate(template).fields
    const actions = rule.actions.map((action) =>
      compileAction({
        event,
        action,
        roomFields,
        index,
        keyPrefix,
        viewer,
        onError,
      }),
    )
    if (link.isLate(rule)) late.push(...actions)
    const read = createReader(event, rule, reading)
    readers.set(event, read)
    const receiver = createReceiver({
      event,
      reach: { keys, keyPrefix },
      rule,
      actions,
      tracker,
      batches,
      read,
      debug,
    })
    cleanups.push(link.listen(event, rule, receiver), shared.queries.add(rule, actions))
  }
  if (debug) {
    cleanups.push(link.onUnknown(createUnknownPrinter()))
    cleanups.push(shared.reports.add(createRefusalPrinter()))
  }
  if (onStatus !== undefined) cleanups.push(link.connection.onStatus(onStatus))
  if (onEvent !== undefined) cleanups.push(shared.reports.add(onEvent))
  shared.follow(late)
  // Only now does the index know what the rules mean of what the cache holds.
  shared.welcome(viewer)
  cleanups.push(release)
  return {
    link,

    tap(event, tap) {
      const read = readers.get(event) ?? createReader(event, undefined, reading)
      return link.tap(event, (sent, { replayed, form }) => {
        const data = read(sent, form)
        if (data !== UNREADABLE) tap(data, { replayed })
      })
    },

    stop() {
      for (const cleanup of cleanups.splice(0)) cleanup()
    },
  }
}
