/** The logs that this machine can run a cluster on. */

import { Pool } from 'pg'
import { postgresLogMigration } from '@iron-stack/sync/postgres'
import { onTestFinished } from 'vitest'
import { startProxy } from '../../support/proxy.ts'
import type { LogChoice } from './messages.ts'

const urls = {
  redis: process.env['SYNC_TEST_REDIS'],
  postgres: process.env['SYNC_TEST_POSTGRES'],
}

export const logsAtHand = (['redis', 'postgres'] as const).filter(
  (kind) => urls[kind] !== undefined,
)

/** A log that nobody has used, and that goes with the test. */
export async function freshLog(kind: LogChoice['kind']): Promise<LogChoice> {
  const key = `sync_test_${process.pid}_${Date.now().toString(36)}`
  const url = urls[kind] ?? ''
  if (kind === 'postgres') {
    const pool = new Pool({ connectionString: url, max: 1 })
    await pool.query(postgresLogMigration({ schema: key }))
    onTestFinished(async () => {
      await pool.query(`drop schema ${key} cascade`)
      await pool.end()
    })
  }
  return { kind, url, key }
}

/** A wire to the log that can stall, and the log as one sees it through that. */
export async function wireTo(log: LogChoice) {
  const url = new URL(log.url)
  const wire = await startProxy(Number(url.port || DEFAULT_PORTS[log.kind]))
  url.port = String(wire.port)
  return { wire, throughWire: { ...log, url: url.href } }
}

const DEFAULT_PORTS = { redis: 6379, postgres: 5432 }
