/**
 * Appends events: in a transaction of their own, which gives them their places at once, or in the
 * caller's, which gives them their places when it commits.
 */

import type { Appended } from '../server/log/event-log.ts'
import { placesOf, encodeEvent, text, type EventRecord } from './records.ts'
import type { AsyncLog } from './async-log.ts'
import { isRefusal, postgresError } from './postgres-errors.ts'
import type { Session } from './session.ts'
import type { Statements } from './statements.ts'
import { transactionOf } from './transaction.ts'

export interface AppendOptions {
  readonly session: Session
  readonly statements: Statements
  /** What the ids of this process' events begin with. */
  readonly tag: string
  /** Resolves when the log may be used. */
  readonly ready: () => Promise<void>
  /** When the caller will have given up, by the database's clock. */
  readonly latest: () => Promise<number>
  /** Something has been appended, in this epoch or a later one. */
  readonly onAppended: (epoch: string) => void
}

interface Call {
  readonly records: readonly EventRecord[]
  /** Those that are for a room. */
  readonly sent: readonly EventRecord[]
}

interface WaitingCall extends Call {
  readonly resolve: (appended: readonly Appended[]) => void
  readonly reject: (why: unknown) => void
}

const DOING = 'append events'

/** How many calls go in one statement. */
const MOST_CALLS = 200

export function createAppend(options: AppendOptions): AsyncLog['append'] {
  const { session, statements, tag, ready, latest, onAppended } = options
  const waiting: WaitingCall[] = []
  let isSending = false
  let count = 0

  return async (added, { tx } = {}) => {
    // All of them before any is sent: what can't be encoded is refused as a whole.
    const records = added.map((event) => encodeEvent(event, `${tag}.${(count++).toString(36)}`))
    const sent = records.filter(({ rooms }) => rooms.length > 0)
    if (sent.length === 0) return records.map(unplaced)
    if (tx === undefined) return append({ records, sent })
    try {
      await transactionOf(tx)(statements.enqueue, [JSON.stringify(sent)])
    } catch (thrown) {
      throw postgresError(thrown, DOING)
    }
    return records.map(unplaced)
  }

  /** In the order of the calls: one statement at a time, with all that was called meanwhile. */
  function append(call: Call): Promise<readonly Appended[]> {
    return new Promise((resolve, reject) => {
      waiting.push({ ...call, resolve, reject })
      if (!isSending) void sendAll()
    })
  }

  async function sendAll(): Promise<void> {
    isSending = true
    while (waiting.length > 0) await sendTogether(waiting.splice(0, MOST_CALLS))
    isSending = false
  }

  async function sendTogether(calls: readonly WaitingCall[]): Promise<void> {
    try {
      const places = await send(calls.flatMap(({ sent }) => sent))
      for (const { records, resolve } of calls) {
        resolve(records.map(({ id }) => ({ id, places: places.get(id) ?? [] })))
      }
    } catch (thrown) {
      // What is refused is not in the log, and it may be for one call's sake alone.
      if (isRefusal(thrown) && calls.length > 1)
        for (const call of calls) await sendTogether([call])
      else for (const { reject } of calls) reject(thrown)
    }
  }

  async function send(
    records: readonly EventRecord[],
  ): Promise<ReadonlyMap<string, Appended['places']>> {
    await ready()
    const parameters = [JSON.stringify(records), String(await latest())]
    const rows = await session.query({ doing: DOING, sql: statements.append, parameters })
    onAppended(text(rows[0], 'epoch'))
    return new Map(rows.map((row) => [text(row, 'id'), placesOf(row)]))
  }
}

const unplaced = ({ id }: EventRecord): Appended => ({ id, places: [] })
