/** Transactions of a stricter isolation, which may have to be tried again: with the README's helper. */

import { drizzle } from 'drizzle-orm/node-postgres'
import { Kysely, PostgresDialect } from 'kysely'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  eventually,
  hear,
  openPg,
  POSTGRES_URL,
  say,
  type PgDatabase,
} from '../support/postgres.ts'
import { openPrisma } from '../support/prisma.ts'

/** Runs work in a transaction that sees one state of the database throughout. */
type RepeatableRead = (work: (tx: unknown) => Promise<void>) => Promise<unknown>

describe.skipIf(POSTGRES_URL === undefined)('under REPEATABLE READ', () => {
  let database: PgDatabase
  beforeAll(() => {
    database = openPg()
  })
  afterAll(() => database.close())

  /** Somebody else broadcasts to the room between the transaction's first read and its commit. */
  async function tryOnce(run: RepeatableRead) {
    const [log] = await database.logs(1)
    if (log === undefined) throw new Error('no log')
    const heard = await hear(log)
    let attempts = 0
    await withRetry(() =>
      run(async (tx) => {
        attempts++
        await log.append([say('a', 'mine')], { tx })
        if (attempts === 1) await log.append([say('a', 'in between')])
      }),
    )
    await eventually(() => expect(heard.told).toHaveLength(2))
    await log.close()
    return { attempts, told: heard.data() }
  }

  const RETRIED = { attempts: 2, told: ['in between', 'mine'] }

  test('pg', async () => {
    const retried = await tryOnce(async (work) => {
      const client = await database.pool.connect()
      try {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
        await work(client)
        await client.query('COMMIT')
      } catch (thrown) {
        await client.query('ROLLBACK')
        throw thrown
      } finally {
        client.release()
      }
    })
    expect(retried).toEqual(RETRIED)
  })

  test('Drizzle', async () => {
    const db = drizzle(database.pool)
    const retried = await tryOnce((work) =>
      db.transaction(work, { isolationLevel: 'repeatable read' }),
    )
    expect(retried).toEqual(RETRIED)
  })

  test('Kysely', async () => {
    const db = new Kysely<Record<string, never>>({
      dialect: new PostgresDialect({ pool: database.pool }),
    })
    const retried = await tryOnce((work) =>
      db.transaction().setIsolationLevel('repeatable read').execute(work),
    )
    expect(retried).toEqual(RETRIED)
  })

  test('postgres.js', async () => {
    const sql = postgres(POSTGRES_URL ?? '', { max: 2, onnotice: () => {} })
    const retried = await tryOnce((work) => sql.begin('isolation level repeatable read', work))
    expect(retried).toEqual(RETRIED)
    await sql.end()
  })

  test('Prisma', async () => {
    const prisma = openPrisma(POSTGRES_URL ?? '')
    const retried = await tryOnce((work) =>
      prisma.$transaction(work, { isolationLevel: 'RepeatableRead' }),
    )
    expect(retried).toEqual(RETRIED)
    await prisma.$disconnect()
  })
})

/** As the README has it. */
async function withRetry<Result>(work: () => Promise<Result>, attempts = 5): Promise<Result> {
  for (let left = attempts; ;) {
    try {
      return await work()
    } catch (error) {
      // Drizzle and Prisma keep what Postgres said in `cause`.
      const { code, cause } = error as Failure
      const state = cause?.originalCode ?? cause?.code ?? code
      const isConflict = ['40001', '40P01', 'P2034'].includes(state ?? '')
      if (--left === 0 || !isConflict) throw error
    }
  }
}

interface Failure {
  code?: string
  cause?: { code?: string; originalCode?: string }
}
