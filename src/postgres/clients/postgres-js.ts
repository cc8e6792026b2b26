/** postgres.js. It connects again by itself, also where it listens. */

import { hasMethods } from '../has-methods.ts'
import type { Database, Row } from './database.ts'

export interface PostgresJs {
  readonly unsafe: (sql: string, parameters?: string[]) => PromiseLike<readonly unknown[]>
  readonly listen: (
    channel: string,
    onNotify: (payload: string) => void,
    onListen?: () => void,
  ) => PromiseLike<{ readonly unlisten: () => Promise<void> }>
}

export function isPostgresJs(value: unknown): value is PostgresJs {
  return typeof value === 'function' && hasMethods(value, 'unsafe', 'listen')
}

export function fromPostgresJs(sql: PostgresJs): Database {
  return {
    query: async (text, parameters) =>
      // Rows are objects by the columns' names, unless a user of the library changes that.
      (await sql.unsafe(text, [...parameters])) as readonly Row[],
    run: async (text) => sql.unsafe(text),

    async listen({ channel, onNotify, onBack }) {
      let isFirst = true
      const { unlisten } = await sql.listen(channel, onNotify, () => {
        if (!isFirst) onBack()
        isFirst = false
      })
      return unlisten
    },

    watch: () => () => {},
  }
}
