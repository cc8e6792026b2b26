/**
 * What is sent for an event's data, and where to: checked by its rule's schema, to its rule's rooms.
 * What a rule returns is not believed before it is looked at; a wrong room name would reach nobody,
 * and say nothing.
 */

import { SyncError } from '../errors.ts'
import type { DataForm } from '../message.ts'
import { roomFunction, ruleEntries, type SyncRule, type SyncRules } from '../rules.ts'
import { schemaFailed, validate, type Validation } from '../schema.ts'
import { encode, type Transformer } from '../transformer.ts'
import type { NewEvent } from './log/event-log.ts'
import { whenReady } from './maybe-promise.ts'
import { pack } from './packed.ts'
import { withTimeLimit, type TimeLimit } from './time-limit.ts'

export interface Route {
  readonly event: string
  /** What is sent for this data. A promise only where the rule's schema answers later. */
  readonly eventOf: (data: unknown) => NewEvent | Promise<NewEvent>
  readonly isVolatile: boolean
  /** How long a schema may take that answers later. */
  readonly timeLimit: TimeLimit
}

export interface RoutesOptions<Events, Accepted> extends Pick<Route, 'timeLimit'> {
  readonly rules: SyncRules<Events, Accepted>
  readonly transformer: Transformer | undefined
}

/**
 * Returns a function that finds an event's route.
 *
 * It throws a SyncError `unknown-event`; a route's `eventOf` throws `invalid-event` or `room-failed`.
 */
export function createRoutes<Events, Accepted>({
  rules,
  transformer,
  timeLimit,
}: RoutesOptions<Events, Accepted>): (event: string) => Route {
  const known = new Map(
    ruleEntries(rules).map(([event, rule]) => [
      event,
      {
        event,
        eventOf: createEventOf(event, rule, transformer),
        isVolatile: rule.volatile ?? false,
        timeLimit,
      },
    ]),
  )
  return (event) => {
    const found = known.get(event)
    if (found === undefined) throw unknownEvent(event)
    return found
  }
}

function createEventOf(
  event: string,
  rule: SyncRule,
  transformer: Transformer | undefined,
): Route['eventOf'] {
  const { schema } = rule
  const roomOf = roomFunction(rule)
  const toWire = createToWire(event, rule, transformer)
  const eventOf = (data: unknown) => ({
    rooms: roomsOf(event, roomOf, data),
    event,
    data: toWire(data),
  })
  if (schema === undefined) return eventOf
  const validation: Validation = { event, schema, remedy: NOTHING_SENT }
  return (data) => whenReady(validate(validation, data), eventOf)
}

/** What the log is given for an event's data: encoded here, and only here. */
function createToWire(
  event: string,
  { version = 1 }: SyncRule,
  transformer: Transformer | undefined,
): (data: unknown) => unknown {
  const form: DataForm | undefined = version === 1 ? undefined : { v: version }
  if (transformer === undefined) return (data) => pack(data, form)
  return (value) => {
    try {
      const { data, parts } = encode(transformer, value)
      return pack(data, { ...form, t: parts })
    } catch (cause) {
      throw notSerialized(event, cause)
    }
  }
}

const NOTHING_SENT = "Nothing was sent; pass broadcast() what the rule's schema allows."

/** One event for each row, or none: where it is one of several rows, the error says which. */
export function eventsOf(
  { event, eventOf, timeLimit }: Route,
  rows: readonly unknown[],
): readonly NewEvent[] | Promise<readonly NewEvent[]> {
  let isReady = true
  const events = rows.map((data, position) => {
    try {
      const made = eventOf(data)
      if (!(made instanceof Promise)) return made
      isReady = false
      const named = made.catch((thrown: unknown) => {
        throw rowFailed(rows, position, thrown)
      })
      // Where a later row is refused at once, nobody waits for this one.
      named.catch(() => {})
      return named
    } catch (thrown) {
      throw rowFailed(rows, position, thrown)
    }
  })
  // Then none of them is a promise.
  if (isReady) return events as readonly NewEvent[]
  const all = () => Promise.all(events.map(async (made) => made))
  return withTimeLimit(timeLimit, all).catch((thrown: unknown) => {
    throw thrown instanceof SyncError
      ? thrown
      : schemaFailed({ event, remedy: NOTHING_SENT }, thrown)
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

function notSerialized(event: string, cause: unknown): SyncError {
  return new SyncError({
    code: 'invalid-event',
    problem: `${event}: the transformer could not serialize its data.`,
    remedy: 'Nothing was sent; see `cause`.',
    subject: event,
    cause,
  })
}

function rowFailed(rows: readonly unknown[], position: number, thrown: unknown): unknown {
  if (rows.length === 1 || !(thrown instanceof SyncError)) return thrown
  const { code, message, subject, cause } = thrown
  return new SyncError({
    code,
    problem: `None of the rows was sent, because of rows[${position}].`,
    remedy: message,
    ...(subject !== undefined && { subject }),
    cause,
  })
}
