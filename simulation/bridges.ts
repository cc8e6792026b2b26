/**
 * What stands between socket and cache: the engine, or what people write by hand. The bridges by
 * hand use the same rules and the same updaters; what they lack is all that the engine does beside.
 */

import type { Query, QueryClient } from '@tanstack/query-core'
import type { CacheAction, QueryInput, SyncError, SyncRules } from '@iron-stack/sync'
import type { Clock, SyncReport } from '@iron-stack/sync/engine'
import type { MemorySocket } from '@iron-stack/sync/testing'
import { startSyncEngine } from '../src/engine/create-sync-engine.ts'
import { fieldsValue } from '../src/engine/queries/matching.ts'
import { plainInput } from '../src/engine/queries/query-key.ts'
import { trpcKeys } from '../src/engine/queries/trpc-keys.ts'
import { fieldMatchOf } from '../src/own-rooms.ts'
import type { Events } from './model/store.ts'

export const BRIDGES = ['sync', 'set', 'cancel', 'invalidate', 'reconnect'] as const
export type BridgeName = (typeof BRIDGES)[number]

/** How the table calls them. */
export const BRIDGE_TITLES: Record<BridgeName, string> = {
  sync: '@iron-stack/sync',
  set: 'setQueryData',
  cancel: 'cancel + set',
  invalidate: 'invalidate',
  reconnect: 'set + all on connect',
}

export interface BridgeOptions {
  readonly queryClient: QueryClient
  readonly socket: MemorySocket
  readonly rules: SyncRules<Events>
  readonly clock: Clock
  readonly random: () => number
  readonly readLagMs: number
  readonly onError: (error: SyncError) => void
  readonly onReport: (report: SyncReport) => void
  /** Told of each event when the queries have changed. */
  readonly onApplied: (event: string, data: unknown) => void
}

/** Starts a bridge; returns its cleanup. */
export function startBridge(name: BridgeName, options: BridgeOptions): () => void {
  if (name !== 'sync') return startByHand(name, options)
  const { queryClient, socket, rules, clock, random, readLagMs } = options
  const { onError, onReport, onApplied } = options
  const { link, stop } = startSyncEngine(queryClient, socket, rules, {
    clock,
    random,
    onError,
    onEvent: onReport,
    roomLingerMs: 400,
    readLagMs,
  })
  const taps = Object.keys(rules).map((event) =>
    link.tap(event, (data) => onApplied(event, data)),
  )
  return () => {
    for (const untap of taps) untap()
    stop()
  }
}

type ByHand = Exclude<BridgeName, 'sync'>

function startByHand(name: ByHand, options: BridgeOptions): () => void {
  const { queryClient, socket, rules, onApplied } = options
  const cleanups = Object.entries(rules).map(([event, rule]) => {
    // Which event an action is for is forgotten: the rule says it.
    const actions = rule.actions as readonly CacheAction[]
    const listener = (data: unknown) => {
      for (const action of actions) {
        for (const query of queriesOf(queryClient, action, data)) {
          attempt(() => apply(name, queryClient, query, action, data))
        }
      }
      onApplied(event, data)
    }
    socket.on(event, listener)
    return () => socket.off(event, listener)
  })
  if (name === 'reconnect') {
    const onConnect = () => queryClient.invalidateQueries().catch(ignore)
    socket.on('connect', onConnect)
    cleanups.push(() => socket.off('connect', onConnect))
  }
  return () => {
    for (const cleanup of cleanups) cleanup()
  }
}

function apply(
  name: ByHand,
  client: QueryClient,
  query: Query,
  action: CacheAction,
  data: unknown,
): void {
  const { queryKey } = query
  const exactly = { queryKey, exact: true }
  if (action.action === 'remove') client.removeQueries(exactly)
  else if (action.action === 'direct' && name !== 'invalidate') {
    const { updater } = action
    const context = { input: inputOf(query, action), viewer: undefined, queryKey }
    const write = () => {
      client.setQueryData(queryKey, (old: unknown) =>
        old === undefined ? undefined : updater(old, data, context),
      )
    }
    if (name === 'set' || name === 'reconnect') write()
    else
      client
        .cancelQueries(exactly)
        .then(() => attempt(write))
        .catch(ignore)
  } else client.invalidateQueries(exactly).catch(ignore)
}

function queriesOf(client: QueryClient, action: CacheAction, event: unknown): Query[] {
  const queryKey = action.procedure ? [action.procedure] : action.queryKey
  const isPlain = action.action === 'direct' && action.infinite !== true
  return client
    .getQueryCache()
    .findAll({ queryKey })
    .filter((query) => {
      const isInfinite = JSON.stringify(query.queryKey).includes('"type":"infinite"')
      if (action.action === 'direct' && isInfinite === isPlain) return false
      return isMatch(action, event, query)
    })
}

function isMatch(action: CacheAction, event: unknown, query: Query): boolean {
  const { match } = action
  const input = inputOf(query, action)
  if (match === undefined) return true
  if (typeof match === 'function') {
    return match(event, input, { input, viewer: undefined, queryKey: query.queryKey })
  }
  const fields = fieldMatchOf(match)
  if (fields === undefined) return true
  return fieldsValue(event, fields.eventPaths) === fieldsValue(input, fields.inputPaths)
}

function inputOf(query: Query, { queryKey }: CacheAction) {
  return queryKey === undefined
    ? (trpcKeys(query.queryKey)?.input as QueryInput)
    : plainInput(query.queryKey, queryKey.length)
}

/** An updater that throws leaves its query as it is; a handler by hand has seldom more to say. */
function attempt(change: () => void): void {
  try {
    change()
  } catch {
    // Nobody hears of it.
  }
}

function ignore(): void {
  // A fetch that fails shows in its query's state.
}
