/**
 * From a call to what is sent: the rule's route, its schema, its rooms, its form on the wire. Calls keep
 * their order, also where a schema takes its time.
 */

import type { Clock } from '../clock.ts'
import type { SyncRules } from '../rules.ts'
import type { Transformer } from '../transformer.ts'
import type { AppendOptions, NewEvent } from './log/event-log.ts'
import { createRoutes, eventsOf, type Route } from './routes.ts'
import { createTurns } from './turns.ts'

export interface OutgoingOptions<Events, Accepted> {
  readonly rules: SyncRules<Events, Accepted>
  readonly transformer: Transformer | undefined
  readonly clock: Clock
  /** Sends events that are ready. */
  readonly deliver: (
    route: Route,
    events: readonly NewEvent[],
    options: AppendOptions | undefined,
  ) => void | Promise<void>
}

/**
 * Sends an event for each of the rows: all of them, or none. Returns a promise only where it takes time.
 *
 * It throws or rejects with a SyncError: `unknown-event`, `invalid-event`, `room-failed`.
 */
export type Send = (
  event: string,
  rows: readonly unknown[],
  options: AppendOptions | undefined,
) => void | Promise<void>

/** How long a schema may take that answers later: whatever is called after it waits. */
const SCHEMA_MS = 10_000

export function createOutgoing<Events, Accepted>(
  options: OutgoingOptions<Events, Accepted>,
): Send {
  const { rules, transformer, clock, deliver } = options
  const routeOf = createRoutes({ rules, transformer, timeLimit: { clock, ms: SCHEMA_MS } })
  const turns = createTurns()

  return (event, rows, appendOptions) => {
    if (rows.length === 0) return undefined
    const route = routeOf(event)
    const events = eventsOf(route, rows)
    if (!(events instanceof Promise) && turns.areFree()) {
      return deliver(route, events, appendOptions)
    }
    return turns.take(events, (ready) => deliver(route, ready, appendOptions))
  }
}
