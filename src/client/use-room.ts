'use client'

/** A room asked for by a component, for as long as it is mounted. */

import { useEffect } from 'react'
import type { SyncEngine } from '../engine/create-sync-engine.ts'
import type { RoomState } from '../engine/rooms/room-state.ts'
import { useEngine, useRunningEngine } from './engine-store.ts'
import { useSyncContext } from './sync-context.ts'

/**
 * `idle`: not asked for; `joining`; `catching-up` with what was missed; `live`; `offline`: was
 * joined, and is not at the moment; `refused` by the server's `authorize`; `revoked`.
 */
export type RoomStatus =
  | 'idle'
  | 'joining'
  | 'catching-up'
  | 'live'
  | 'offline'
  | 'refused'
  | 'revoked'

/**
 * Asks the server for a room while mounted, and says how that stands. Several components may ask
 * for the same room; it is left some time after the last of them (`roomLingerMs`).
 *
 * A query that a rule's template room and declared match tie to a room needs no `useRoom`.
 *
 * @param room - null for none
 * @throws SyncError `no-provider` outside of a `SyncProvider`.
 */
export function useRoom(room: string | null): { readonly status: RoomStatus } {
  const { store } = useSyncContext('useRoom')
  const engine = useRunningEngine(store)
  const status = useEngine(store, (running) => statusOf(running, room))

  useEffect(() => {
    if (engine === undefined || room === null) return undefined
    return engine.link.connection.rooms.want(room)
  }, [engine, room])

  return { status }
}

function statusOf(engine: SyncEngine | undefined, room: string | null): RoomStatus {
  if (engine === undefined || room === null) return 'idle'
  return STATUS[engine.link.connection.rooms.stateOf(room)]
}

const STATUS: Record<RoomState, RoomStatus> = {
  idle: 'idle',
  asked: 'joining',
  'catching-up': 'catching-up',
  live: 'live',
  away: 'offline',
  refused: 'refused',
  revoked: 'revoked',
}
