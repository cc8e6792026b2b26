/**
 * The log of events: in this process, where it is the only one; else the one that all nodes share, in
 * Redis or in the database itself.
 */
import { postgresLog } from '@iron-stack/sync/postgres'
import { redisLog } from '@iron-stack/sync/redis'
import type { EventLog } from '@iron-stack/sync/server'
import { Redis } from 'ioredis'
import type { Pool } from 'pg'

export interface OpenLog {
  log?: EventLog
  close: () => Promise<void>
}

/**
 * @param redisUrl the address of a Redis
 * @param pool connections to the database, where that is a server
 */
export async function openLog(redisUrl?: string, pool?: Pool): Promise<OpenLog> {
  if (redisUrl !== undefined) {
    const client = new Redis(redisUrl)
    const log = redisLog({ client, prefix: 'chat' })
    return {
      log,
      async close() {
        await log.close()
        await client.quit()
      },
    }
  }
  if (pool === undefined) return { close: async () => {} }
  const log = postgresLog({ pool, schema: 'chat_sync' })
  await log.migrate()
  return { log, close: async () => log.close() }
}
