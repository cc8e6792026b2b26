/** What went wrong between the log and Postgres, and what to do about it. */

import { SyncError } from '../errors.ts'

/** SQLSTATEs of a server that is not there, or goes, or comes; see "errcodes" in Postgres' manual. */
const UNREACHABLE = /^(08...|57P0[123]|53300|SYNC1)$/

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /^(42P01|3F000|42883|42703|42704)$/,
    'Run the SQL that postgresLogMigration() returns in this database, or log.migrate().',
  ],
  [
    /^42501$/,
    'Its user needs the right to use the schema, and in a transaction to insert into its outbox.',
  ],
  [/^25006$/, 'Give postgresLog() a connection to the primary, not to a replica.'],
  [/^25P02$/, 'Something before it in the transaction has failed: roll it back.'],
  [/^53/, 'Postgres is short of space or memory.'],
]

/** Postgres is there, and will not. */
export function isRefusal(thrown: unknown): thrown is SyncError {
  return thrown instanceof SyncError && thrown.code === 'log-refused'
}

/** Two transactions were in each other's way: the same once more may succeed. */
export function isRetryable(thrown: unknown): boolean {
  return /^(40001|40P01)$/.test(sqlStateOf(thrown) ?? '')
}

/** An error of a client or of Postgres as one of ours; ours as it is. */
export function postgresError(cause: unknown, doing: string): SyncError {
  if (cause instanceof SyncError) return cause
  const state = sqlStateOf(cause)
  if (state === undefined || UNREACHABLE.test(state)) return unreachable(doing, cause)
  return new SyncError({
    code: 'log-refused',
    problem: `Postgres refused to ${doing}: ${messageOf(cause)}.`,
    remedy: REMEDIES.find(([pattern]) => pattern.test(state))?.[1] ?? 'See `cause`.',
    cause,
  })
}

function unreachable(doing: string, cause: unknown): SyncError {
  return new SyncError({
    code: 'log-unreachable',
    problem: `Postgres could not be reached to ${doing}: ${messageOf(cause)}.`,
    remedy:
      'It goes on by itself when Postgres is back. A broadcast that was rejected for this may have been sent.',
    cause,
  })
}

/** Told to `onError`, once for each time. */
export function connectionLost(cause: unknown, at: Date): SyncError {
  return new SyncError({
    code: 'log-unreachable',
    problem: `The connection to Postgres is lost: ${messageOf(cause)}.`,
    remedy: 'It goes on by itself when Postgres is back, and reads what it was not told of.',
    subject: `Postgres since ${at.toISOString()}`,
    cause,
  })
}

export function wrongVersion(schema: string, found: number, wanted: number): SyncError {
  return new SyncError({
    code: 'log-refused',
    problem: `The log in schema "${schema}" has version ${found}, and this library needs ${wanted}.`,
    remedy:
      'Run the SQL that postgresLogMigration() returns in this database, or log.migrate().',
    subject: schema,
  })
}

export function badSchema(schema: string): SyncError {
  return new SyncError({
    code: 'log-refused',
    problem: `"${schema}" is no name for the schema of postgresLog().`,
    remedy: 'Take lower-case letters, digits and underscores.',
    subject: schema,
  })
}

export function badLimit(name: string, value: unknown): SyncError {
  return new SyncError({
    code: 'invalid-option',
    problem: `postgresLog() was given ${String(value)} as \`${name}\`.`,
    remedy: 'Take a number that is not negative; Infinity is one.',
    subject: name,
  })
}

/** Told to `onError`: everybody is told that their places are lost, and fetches once. */
export function logLost(at: Date): SyncError {
  return new SyncError({
    code: 'log-lost',
    problem: 'The log was read from a database that has been restored, or has failed over.',
    remedy: 'Clients fetch again what they hold, once: events may have been lost.',
    subject: `Postgres since ${at.toISOString()}`,
  })
}

/** Rejects who waited until a membership had taken effect. */
export function recordsLost(at: Date): SyncError {
  return new SyncError({
    code: 'log-lost',
    problem: 'The log has begun anew before every node had said that it took effect.',
    remedy: 'Call `joinRoom` or `leaveRoom` again: what was recorded may be lost.',
    subject: `memberships, ${at.toISOString()}`,
  })
}

export function unreadable(event: string, cause: unknown): SyncError {
  return new SyncError({
    code: 'log-refused',
    problem: `An event "${event}" in the log can not be read: ${messageOf(cause)}.`,
    remedy: 'Nothing but postgresLog() should write to its tables.',
    subject: event,
    cause,
  })
}

export function nodesSilent(names: readonly string[]): SyncError {
  const list = names.join(', ')
  return new SyncError({
    code: 'node-silent',
    problem: `These nodes have not said that it took effect: ${list}.`,
    remedy: 'It does when they are back; until then they send nothing that is newer.',
    subject: list,
  })
}

export function logClosed(): SyncError {
  return new SyncError({
    code: 'closed',
    problem: 'This log is closed.',
    remedy: 'Close it last, after the servers that use it.',
  })
}

/** Clients say it in `code`; some wrap the error of the one below. */
function sqlStateOf(thrown: unknown): string | undefined {
  for (let error = thrown, depth = 0; isObject(error) && depth < 5; depth++) {
    const { code, originalCode, cause } = error
    for (const state of [code, originalCode]) {
      if (typeof state === 'string' && SQLSTATE.test(state)) return state
    }
    error = cause ?? error['meta'] ?? error['driverAdapterError']
  }
  return undefined
}

/** Five letters and digits. Prisma's own look alike: what Postgres said is deeper. */
const SQLSTATE = /^(?!P[1-9])(?=.*\d)[0-9A-Z]{5}$/

function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown)
  return text.replace(/\.$/, '')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
