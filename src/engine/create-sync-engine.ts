/**
 * The engine: applies a socket's events to a query client's cache, by the rules.
 *
 * An event passes through in this order: socket-link (one listener per event), this file (one
 * batch per event), apply-action (match, updater), write (the queries change).
 */

import type { QueryClient } from '@tanstack/query-core'
import { checkRules } from '../check-rules.ts'
import { createReporter, type OnError } from '../errors.ts'
import { ruleEntries, type SyncRules } from '../rules.ts'
import { applyAction, type Trace } from './events/apply-action.ts'
import { systemClock, type Clock } from './clock.ts'
import { compileAction, type CompiledAction } from './actions/compiled-action.ts'
import { createTracer } from './events/debug.ts'
import { holdSharedCache } from './shared-cache.ts'
import type { Receive } from './events/socket-link.ts'
import type { SyncSocket } from './events/sync-socket.ts'
import { createBatch, type BatchOptions } from './events/write.ts'

export interface SyncEngineOptions {
  /** Who looks at this cache; updaters and matches get it as `context.viewer`. */
  readonly viewer?: unknown
  /**
   * The `keyPrefix` of the tRPC client whose queries are meant.
   * @default undefined - queries with any prefix, and with none
   */
  readonly keyPrefix?: string | undefined
  /** Told each error once per code and rule. @default console.error */
  readonly onError?: OnError | undefined
  /** Prints one line per event: what was patched, invalidated, skipped, and why. @default false */
  readonly debug?: boolean | undefined
  /** The shortest time between two refetches of one query that events ask for. @default 500 */
  readonly refetchGapMs?: number | undefined
  /** The longest, after refetches that failed or were overtaken by events. @default 30000 */
  readonly maxRefetchGapMs?: number | undefined
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
 * @throws SyncError `invalid-rule` for rules that were not made by `defineSyncRules`.
 */
export function createSyncEngine<Events>(
  queryClient: QueryClient,
  socket: SyncSocket,
  rules: SyncRules<Events>,
  options: SyncEngineOptions = {},
): () => void {
  checkRules(rules)
  const { shared, release } = holdSharedCache(queryClient, {
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    refetchGapMs: options.refetchGapMs ?? 500,
    maxRefetchGapMs: options.maxRefetchGapMs ?? 30_000,
  })
  const onError = createReporter(options.onError)
  const { keyPrefix, viewer, debug = false } = options
  const scope = { cache: shared.cache, tracker: shared.tracker, onError }
  const link = shared.linkTo(socket)
  const cleanups = ruleEntries(rules).map(([event, rule]) => {
    const actions = rule.actions.map((action) =>
      compileAction({ event, action, index: shared.index, keyPrefix, viewer, onError }),
    )
    const receive = debug
      ? createTracedReceiver(event, actions, scope)
      : createReceiver(actions, scope)
    return link.listen(event, rule, receive)
  })
  shared.follow()
  cleanups.push(release)
  return () => {
    for (const cleanup of cleanups.splice(0)) cleanup()
  }
}

function createReceiver(
  actions: readonly CompiledAction[],
  scope: BatchOptions,
  trace?: Trace,
): Receive {
  const { tracker } = scope
  return (data) => {
    const batch = createBatch(scope)
    for (const action of actions) applyAction(action, data, { batch, tracker, trace })
    batch.commit()
  }
}

function createTracedReceiver(
  event: string,
  actions: readonly CompiledAction[],
  scope: BatchOptions,
): Receive {
  const startTrace = createTracer()
  return (data) => {
    const { record, finish } = startTrace()
    createReceiver(actions, scope, record)(data)
    finish(event, actions)
  }
}
