/** Events as they are in Redis, and as nodes are told of them: lines (scripts/script.ts says which). */

import { decodeLogData, encodeLogData } from '../log-codec.ts'
import type { EventPlace } from '../message.ts'
import { RESERVED_PREFIX } from '../reserved-events.ts'
import type { FollowedEvent, NewEvent, TextEvent } from '../server/log/event-log.ts'

/** The rooms of a message of the library's own: every node is told of it, whoever is in them. */
const FOR_ALL = '!'

/** What an append sends of an event. */
export interface EventLines {
  readonly id: string
  readonly rooms: readonly string[]
  readonly roomsLine: string
  readonly nameLine: string
  readonly dataLine: string
}

/** @throws TypeError for data that JSON refuses. */
export function encodeEvent({ rooms, event, data }: NewEvent, id: string): EventLines {
  const unique = [...new Set(rooms)]
  return {
    id,
    rooms: unique,
    roomsLine: (event.startsWith(RESERVED_PREFIX) ? FOR_ALL : '') + JSON.stringify(unique),
    nameLine: JSON.stringify([id, event]),
    dataLine: encodeLogData(data),
  }
}

export interface RoomsLine {
  readonly rooms: readonly string[]
  readonly isForAll: boolean
}

export function parseRooms(line: string): RoomsLine {
  const isForAll = line.startsWith(FOR_ALL)
  // Written by `encodeEvent`.
  return {
    isForAll,
    rooms: JSON.parse(isForAll ? line.slice(1) : line) as readonly string[],
  }
}

/** An event that a node is told of; its data is parsed when it is wanted. */
export interface ToldEvent extends RoomsLine {
  readonly seq: number
  readonly places: readonly EventPlace[]
  readonly decode: () => FollowedEvent
}

const LINES_TOLD = 5

/** The events of a message, after its first line, and when they were appended. */
export function parseTold(lines: readonly string[], at: number): readonly ToldEvent[] {
  const events: ToldEvent[] = []
  for (let line = 0; line + LINES_TOLD <= lines.length; line += LINES_TOLD) {
    const [seq, ...rest] = lines.slice(line, line + LINES_TOLD)
    events.push(toldEvent({ seq: Number(seq), at }, rest))
  }
  return events
}

/** An item of a room's list. */
export function parseStored(item: string): ToldEvent {
  const [header = '', ...rest] = item.split('\n')
  const [, , at, , seq] = header.split(' ')
  return toldEvent({ seq: Number(seq), at: Number(at) }, rest)
}

function toldEvent(
  { seq, at }: { readonly seq: number; readonly at: number },
  lines: readonly string[],
): ToldEvent {
  const [placesLine = '', roomsLine = '', nameLine = '', dataLine = ''] = lines
  const places = parsePlaces(placesLine)
  const { rooms, isForAll } = parseRooms(roomsLine)
  return {
    seq,
    places,
    rooms,
    isForAll,
    decode() {
      const [id, event] = parseName(nameLine)
      return { rooms, event, data: decodeLogData(dataLine), id, places, at }
    },
  }
}

/** An item of a room's list, as `encodeLogData` has written its data. */
export function parseReplayed(item: string): TextEvent {
  const [header = '', placesLine = '', , nameLine = '', text = ''] = item.split('\n')
  const [id, event] = parseName(nameLine)
  const at = Number(header.split(' ')[2])
  return { event, text, id, places: parsePlaces(placesLine), at }
}

/** Written by the script that appends. */
export function parsePlaces(line: string): readonly EventPlace[] {
  return JSON.parse(line) as readonly EventPlace[]
}

/** Written by `encodeEvent`. */
function parseName(line: string): readonly [id: string, event: string] {
  return JSON.parse(line) as [string, string]
}
