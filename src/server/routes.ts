/**
 * Where an event goes: its rule's rooms. What a rule returns is not believed before it is looked at;
 * a wrong room name would reach nobody, and say nothing.
 */

import { SyncError } from '../errors.ts'
import { roomFunction, ruleEntries, type SyncRules } from '../rules.ts'
import type { NewEvent } from './log/event-log.ts'

export interface Route {
  /** Each room once; may be none. */
  readonly roomsOf: (data: unknown) => string[]
  readonly isVolatile: boolean
}

/**
 * Returns a function that finds an event's route.
 *
 * It throws a SyncError `unknown-event`; a route's `roomsOf` throws `room-failed`.
 */
export function createRoutes<Events>(rules: SyncRules<Events>): (event: string) => Route {
  const known = new Map(
    ruleEntries(rules).map(([event, rule]) => [
      event,
      createRoute(event, roomFunction(rule), rule.volatile ?? false),
    ]),
  )
  return (event) => {
    const found = known.get(event)
    if (found === undefined) throw unknownEvent(event)
    return found
  }
}

function createRoute(
  event: string,
  roomOf: (data: unknown) => unknown,
  isVolatile: boolean,
): Route {
  return { roomsOf: (data) => roomsOf(event, roomOf, data), isVolatile }
}

/** One event for each row. Where one of several rows has no room, the error says which. */
export function routeRows(
  event: string,
  rows: readonly unknown[],
  route: Route,
): readonly NewEvent[] {
  return rows.map((data, position) => {
    try {
      return { rooms: route.roomsOf(data), event, data }
    } catch (thrown) {
      const isOneOfMany = rows.length > 1 && thrown instanceof SyncError
      throw isOneOfMany ? rowFailed(thrown, position) : thrown
    }
  })
}

function roomsOf(event: string, roomOf: (data: unknown) => unknown, data: unknown): string[] {
  let rooms: unknown
  try {
    rooms = roomOf(data)
  } catch (cause) {
    if (cause instanceof SyncError) throw cause
    throw roomFailed(event, `threw ${String(cause)}`, cause)
  }
  if (isRoomName(rooms)) return [rooms]
  if (Array.isArray(rooms) && rooms.every(isRoomName)) return [...new Set(rooms)]
  throw roomFailed(event, 'returned something that is not a room name')
}

function isRoomName(room: unknown): room is string {
  return typeof room === 'string' && room !== ''
}

function unknownEvent(event: string): SyncError {
  return new SyncError({
    code: 'unknown-event',
    problem: `No sync rule for event "${event}".`,
    remedy: 'Declare it in defineSyncRules().',
    subject: event,
  })
}

function roomFailed(event: string, what: string, cause?: unknown): SyncError {
  return new SyncError({
    code: 'room-failed',
    problem: `The \`room\` of sync rule "${event}" ${what}; the event was not sent.`,
    remedy: 'Check that the data passed to broadcast() has what `room` reads.',
    subject: event,
    ...(cause !== undefined && { cause }),
  })
}

function rowFailed({ code, message, subject, cause }: SyncError, position: number): SyncError {
  return new SyncError({
    code,
    problem: `None of the rows was sent, because of rows[${position}].`,
    remedy: message,
    ...(subject !== undefined && { subject }),
    cause,
  })
}
