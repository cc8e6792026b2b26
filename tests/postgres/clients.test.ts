/** `broadcast(event, data, { tx })` with the transactions that clients and query builders hand out. */

import type { PGlite } from '@electric-sql/pglite'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle as drizzleOnPg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzleOnPglite } from 'drizzle-orm/pglite'
import { drizzle as drizzleOnPostgresJs } from 'drizzle-orm/postgres-js'
import { postgresLog } from '@iron-stack/sync/postgres'
import { Kysely, PostgresDialect, sql as kyselySql } from 'kysely'
import type { PoolClient } from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  eventually,
  hear,
  openPg,
  openPglite,
  PGLITE_START_MS,
  POSTGRES_URL,
  say,
  type PgDatabase,
  type TestDatabase,
} from '../support/postgres.ts'
import { openPrisma } from '../support/prisma.ts'

/** Runs work in a transaction of some library; where the work throws, it is rolled back. */
type InTransaction = (work: (tx: unknown) => Promise<void>) => Promise<unknown>

/** Quotes, backslashes and the like have to arrive as they are. */
const DATA = { text: `it's "quoted" \\ $1 ? :name \u0000 ü 🦀` }

/** What is told of three transactions, of which the second is rolled back. */
async function told(database: TestDatabase, run: InTransaction): Promise<readonly unknown[]> {
  const schema = database.newSchema()
  const [log] = await database.logs(1, { schema })
  if (log === undefined) return []
  await log.migrate()
  const heard = await hear(log)
  await run(async (tx) => {
    await log.append([say('a', DATA), say('b', 2)], { tx })
  })
  const failing = run(async (tx) => {
    await log.append([say('a', 'never')], { tx })
    throw new Error('undo this')
  })
  await expect(failing).rejects.toThrow('undo this')
  await run(async (tx) => {
    const [a, , nowhere] = await log.headsIn(tx, ['a', 'b', 'nowhere'])
    expect([a?.head, nowhere]).toEqual([1, undefined])
    await log.append([say('a', 'last')], { tx })
  })
  await eventually(() => expect(heard.data().at(-1)).toBe('last'))
  await log.close()
  return [...heard.data(), ...heard.errors]
}

const COMMITTED = [DATA, 2, 'last']

