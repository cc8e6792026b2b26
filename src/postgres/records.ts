/** Events as they are in Postgres, and what its functions answer. */

import { decodeLogData, encodeLogData } from '../log-codec.ts'
import type { EventPlace } from '../message.ts'
import type { FollowedEvent, NewEvent } from '../server/log/event-log.ts'
import type { Row } from './clients/database.ts'

/** What is sent of an event: JSON, as the one parameter of a statement. */
export interface EventRecord {
  readonly id: string
  readonly event: string
  readonly data: string
  readonly rooms: readonly string[]
}

/** @throws TypeError for data that JSON refuses. */
export function encodeEvent({ rooms, event, data }: NewEvent, id: string): EventRecord {
  return { id, event, data: encodeLogData(data), rooms: [...new Set(rooms)] }
}

/** A column as text, however a client reads it. */
export function text(row: Row | undefined, column: string): string {
  const value = row?.[column]
  if (typeof value === 'string') return value
  // Numbers and big ones: what else a column of this log has is cast to text where it is asked for.
  return typeof value === 'number' || typeof value === 'bigint' ? value.toString() : ''
}

/** JSON that a function of the log has made: what it is, who calls the function knows. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a cast with a name
export function json<Value>(row: Row | undefined, column: string): Value {
  return JSON.parse(text(row, column)) as Value
}

export const placesOf = (row: Row): readonly EventPlace[] => json(row, 'places')

/** An event that a node is told of; its data is read when it is wanted. */
export interface ToldEvent {
  readonly rooms: readonly string[]
  readonly event: string
  readonly decode: () => FollowedEvent
}

export function parseTold(row: Row): ToldEvent {
  const rooms = json<readonly string[]>(row, 'rooms')
  const event = text(row, 'event')
  const decode = () => ({
    rooms,
    event,
    data: decodeLogData(text(row, 'data')),
    id: text(row, 'id'),
    places: placesOf(row),
    at: Number(text(row, 'at')),
  })
  return { rooms, event, decode }
}
