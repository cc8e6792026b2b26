/** Clients of both packages, closed when the test ends, with what it has written. */

import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { onTestFinished } from 'vitest'
import { redisLog, type RedisClient, type RedisLogOptions } from '@iron-stack/sync/redis'
import type { EventLog } from '@iron-stack/sync/server'

/** Undefined where this machine has no Redis: such tests are skipped. */
export const REDIS_URL: string | undefined = process.env['SYNC_TEST_REDIS']

export const REDIS_PORT: number = Number(new URL(REDIS_URL ?? 'redis://x:6379').port || 6379)

export const urlOf = (port: number): string => `redis://127.0.0.1:${port}`

export type Package = 'ioredis' | 'redis'

export const PACKAGES: readonly Package[] = ['ioredis', 'redis']

/** A connected client that reconnects quickly. */
export async function connectClient(
  url: string,
  used: Package = 'ioredis',
): Promise<RedisClient> {
  return used === 'ioredis' ? connectIoredis(url) : connectNodeRedis(url)
}

export async function connectIoredis(url: string): Promise<Redis> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 20 })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => {
    client.disconnect()
  })
  return client
}

async function connectNodeRedis(url: string): Promise<RedisClient> {
  const client = createClient({ url, socket: { reconnectStrategy: () => 20 } })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => {
    client.destroy()
  })
  return client
}

export interface OpenOptions extends Omit<RedisLogOptions, 'client'> {
  readonly url?: string | undefined
  readonly client?: RedisClient | undefined
  readonly used?: Package | undefined
}

/** A prefix that nobody else uses; its keys are removed when the test ends. */
export function freshPrefix(url: string = REDIS_URL ?? ''): string {
  const prefix = `sync-test-${process.pid}-${Math.random().toString(36).slice(2)}`
  onTestFinished(async () => {
    const client = new Redis(url, { retryStrategy: () => null })
    client.on('error', () => {})
    try {
      const keys = await client.keys(`*${prefix}*`)
      if (keys.length > 0) await client.del(keys)
    } catch {
      // A Redis that is gone has taken them along.
    }
    client.disconnect()
  })
  return prefix
}

/** One node's end of a log, which Redis has answered. */
export async function openLog(options: OpenOptions): Promise<EventLog> {
  const { url = REDIS_URL ?? '', used, client = await connectClient(url, used) } = options
  const log = redisLog({ heartbeatMs: 50, ...options, client })
  onTestFinished(() => log.close())
  await log.heads(['the first question waits until Redis answers'])
  return log
}