describe.skipIf(POSTGRES_URL === undefined)('on a Postgres', () => {
  let database: PgDatabase
  beforeAll(() => {
    database = openPg()
  })
  afterAll(() => database.close())

  /** As an application does it by hand. */
  const byHand: InTransaction = async (work) => {
    const client = await database.pool.connect()
    try {
      await client.query('BEGIN')
      await work(client)
      await client.query('COMMIT')
    } catch (thrown) {
      await client.query('ROLLBACK')
      throw thrown
    } finally {
      client.release()
    }
  }

  test('a client of pg', async () => {
    expect(await told(database, byHand)).toEqual(COMMITTED)
  })

  test('a function that runs statements', async () => {
    const run: InTransaction = (work) =>
      byHand((client) =>
        work((text: string, values: unknown[]) => (client as PoolClient).query(text, values)),
      )
    expect(await told(database, run)).toEqual(COMMITTED)
  })

  test('Drizzle on pg, also in a transaction within one', async () => {
    const db = drizzleOnPg(database.pool)
    const nested: InTransaction = (work) =>
      db.transaction(async (tx) => {
        await tx.execute(drizzleSql`SELECT 1`)
        return tx.transaction(work)
      })
    expect(await told(database, (work) => db.transaction(work))).toEqual(COMMITTED)
    expect(await told(database, nested)).toEqual(COMMITTED)
  })

  test('postgres.js, and Drizzle on it', async () => {
    const sql = postgres(POSTGRES_URL ?? '', { max: 2, onnotice: () => {} })
    const nested: InTransaction = (work) => sql.begin((outer) => outer.savepoint(work))
    const db = drizzleOnPostgresJs(sql)
    expect(await told(database, (work) => sql.begin(work))).toEqual(COMMITTED)
    expect(await told(database, nested)).toEqual(COMMITTED)
    expect(await told(database, (work) => db.transaction(work))).toEqual(COMMITTED)
    await sql.end()
  })

  test('Kysely, by a callback or by hand', async () => {
    const db = new Kysely<Record<string, never>>({
      dialect: new PostgresDialect({ pool: database.pool }),
    })
    const byCallback: InTransaction = (work) =>
      db.transaction().execute(async (trx) => {
        await kyselySql`SELECT 1`.execute(trx)
        await work(trx)
      })
    const controlled: InTransaction = async (work) => {
      const trx = await db.startTransaction().execute()
      try {
        await work(trx)
        await trx.commit().execute()
      } catch (thrown) {
        await trx.rollback().execute()
        throw thrown
      }
    }
    expect(await told(database, byCallback)).toEqual(COMMITTED)
    expect(await told(database, controlled)).toEqual(COMMITTED)
  })

  test('Prisma', async () => {
    const prisma = openPrisma(POSTGRES_URL ?? '')
    expect(await told(database, (work) => prisma.$transaction(work))).toEqual(COMMITTED)
    await prisma.$disconnect()
  })

  test('without its tables, every library’s error says what to do', async () => {
    const schema = database.newSchema()
    const log = postgresLog({ pool: database.pool, schema })
    const prisma = openPrisma(POSTGRES_URL ?? '')
    const sql = postgres(POSTGRES_URL ?? '', { max: 1, onnotice: () => {} })
    const db = drizzleOnPg(database.pool)
    const runs: readonly InTransaction[] = [
      (work) => prisma.$transaction(work),
      (work) => sql.begin(work),
      (work) => db.transaction(work),
    ]
    for (const run of runs) {
      const failing = run(async (tx) => {
        await log.append([say('a', 1)], { tx })
      })
      await expect(failing).rejects.toMatchObject({
        code: 'log-refused',
        message: expect.stringContaining('postgresLogMigration()'),
      })
    }
    await prisma.$disconnect()
    await sql.end()
    await log.close()
  })

  test('what is in no transaction is refused, before anything is sent', async () => {
    const sql = postgres(POSTGRES_URL ?? '', { max: 1, onnotice: () => {} })
    const prisma = openPrisma(POSTGRES_URL ?? '')
    const kysely = new Kysely<Record<string, never>>({
      dialect: new PostgresDialect({ pool: database.pool }),
    })
    const [log] = await database.logs(1)
    for (const tx of [database.pool, sql, prisma, kysely, drizzleOnPg(database.pool)]) {
      await expect(log?.append([say('a', 1)], { tx })).rejects.toMatchObject({
        code: 'unknown-transaction',
      })
    }
    for (const tx of [null, 7, {}, 'tx']) {
      await expect(log?.append([say('a', 1)], { tx })).rejects.toMatchObject({
        code: 'unknown-transaction',
      })
    }
    expect(await log?.heads(['a'])).toMatchObject([{ head: 0 }])
    await sql.end()
    await prisma.$disconnect()
    await log?.close()
  })
})

describe('on PGlite', () => {
  let database: TestDatabase & { readonly pool: PGlite }
  beforeAll(async () => {
    database = await openPglite()
  }, PGLITE_START_MS)
  afterAll(() => database.close())

  test('its own transaction, and Drizzle', async () => {
    const db = drizzleOnPglite(database.pool)
    expect(await told(database, (work) => database.pool.transaction(work))).toEqual(COMMITTED)
    expect(await told(database, (work) => db.transaction(work))).toEqual(COMMITTED)
    const [log] = await database.logs(1)
    for (const tx of [database.pool, db]) {
      await expect(log?.append([say('a', 1)], { tx })).rejects.toMatchObject({
        code: 'unknown-transaction',
      })
    }
  })
})
