/**
 * The caller's own transaction, as a function that runs a statement in it: recognised by its shape, so
 * that none of these libraries has to be there.
 */

import { SyncError } from '../errors.ts'
import type { Query, Row } from './clients/database.ts'
import { hasMethods } from './has-methods.ts'

/**
 * Runs statements with parameters `$1`, `$2`, … in the transaction.
 *
 * @throws SyncError `unknown-transaction`, also for a pool: what it runs is in no transaction.
 */
export function transactionOf(tx: unknown): Query {
  const run = runnerOf(tx)
  return async (sql, parameters) => rowsOf(await run(sql, [...parameters]))
}

/** What a library answers: rows, or something that has them. */
function rowsOf(answer: unknown): readonly Row[] {
  const rows: unknown =
    typeof answer === 'object' && answer !== null && 'rows' in answer ? answer.rows : answer
  // Objects by the columns' names, where no other form is asked for.
  return Array.isArray(rows) ? (rows as readonly Row[]) : []
}

type Run = (sql: string, parameters: string[]) => PromiseLike<unknown>

function runnerOf(tx: unknown): Run {
  if (isOutside(tx)) throw notInTransaction()
  if (hasMethods(tx, 'unsafe')) return (sql, values) => call(tx.unsafe, tx, sql, values)
  if (hasMethods(tx, '$queryRawUnsafe')) {
    return (sql, values) => call(tx.$queryRawUnsafe, tx, sql, ...values)
  }
  if (hasMethods(tx, 'executeQuery')) {
    return (sql, values) => call(tx.executeQuery, tx, kyselyQuery(sql, values))
  }
  if (hasMethods(tx, 'execute', 'select')) {
    return (sql, values) => call(tx.execute, tx, drizzleQuery(sql, values))
  }
  if (hasMethods(tx, 'query')) return (sql, values) => call(tx.query, tx, sql, values)
  if (typeof tx === 'function') return (sql, values) => call(tx, undefined, sql, values)
  throw unknownTransaction()
}

/** A pool, or a client for everything: what begins transactions. */
function isOutside(tx: unknown): boolean {
  if (typeof tx !== 'object' && typeof tx !== 'function') return false
  if (tx === null) return false
  // pg's pool; its client, which is what a transaction runs on, has no such counter.
  if ('totalCount' in tx) return true
  // postgres.js, Prisma.
  if (hasMethods(tx, 'begin') || hasMethods(tx, '$transaction', '$connect')) return true
  // Kysely says so; of Drizzle and PGlite, only a transaction can be rolled back.
  if ('isTransaction' in tx) return tx.isTransaction === false
  if (hasMethods(tx, 'rollback') || !hasMethods(tx, 'transaction')) return false
  return hasMethods(tx, 'execute') || hasMethods(tx, 'exec')
}

/** Kysely's `CompiledQuery`, as its `CompiledQuery.raw` makes it. */
function kyselyQuery(sql: string, parameters: readonly string[]): unknown {
  const query = { kind: 'RawNode', sqlFragments: [sql], parameters: [] }
  return { query, queryId: { queryId: 'sync' }, sql, parameters }
}

/** Drizzle's `SQLWrapper`: its dialect asks what `getSQL` returns for text and parameters. */
function drizzleQuery(sql: string, params: readonly string[]): unknown {
  return { getSQL: () => ({ toQuery: () => ({ sql, params }) }) }
}

/** Methods of a library that is recognised by its shape: nothing more is known of their types. */
function call(method: unknown, self: unknown, ...args: unknown[]): PromiseLike<unknown> {
  return (method as (...args: unknown[]) => PromiseLike<unknown>).apply(self, args)
}

function notInTransaction(): SyncError {
  return new SyncError({
    code: 'unknown-transaction',
    problem: 'What was given as `tx` is a connection to the database, and no transaction.',
    remedy: 'Give it what your client hands you inside of the transaction.',
  })
}

function unknownTransaction(): SyncError {
  return new SyncError({
    code: 'unknown-transaction',
    problem: 'What was given as `tx` is no transaction that postgresLog() knows.',
    remedy: 'Give it a function (sql, parameters) => Promise that runs a statement in it.',
  })
}
