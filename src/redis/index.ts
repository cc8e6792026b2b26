/** The entry of the log in Redis: needs a client of `ioredis` or `redis`, and imports neither. */

export { redisLog } from './redis-log.ts'
export type { RedisLogOptions } from './redis-log.ts'
export type { RedisClient } from './clients/redis-client.ts'
