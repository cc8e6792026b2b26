/** Logs in a Postgres: the one the machine has, or PGlite, which is there everywhere. */

import { PGlite } from '@electric-sql/pglite'
import {
  postgresLog,
  type PostgresLog,
  type PostgresLogOptions,
} from '@iron-stack/sync/postgres'
import type { SyncError } from '@iron-stack/sync'
import type { EventLog, FollowedEvent, NewEvent } from '@iron-stack/sync/server'
import { Pool, type PoolConfig } from 'pg'
import { vi } from 'vitest'

/** Undefined where there is no Postgres. */
export const POSTGRES_URL: string | undefined = process.env['SYNC_TEST_POSTGRES']

export interface TestDatabase {
  readonly pool: PostgresLogOptions['pool']
  /** Logs of one schema, which is made for them. */
  readonly logs: (
    count: number,
    options?: Partial<PostgresLogOptions>,
  ) => Promise<readonly PostgresLog[]>
  readonly newSchema: () => string
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>
  readonly close: () => Promise<void>
}

let schemas = 0

/** Names that no other test has, on a database that they share. */
function schemaNamer(): { newSchema: () => string; made: string[] } {
  const made: string[] = []
  const tag = Math.random().toString(36).slice(2, 8)
  return {
    made,
    newSchema() {
      const name = `sync_test_${process.pid}_${tag}_${schemas++}`
      made.push(name)
      return name
    },
  }
}

export interface PgDatabase extends TestDatabase {
  readonly pool: Pool
}

export function openPg(config: PoolConfig = {}): PgDatabase {
  const pool = new Pool({ connectionString: POSTGRES_URL, max: 10, ...config })
  const { newSchema, made } = schemaNamer()
  const query = async (sql: string) => (await pool.query<Record<string, unknown>>(sql)).rows
  return {
    pool,
    newSchema,
    query,
    logs: (count, options) => openLogs({ pool, count, schema: newSchema(), options }),

    async close() {
      for (const name of made) await query(`DROP SCHEMA IF EXISTS ${name} CASCADE`)
      await pool.end()
    },
  }
}

/** It compiles itself, which takes seconds; on a busy machine, many. */
export const PGLITE_START_MS = 120_000

export async function openPglite(): Promise<TestDatabase & { readonly pool: PGlite }> {
  const pool = await PGlite.create()
  const { newSchema } = schemaNamer()
  return {
    pool,
    newSchema,
    query: async (sql) => (await pool.query<Record<string, unknown>>(sql)).rows,
    logs: (count, options) => openLogs({ pool, count, schema: newSchema(), options }),
    close: () => pool.close(),
  }
}

async function openLogs({
  pool,
  count,
  schema,
  options,
}: {
  readonly pool: PostgresLogOptions['pool']
  readonly count: number
  readonly schema: string
  readonly options: Partial<PostgresLogOptions> | undefined
}): Promise<readonly PostgresLog[]> {
  const logs = Array.from({ length: count }, () => postgresLog({ pool, schema, ...options }))
  await logs[0]?.migrate()
  return logs
}

/** What a node's server was told. */
export interface Heard {
  readonly told: readonly FollowedEvent[]
  readonly renewed: readonly (readonly string[] | 'all')[]
  /** After which rooms' loss who was thrown out is not known; 'all' where any may be. */
  readonly lapsed: readonly (readonly string[] | 'all')[]
  readonly errors: readonly SyncError[]
  readonly stop: () => void
  /** Data, in order. */
  readonly data: () => readonly unknown[]
  /** Offsets and data of one room. */
  readonly placesIn: (handle: string) => readonly (readonly [offset: number, data: unknown])[]
}

/** Follows a log as a server does; resolves when it is told of all that is appended from then on. */
export async function hear(log: EventLog): Promise<Heard> {
  const told: FollowedEvent[] = []
  const renewed: (readonly string[] | 'all')[] = []
  const lapsed: (readonly string[] | 'all')[] = []
  const errors: SyncError[] = []
  const stop = log.follow?.({
    deliver: (events) => told.push(...events),
    renew: (rooms) => renewed.push(rooms ?? 'all'),
    lapse: (rooms) => lapsed.push(rooms ?? 'all'),
    onError: (error) => errors.push(error),
  })
  await log.heads([])
  return {
    told,
    renewed,
    lapsed,
    errors,
    stop: stop ?? (() => {}),
    data: () => told.map(({ data }) => data),
    placesIn: (handle) =>
      told.flatMap(({ places, data }) =>
        places.flatMap(([of, offset]) => (of === handle ? [[offset, data] as const] : [])),
      ),
  }
}

/** Resolves when the claim holds; real databases under load take their time. */
export function eventually(claim: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(claim, { timeout: 15_000, interval: 10 })
}

/** One event, as a server appends it. */
export function say(room: string | readonly string[], data: unknown): NewEvent {
  return { rooms: typeof room === 'string' ? [room] : room, event: 'said', data }
}
