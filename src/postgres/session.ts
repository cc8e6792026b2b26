/**
 * Every statement of the log's own goes through here: it is answered in time, or who waits is told why not.
 */

import type { Database, Row } from './clients/database.ts'
import { isRetryable, logClosed, postgresError } from './postgres-errors.ts'

export interface Session {
  /** Rejects with a SyncError, in time: `log-unreachable`, `log-refused`, `closed`. */
  readonly query: (call: Call) => Promise<readonly Row[]>
  /** Other work with the database, with the same limit. */
  readonly limited: <Value>(doing: string, work: () => Promise<Value>) => Promise<Value>
  readonly isClosed: () => boolean
  readonly close: () => void
}

interface Call {
  /** For errors: `Postgres could not be reached to …`. */
  readonly doing: string
  readonly sql: string
  readonly parameters?: readonly string[] | undefined
}

export interface SessionOptions {
  readonly database: Database
  readonly timeoutMs: number
}

/** How often a transaction of the log's own is tried that others were in the way of. */
const ATTEMPTS = 5

export function createSession({ database, timeoutMs }: SessionOptions): Session {
  let isClosed = false

  /** A client may wait for ever; nobody waits for it longer than this. */
  async function limited<Value>(doing: string, work: () => Promise<Value>): Promise<Value> {
    if (isClosed) throw logClosed()
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      // More would overflow a timer.
      const lateMs = Math.min(timeoutMs, 2 ** 31 - 1)
      timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), lateMs)
    })
    try {
      return await Promise.race([work(), late])
    } catch (thrown) {
      throw postgresError(thrown, doing)
    } finally {
      clearTimeout(timer)
    }
  }

  async function attempt({ sql, parameters = [] }: Call): Promise<readonly Row[]> {
    for (let left = ATTEMPTS; ;) {
      try {
        return await database.query(sql, parameters)
      } catch (thrown) {
        if (--left === 0 || !isRetryable(thrown)) throw thrown
      }
    }
  }

  return {
    query: (call) => limited(call.doing, () => attempt(call)),
    limited,
    isClosed: () => isClosed,
    close() {
      isClosed = true
    },
  }
}
