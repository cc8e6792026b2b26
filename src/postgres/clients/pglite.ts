/** PGlite: a Postgres in the process, of one connection. */

import { hasMethods } from '../has-methods.ts'
import type { Database, Row } from './database.ts'

export interface PgliteClient {
  readonly query: (
    text: string,
    parameters: string[],
  ) => PromiseLike<{ readonly rows: unknown[] }>
  readonly exec: (text: string) => PromiseLike<unknown>
  readonly listen: (
    channel: string,
    onNotify: (payload: string) => void,
  ) => PromiseLike<() => Promise<void>>
}

export function isPglite(value: unknown): value is PgliteClient {
  return hasMethods(value, 'query', 'exec', 'listen')
}

export function fromPglite(db: PgliteClient): Database {
  return {
    query: async (text, parameters) =>
      // Rows are objects, where no other mode is asked for.
      (await db.query(text, [...parameters])).rows as readonly Row[],
    run: async (text) => db.exec(text),
    listen: async ({ channel, onNotify }) => db.listen(channel, onNotify),
    watch: () => () => {},
  }
}
