/**
 * The engine: applies a socket's events to a query client's cache, by the rules.
 *
 * An event passes through here in this order: socket-link (one listener per event), this file
 * (one batch per event), apply-action (match, updater), write (the query changes).
 */

import { notifyManager, type Query, type QueryClient } from '@tanstack/query-core'
import { checkRules } from '../check-rules.ts'
import { createReporter, type OnError } from '../errors.ts'
import type { SyncRule, SyncRules } from '../rules.ts'
import {
  applyAction,
  compileAction,
  type ApplyScope,
  type CompiledAction,
} from './apply-action.ts'
import { createTracer } from './debug.ts'
import { refetchIfObserved } from './write.ts'
import { holdSharedCache } from './shared-cache.ts'
import type { Receive, SyncSocket } from './socket-link.ts'

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
  const { shared, release } = holdSharedCache(queryClient.getQueryCache())
  const { viewer, keyPrefix, debug = false } = options
  const scope: EngineScope = {
    cache: shared.cache,
    viewer,
    onError: createReporter(options.onError),
  }
  const link = shared.linkTo(socket)
  const cleanups = Object.entries<SyncRule>(rules).map(([event, rule]) => {
    const actions = rule.actions.map((action) =>
      compileAction(event, action, shared.index, keyPrefix),
    )
    const receive = debug
      ? createTracedReceiver(event, actions, scope)
      : createReceiver(actions, scope)
    return link.listen(event, rule, receive)
  })
  cleanups.push(release)
  return () => {
    for (const cleanup of cleanups.splice(0)) cleanup()
  }
}

/** What does not change from event to event. */
type EngineScope = Omit<ApplyScope, 'owed'>

function createReceiver(actions: readonly CompiledAction[], scope: EngineScope): Receive {
  return (data) => {
    notifyManager.batch(() => {
      // Two actions may mean one query: it is fetched once, after both.
      const owed = new Set<Query>()
      for (const action of actions) applyAction(action, data, { ...scope, owed })
      owed.forEach(refetchIfObserved)
    })
  }
}

function createTracedReceiver(
  event: string,
  actions: readonly CompiledAction[],
  scope: EngineScope,
): Receive {
  const startTrace = createTracer(scope.viewer)
  return (data) => {
    const { record, finish } = startTrace()
    createReceiver(actions, { ...scope, trace: record })(data)
    finish(event, actions)
  }
}
