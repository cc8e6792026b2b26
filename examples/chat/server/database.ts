/**
 * The database: PGlite, a whole Postgres inside this process, through Drizzle; or a Postgres server,
 * where its address is given. Everything else is written against `Database`, which both satisfy.
 */
import { readFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { drizzle as drizzleServer } from 'drizzle-orm/node-postgres'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import { drizzle } from 'drizzle-orm/pglite'
import { Pool } from 'pg'
import { people } from './schema.ts'
import { seed } from './seed.ts'

export type Database = PgDatabase<PgQueryResultHKT>

export interface DatabaseOptions {
  /**
   * The address of a Postgres server.
   * @default none: the database is in this process
   */
  url?: string | undefined
  /**
   * Where a database in this process is kept.
   * @default in memory: each start begins afresh
   */
  directory?: string | undefined
}

export interface OpenDatabase {
  db: Database
  /** The connections, where it is a server's. */
  pool?: Pool
  close: () => Promise<void>
}

/** Opens the database, with its tables and some history in it. */
export async function openDatabase({
  url,
  directory,
}: DatabaseOptions = {}): Promise<OpenDatabase> {
  const schema = await readFile(new URL('schema.sql', import.meta.url), 'utf8')
  return url === undefined ? openEmbedded(directory, schema) : openServer(url, schema)
}

async function openEmbedded(directory = 'memory://', schema: string): Promise<OpenDatabase> {
  const client = await PGlite.create(directory)
  const db = drizzle({ client })
  await client.exec(schema)
  if ((await db.$count(people)) === 0) await seed(db)
  return { db, close: () => client.close() }
}

async function openServer(url: string, schema: string): Promise<OpenDatabase> {
  const pool = new Pool({ connectionString: url })
  const db = drizzleServer({ client: pool })
  await db.transaction(async (tx) => {
    // Of several nodes that start at once, one makes the tables.
    await tx.execute('select pg_advisory_xact_lock(20)')
    await tx.execute(schema)
    if ((await tx.$count(people)) === 0) await seed(tx)
  })
  return { db, pool, close: () => pool.end() }
}
