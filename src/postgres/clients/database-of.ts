/** Which client the application has given. */

import { SyncError } from '../../errors.ts'
import type { Database } from './database.ts'
import { fromPgClient, fromPgPool, isPgClient, isPgPool, type PgPool } from './pg.ts'
import { fromPglite, isPglite, type PgliteClient } from './pglite.ts'
import { fromPostgresJs, isPostgresJs, type PostgresJs } from './postgres-js.ts'

/** A pool or client of `pg`, `sql` of postgres.js, or a PGlite. */
export type PostgresPool = PgPool | PostgresJs | PgliteClient

/** @throws SyncError `unknown-client` for an object that is none of them. */
export function databaseOf(pool: PostgresPool): Database {
  const given: unknown = pool
  if (isPostgresJs(given)) return fromPostgresJs(given)
  if (isPglite(given)) return fromPglite(given)
  if (isPgPool(given)) return fromPgPool(given)
  if (isPgClient(given)) return fromPgClient(given)
  throw new SyncError({
    code: 'unknown-client',
    problem: 'What postgresLog() was given as `pool` is no client that it knows.',
    remedy: 'Give it a pool or client of `pg`, `sql` of postgres.js, or a PGlite.',
  })
}
