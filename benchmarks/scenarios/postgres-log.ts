/**
 * What events cost transactions in Postgres: two hundred at once, each with two rows, beside the same with
 * an event for each row. On the wall's clock: Postgres has a process for each connection, and they wait
 * for each other.
 */

import { postgresLog, type PostgresLog } from '@iron-stack/sync/postgres'
import { Pool } from 'pg'
import { figureOf, ratioOf, type Samples } from '../harness.ts'
import type { Report, Scenario } from '../scenario.ts'

const URL = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const SCHEMA = `sync_bench_${process.pid}`
const ROUNDS = 9
const AT_ONCE = 200
const CONNECTIONS = 40

const DATA = { id: 'm1', conversationId: 'c1', text: 'x'.repeat(160) }

interface Contestant {
  readonly name: string
  /** The rooms of its events; none for transactions without. */
  readonly rooms: number
}

const CONTESTANTS: readonly Contestant[] = [
  { name: 'two rows', rooms: 0 },
  { name: 'and an event for each, 1000 rooms', rooms: 1000 },
  { name: 'and an event for each, 5 rooms', rooms: 5 },
]

export const postgresLogScenario: Scenario = {
  name: 'postgres-log',

  async run(progress) {
    const pool = new Pool({ connectionString: URL, max: CONNECTIONS })
    pool.on('error', () => {})
    const log = postgresLog({ pool, schema: SCHEMA })
    try {
      await log.migrate()
    } catch {
      await pool.end()
      return report([])
    }
    try {
      await pool.query(`CREATE TABLE ${SCHEMA}.bench_rows (n bigint, data text)`)
      return report(await measureAll(pool, log, progress))
    } finally {
      await pool.query(`DROP SCHEMA ${SCHEMA} CASCADE`)
      await log.close()
      await pool.end()
    }
  },
}

async function measureAll(
  pool: Pool,
  log: PostgresLog,
  progress: (done: string) => void,
): Promise<readonly (readonly [string, Samples])[]> {
  const taken = CONTESTANTS.map(({ name }): [string, number[]] => [name, []])
  for (const { rooms } of CONTESTANTS) await takeTurn(pool, log, rooms)
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, { rooms }] of CONTESTANTS.entries()) {
      taken[at]![1].push(await takeTurn(pool, log, rooms))
    }
    progress(`round ${round + 1} of ${ROUNDS}`)
  }
  return taken
}

/** Microseconds for each of the transactions. */
async function takeTurn(pool: Pool, log: PostgresLog, rooms: number): Promise<number> {
  const start = performance.now()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, count) => {
      const tx = await pool.connect()
      await tx.query('BEGIN')
      for (const row of [count, count * 7 + 1]) {
        await tx.query(`INSERT INTO ${SCHEMA}.bench_rows VALUES ($1, $2)`, [row, DATA.text])
        if (rooms === 0) continue
        const event = { rooms: [`room ${row % rooms}`], event: 'message:new', data: DATA }
        await log.append([event], { tx })
      }
      await tx.query('COMMIT')
      tx.release()
    }),
  )
  return ((performance.now() - start) * 1000) / AT_ONCE
}

function report(taken: readonly (readonly [string, Samples])[]): Report {
  const without = taken[0]?.[1]
  return {
    title: 'Transactions with events, in the log in Postgres',
    note:
      taken.length === 0
        ? `No Postgres at ${URL}: nothing was measured.`
        : `${AT_ONCE} at once on ${CONNECTIONS} connections, 200 bytes of data, nobody following; each of them, on the wall's clock.`,
    columns: ['', 'a transaction', '÷ without events'],
    rows: taken.map(([name, samples]) => [
      name,
      { us: figureOf(samples) },
      { ratio: ratioOf(samples, without ?? samples) },
    ]),
  }
}
