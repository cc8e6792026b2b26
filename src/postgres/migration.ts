/**
 * The SQL that makes the log's tables, functions and trigger: to be printed into the application's own
 * migrations, or run by `log.migrate()`. It may be run again, and makes an older version the newest.
 */

import { badSchema } from './postgres-errors.ts'
import { appending } from './sql/appending.ts'
import { housekeeping } from './sql/housekeeping.ts'
import { reading } from './sql/reading.ts'
import { tables } from './sql/tables.ts'

/** Raised with each change of tables or functions. */
export const SCHEMA_VERSION = 1

export interface MigrationOptions {
  /** The schema that everything is in; one for each namespace of Socket.IO. @default 'sync' */
  readonly schema?: string | undefined
}

/** @throws SyncError `log-refused` for a schema that would need quotes. */
export function postgresLogMigration({ schema = 'sync' }: MigrationOptions = {}): string {
  const quoted = quoteSchema(schema)
  return `-- @iron-stack/sync: the log of rooms, version ${SCHEMA_VERSION}.
-- Two nodes may run this at once: one waits for the other.
DO $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('${quoted}'), 0); END $$;
${tables(quoted)}${appending(quoted, schema)}${reading(quoted)}${housekeeping(quoted)}
INSERT INTO ${quoted}.log (version, life, since)
VALUES (${SCHEMA_VERSION}, ${quoted}.life(), ${quoted}.now_ms())
ON CONFLICT (is_only) DO UPDATE SET version = GREATEST(log.version, excluded.version);
`
}

/** Its name is also that of a channel, and stands in the text of functions. */
export function quoteSchema(schema: string): string {
  if (/^[a-z_][a-z0-9_]{0,59}$/.test(schema)) return `"${schema}"`
  throw badSchema(schema)
}
