/** Answers what servers ask of rooms. */

import type { ReplayedEvent } from '../control.ts'
import { decodeLogData } from '../log-codec.ts'
import type { EventLog, ReadQuestion, RoomHead, RoomRead } from '../server/log/event-log.ts'
import type { Row } from './clients/database.ts'
import type { LogTime } from './log-time.ts'
import { json, placesOf, text } from './records.ts'
import type { Session } from './session.ts'
import type { Statements } from './statements.ts'

export interface ReaderOptions {
  readonly session: Session
  readonly statements: Statements
  readonly time: LogTime
  /** After how long disuse it counts that somebody asks for a room. */
  readonly idleMs: number
  /** Resolves when the log may be used. */
  readonly ready: () => Promise<void>
}

/** The first row of an answer. */
interface Header {
  readonly snapshot: string
  readonly clock: number
  /** Of a room that there is none of, handle and head are null. */
  readonly rooms: readonly (Omit<RoomRead, 'handle' | 'head'> & {
    readonly handle: string | null
    readonly head: number | null
  })[]
}

export function createReader(options: ReaderOptions): Pick<EventLog, 'heads' | 'read'> {
  const { session, statements, time, idleMs, ready } = options

  /** By age, as what the last moment before that could not see yet. */
  function asParameter({ room, since, after }: ReadQuestion) {
    if (after === undefined) return { room, since }
    const moment = time.momentBefore(after)
    return moment === undefined
      ? { room, since, at: after }
      : { room, since, seen: moment.seen.text }
  }

  /** What came to be seen before this node's first moment may be taken for older than it is. */
  function knownSince({ after }: ReadQuestion): number {
    if (after === undefined || time.momentBefore(after) !== undefined) return -Infinity
    return time.first()?.at ?? Infinity
  }

  function replayed(row: Row, { snapshot, clock }: Header): ReplayedEvent {
    const xid = Number(text(row, 'xid'))
    // Younger than all moments: it is seen now, and a later read says so, too.
    if (time.timeOf(xid) === undefined) time.note(snapshot, clock)
    const at = time.timeOf(xid) ?? clock
    return [
      text(row, 'event'),
      decodeLogData(text(row, 'data')),
      text(row, 'id'),
      placesOf(row),
      at,
    ]
  }

  return {
    async heads(names) {
      await ready()
      if (names.length === 0) return []
      const rows = await session.query({
        doing: 'look at rooms',
        sql: statements.heads,
        parameters: [JSON.stringify(names), String(idleMs)],
      })
      const heads = new Map(
        rows.map((row): [string, RoomHead] => [
          text(row, 'name'),
          { handle: text(row, 'handle'), head: Number(text(row, 'head')) },
        ]),
      )
      return names.map((name) => heads.get(name) ?? { handle: '', head: 0 })
    },

    async read({ questions, maxEvents, maxBytes }) {
      await ready()
      if (questions.length === 0) return { events: [], rooms: [] }
      const known = questions.map(knownSince)
      const [first, ...rows] = await session.query({
        doing: 'read events',
        sql: statements.read,
        parameters: [
          JSON.stringify(questions.map(asParameter)),
          ...[maxEvents, maxBytes].map((most) =>
            String(Math.min(most, Number.MAX_SAFE_INTEGER)),
          ),
        ],
      })
      const header = json<Header>(first, 'header')
      return {
        events: rows.map((row) => replayed(row, header)),
        rooms: header.rooms.map(({ handle, head, completeSince, ...room }, at) => ({
          ...room,
          handle: handle ?? '',
          head: head ?? 0,
          completeSince:
            handle === null
              ? Number.MAX_SAFE_INTEGER
              : Math.max(completeSince, known[at] ?? -Infinity),
        })),
      }
    },
  }
}
