'use client'

/** An event heard by a component: for sounds, notices, whatever is no query. */

import { useEffect, useRef } from 'react'
import type { SyncRules } from '../rules.ts'
import { useRunningEngine } from './engine-store.ts'
import { useSyncContext } from './sync-context.ts'

/**
 * Which rules an application has, said once, so that `useSyncEvent` knows what events carry:
 *
 * ```ts
 * declare module '@iron-stack/sync/client' {
 *   interface Register {
 *     rules: typeof syncRules
 *   }
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-interface -- the application fills it
export interface Register {}

type RegisteredEvents = Register extends { rules: SyncRules<infer Events> }
  ? Events
  : Readonly<Record<string, unknown>>

type EventName = Extract<keyof RegisteredEvents, string>

/** Where nothing is registered, a listener may annotate what its event carries. */
type SyncEventListener<Data> = {
  callback(data: Data, context: { readonly replayed: boolean }): void
}['callback']

/**
 * Calls `listener` for each event once, in the order of its room: also for events that were missed
 * and asked for, which are `replayed`. After the queries have changed.
 *
 * @throws SyncError `no-provider` outside of a `SyncProvider`.
 */
export function useSyncEvent<Event extends EventName>(
  event: Event,
  listener: SyncEventListener<RegisteredEvents[Event]>,
): void {
  const { store } = useSyncContext('useSyncEvent')
  const engine = useRunningEngine(store)
  const latest = useRef(listener)

  useEffect(() => {
    latest.current = listener
  })

  useEffect(
    () =>
      engine?.tap(event, (data, context) => {
        // What it is, the server's `broadcast` has checked by the same rules.
        latest.current(data, context)
      }),
    [engine, event],
  )
}
