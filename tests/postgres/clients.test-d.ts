/** What `postgresLog` takes: real clients as they are, and nothing else. */

import { PGlite } from '@electric-sql/pglite'
import { postgresLog } from '@iron-stack/sync/postgres'
import type { EventLog } from '@iron-stack/sync/server'
import { Client, Pool } from 'pg'
import postgres from 'postgres'
import { expectTypeOf, test } from 'vitest'

test('clients need neither a cast nor an annotation', () => {
  const pool = new Pool()
  expectTypeOf(postgresLog({ pool })).toExtend<EventLog>()
  postgresLog({ pool: new Client() })
  postgresLog({ pool: postgres() })
  postgresLog({ pool: new PGlite() })
  postgresLog({ pool, listener: null })
  postgresLog({ pool, listener: postgres() })
})

test('what is no client is refused', () => {
  // @ts-expect-error a URL is none
  postgresLog({ pool: 'postgres://localhost' })
  // @ts-expect-error nor is an object without queries
  postgresLog({ pool: {} })
})
