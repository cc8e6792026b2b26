/**
 * The database: PGlite, a whole Postgres inside this process, through Drizzle. Everything else
 * is written against `Database`, which a Postgres server's driver satisfies just as well: to move
 * there, this file is the one to change.
 */
import { readFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import { orgs } from './schema.ts'
import { seed } from './seed.ts'

export type Database = PgDatabase<PgQueryResultHKT>

export interface OpenDatabase {
  db: Database
  close: () => Promise<void>
}

/**
 * Opens the database, with its tables and some history in it.
 *
 * @param directory where it is kept
 * @default in memory: each start begins afresh
 */
export async function openDatabase(directory = 'memory://'): Promise<OpenDatabase> {
  const client = await PGlite.create(directory)
  const db = drizzle({ client })
  await client.exec(await readFile(new URL('schema.sql', import.meta.url), 'utf8'))
  if ((await db.$count(orgs)) === 0) await seed(db)
  return { db, close: () => client.close() }
}
