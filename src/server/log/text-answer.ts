/** The answers of logs that keep data as text: it is parsed only for who looks at the events. */

import type { ReplayedEvent } from '../../control.ts'
import { decodeLogData, isJson } from '../../log-codec.ts'
import type { ReadAnswer, RoomRead, TextEvent } from './event-log.ts'

/** @param events - with the data as `encodeLogData` has written it */
export function textAnswer(
  events: readonly TextEvent[],
  rooms: readonly RoomRead[],
): ReadAnswer {
  return {
    texts: events.every(({ text }) => isJson(text)) ? events : undefined,
    get events() {
      return events.map(decoded)
    },
    rooms,
  }
}

function decoded({ event, text, id, places, at }: TextEvent): ReplayedEvent {
  return [event, decodeLogData(text), id, places, at]
}
