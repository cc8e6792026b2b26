/** The entry of the log in Postgres: needs no client but the one it is given. */

export { postgresLogMigration } from './migration.ts'
export type { MigrationOptions } from './migration.ts'
export { postgresLog } from './postgres-log.ts'
export type { PostgresLog, PostgresLogOptions } from './postgres-log.ts'
export type { PostgresPool } from './clients/database-of.ts'
