/** The SQL of the log's tables. */

import { postgresLog, postgresLogMigration } from '@iron-stack/sync/postgres'
import type { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  openPg,
  openPglite,
  PGLITE_START_MS,
  POSTGRES_URL,
  say,
  type TestDatabase,
} from '../support/postgres.ts'

describe('the migration', () => {
  let database: TestDatabase & { readonly pool: PGlite }
  beforeAll(async () => {
    database = await openPglite()
  }, PGLITE_START_MS)
  afterAll(() => database.close())

  test('may be printed, run in a transaction, and run again', async () => {
    const schema = database.newSchema()
    const sql = postgresLogMigration({ schema })
    await database.pool.transaction(async (tx) => {
      await tx.exec(sql)
    })
    const log = postgresLog({ pool: database.pool, schema })
    await log.append([say('a', 1)])
    const before = await log.heads(['a'])
    await database.pool.exec(sql)
    await log.migrate()
    expect(await log.heads(['a'])).toEqual(before)
    await log.close()
  })

  test('is asked for where the log is older than the library', async () => {
    const schema = database.newSchema()
    const log = postgresLog({ pool: database.pool, schema })
    await log.migrate()
    await database.query(`UPDATE ${schema}.log SET version = 0`)
    await expect(log.append([say('a', 1)])).rejects.toMatchObject({
      code: 'log-refused',
      message: expect.stringContaining('has version 0, and this library needs 1'),
    })
    await database.query(`UPDATE ${schema}.log SET version = 1`)
    await log.append([say('a', 1)])
    await log.close()
  })
})

test('a schema is a plain name', () => {
  expect(() => postgresLogMigration({ schema: 'sync"; DROP' })).toThrow('is no name')
  expect(() => postgresLogMigration({ schema: 'Sync' })).toThrow('is no name')
})

test('something that is no client is refused', () => {
  for (const pool of [null, {}, () => {}, 'postgres://']) {
    // @ts-expect-error it is no client
    expect(() => postgresLog({ pool })).toThrow('is no client that it knows')
  }
})

test('a limit is a number that is not negative', () => {
  const pool = openPg().pool
  for (const value of [Number.NaN, -1, '10' as unknown as number]) {
    expect(() => postgresLog({ pool, maxEventsPerRoom: value })).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringContaining(`was given ${String(value)} as \`maxEventsPerRoom\``),
      }),
    )
  }
})

test.skipIf(POSTGRES_URL === undefined)('several nodes may migrate at once', async () => {
  const database = openPg()
  const schema = database.newSchema()
  const logs = Array.from({ length: 5 }, () => postgresLog({ pool: database.pool, schema }))
  await Promise.all(logs.map((log) => log.migrate()))
  expect(await logs[0]?.append([say('a', 1)])).toHaveLength(1)
  await Promise.all(logs.map((log) => log.close()))
  await database.close()
})
