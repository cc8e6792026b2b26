/**
 * Appends events: in a transaction of their own, which gives them their places at once, or in the
 * caller's, which gives them their places when it commits.
 */

import type { Appended, EventLog } from '../server/log/event-log.ts'
import { placesOf, encodeEvent, text, type EventRecord } from './records.ts'
import { postgresError } from './postgres-errors.ts'
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
  /** Something has been appended. */
  readonly onAppended: () => void
}

const DOING = 'append events'

export function createAppend(options: AppendOptions): EventLog['append'] {
  const { session, statements, tag, ready, latest, onAppended } = options
  let count = 0

  return async (added, { tx } = {}) => {
    // All of them before any is sent: what can't be encoded is refused as a whole.
    const records = added.map((event) => encodeEvent(event, `${tag}.${(count++).toString(36)}`))
    const sent = records.filter(({ rooms }) => rooms.length > 0)
    if (sent.length === 0) return records.map(unplaced)
    if (tx === undefined) return append(records, sent)
    try {
      await transactionOf(tx)(statements.enqueue, [JSON.stringify(sent)])
    } catch (thrown) {
      throw postgresError(thrown, DOING)
    }
    return records.map(unplaced)
  }

  async function append(
    records: readonly EventRecord[],
    sent: readonly EventRecord[],
  ): Promise<readonly Appended[]> {
    await ready()
    const parameters = [JSON.stringify(sent), String(await latest())]
    const rows = await session.query({ doing: DOING, sql: statements.append, parameters })
    onAppended()
    const places = new Map(rows.map((row) => [text(row, 'id'), placesOf(row)]))
    return records.map(({ id }) => ({ id, places: places.get(id) ?? [] }))
  }
}

const unplaced = ({ id }: EventRecord): Appended => ({ id, places: [] })
