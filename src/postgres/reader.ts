/** Answers what servers ask of rooms. */

import type {
  ReadAnswer,
  ReadQuestion,
  ReadRequest,
  RoomHead,
  RoomRead,
  TextEvent,
} from '../server/log/event-log.ts'
import { textAnswer } from '../server/log/text-answer.ts'
import type { AsyncLog } from './async-log.ts'
import type { Row } from './clients/database.ts'
import type { Answer, LogTime } from './log-time.ts'
import { json, placesOf, text } from './records.ts'
import { postgresError } from './postgres-errors.ts'
import type { Session } from './session.ts'
import type { Statements } from './statements.ts'
import { transactionOf } from './transaction.ts'

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
interface Header extends Answer {
  /** Of a room that there is none of, handle and head are null. */
  readonly rooms: readonly (Omit<RoomRead, 'handle' | 'head'> & {
    readonly handle: string | null
    readonly head: number | null
    /** Events have been left out for their age. */
    readonly isCut: boolean
  })[]
}

interface Asked {
  readonly header: Header
  readonly rows: readonly Row[]
  /** From when on this node knows whether an event was seen yet; by question. */
  readonly known: readonly number[]
}

function headsOf(rows: readonly Row[]): ReadonlyMap<string, RoomHead> {
  return new Map(
    rows.map((row) => [
      text(row, 'name'),
      { handle: text(row, 'handle'), head: Number(text(row, 'head')) },
    ]),
  )
}

const NO_ROOM = {
  handle: '',
  head: 0,
  isLost: true,
  completeSince: Number.MAX_SAFE_INTEGER,
}

export function createReader(
  options: ReaderOptions,
): Pick<AsyncLog, 'heads' | 'headsIn' | 'read'> {
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

  function replayed(row: Row, header: Header): TextEvent {
    const xid = Number(text(row, 'xid'))
    // Younger than all moments: it is seen now, and a later read says so, too.
    if (time.timeOf(xid) === undefined) time.note(header)
    const at = time.timeOf(xid) ?? header.clock
    return {
      event: text(row, 'event'),
      text: text(row, 'data'),
      id: text(row, 'id'),
      places: placesOf(row),
      at,
    }
  }

  async function ask({ questions, maxEvents, maxBytes }: ReadRequest): Promise<Asked> {
    const known = questions.map(knownSince)
    const [first, ...rows] = await session.query({
      doing: 'read events',
      sql: statements.read,
      parameters: [
        JSON.stringify(questions.map(asParameter)),
        ...[maxEvents, maxBytes].map((most) => String(Math.min(most, Number.MAX_SAFE_INTEGER))),
      ],
    })
    return { header: json(first, 'header') as Header, rows, known }
  }

  function answerOf({ header, rows, known }: Asked): ReadAnswer {
    return textAnswer(
      rows.map((row) => replayed(row, header)),
      header.rooms.map((room, at) =>
        room.handle === null
          ? { ...NO_ROOM, through: room.through }
          : {
              handle: room.handle,
              head: room.head ?? 0,
              isLost: room.isLost,
              through: room.through,
              completeSince: Math.max(
                room.completeSince,
                room.isCut ? (known[at] ?? Infinity) : -Infinity,
              ),
            },
      ),
    )
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
      const heads = headsOf(rows)
      return names.map((name) => heads.get(name) ?? { handle: '', head: 0 })
    },

    /** What the caller's transaction sees, and no more: a room is not opened for it. */
    async headsIn(tx, names) {
      if (names.length === 0) return []
      try {
        const heads = headsOf(
          await transactionOf(tx)(statements.headsIn, [JSON.stringify(names)]),
        )
        return names.map((name) => heads.get(name))
      } catch (thrown) {
        throw postgresError(thrown, 'look at rooms in a transaction')
      }
    },

    async read(request) {
      await ready()
      if (request.questions.length === 0) return { events: [], rooms: [] }
      const answer = await ask(request)
      if (time.isComparable(answer.header)) return answerOf(answer)
      time.note(answer.header)
      return answerOf(await ask(request))
    },
  }
}
