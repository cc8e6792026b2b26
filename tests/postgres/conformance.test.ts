/** What every log must do, done by the log in Postgres: over pg, postgres.js and PGlite. */

import { logConformance } from '@iron-stack/sync/testing'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  openPg,
  openPglite,
  PGLITE_START_MS,
  POSTGRES_URL,
  type TestDatabase,
} from '../support/postgres.ts'

const LIMITS = { maxEventsPerRoom: 20 }

describe.skipIf(POSTGRES_URL === undefined)('over pg', () => {
  runAll(() => openPg())
})

describe.skipIf(POSTGRES_URL === undefined)('over postgres.js', () => {
  const sql = postgres(POSTGRES_URL ?? '', { max: 5, onnotice: () => {} })
  afterAll(() => sql.end())
  runAll(() => {
    const database = openPg()
    return {
      ...database,
      logs: (count, options) => database.logs(count, { pool: sql, ...options }),
    }
  })
})

describe('over PGlite', () => {
  runAll(openPglite)
})

function runAll(open: () => TestDatabase | Promise<TestDatabase>): void {
  let database: TestDatabase
  beforeAll(async () => {
    database = await open()
  }, PGLITE_START_MS)
  afterAll(() => database.close())
  test.each(logConformance)('$name', async ({ run }) => {
    const open = (nodes: number) => database.logs(nodes, LIMITS)
    await expect(run({ open, maxEventsPerRoom: 20 })).resolves.toBeUndefined()
  })
}
