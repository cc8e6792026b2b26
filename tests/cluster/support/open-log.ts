/** A process's end of the log of its cluster. */

import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { postgresLog } from '@iron-stack/sync/postgres'
import { redisLog } from '@iron-stack/sync/redis'
import type { EventLog } from '@iron-stack/sync/server'
import type { LogChoice } from './messages.ts'

export function openLog({ kind, url, key }: LogChoice, nodeId: string): EventLog {
  const limits = { maxEventsPerRoom: 20_000, nodeId }
  if (kind === 'redis') return redisLog({ client: new Redis(url), prefix: key, ...limits })
  const pool = new Pool({ connectionString: url, max: 8 })
  return postgresLog({ pool, schema: key, ...limits })
}
