/**
 * The little of a Redis client that the log uses. ioredis and node-redis have different methods for
 * it; they are told apart by these, so that neither package is imported.
 */

import { SyncError } from '../../errors.ts'
import type { Script } from '../scripts/script.ts'
import { fromIoredis, type IoredisClient } from './ioredis.ts'
import { fromNodeRedis, type NodeRedisClient } from './node-redis.ts'

/** A client, or a cluster, of `ioredis` or of `redis` (node-redis). */
export type RedisClient = IoredisClient | NodeRedisClient

export interface Connection {
  /** Runs a script by its hash; rejects where Redis does not know it (`isUnknownScript`). */
  readonly evaluate: (script: Script, keys: string[], args: string[]) => Promise<unknown>
  /** Runs a script by its text; from then on Redis knows it. */
  readonly teach: (script: Script, keys: string[], args: string[]) => Promise<unknown>
  /** Calls back whenever it is connected, and with what goes wrong; returns the undo. */
  readonly watch: (watcher: Watcher) => () => void
  /** Another connection to the same Redis, for listening. */
  readonly duplicate: () => Listening
  /** The same connection, for listening. */
  readonly listen: () => Listening
}

export interface Watcher {
  readonly onReady: () => void
  readonly onError: (error: unknown) => void
}

export interface Listening {
  /** Resolves when Redis has said that it tells of these channels. Called once. */
  readonly subscribe: (channels: string[], onMessage: OnMessage) => Promise<void>
  readonly watch: (watcher: Watcher) => () => void
  /** Leaves its channels, and closes the connection if it has made it. Never rejects. */
  readonly close: () => Promise<void>
}

export type OnMessage = (channel: string, text: string) => void

/** @throws SyncError `unknown-client` for an object that is neither. */
export function connectionOf(client: RedisClient): Connection {
  if ('evalSha' in client && typeof client.evalSha === 'function') return fromNodeRedis(client)
  if ('evalsha' in client && typeof client.evalsha === 'function') return fromIoredis(client)
  throw new SyncError({
    code: 'unknown-client',
    problem: 'What redisLog() was given as `client` is no Redis client that it knows.',
    remedy: 'Give it a client of `ioredis`, or of `redis` (node-redis) from version 4 on.',
  })
}
