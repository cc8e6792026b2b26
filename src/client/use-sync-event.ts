'use client'

/** An event heard by a component: for sounds, notices, whatever is no query. */

import { useEffect, useRef } from 'react'
import { useRunningEngine } from './engine-store.ts'
import { useSyncContext } from './sync-context.ts'

/** A listener may annotate what its event carries; nobody here knows better. */
type SyncEventListener = {
  callback(data: unknown, context: { readonly replayed: boolean }): void
}['callback']

/**
 * Calls `listener` for each event once, in the order of its room: also for events that were missed
 * and asked for, which are `replayed`. After the queries have changed.
 *
 * @throws SyncError `no-provider` outside of a `SyncProvider`.
 */
export function useSyncEvent(event: string, listener: SyncEventListener): void {
  const { store } = useSyncContext('useSyncEvent')
  const engine = useRunningEngine(store)
  const latest = useRef(listener)

  useEffect(() => {
    latest.current = listener
  })

  useEffect(
    () =>
      engine?.link.tap(event, (data, context) => {
        latest.current(data, context)
      }),
    [engine, event],
  )
}
