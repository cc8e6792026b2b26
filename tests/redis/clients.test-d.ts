/** Which clients `redisLog` takes, without a cast. */

import { redisLog } from '@iron-stack/sync/redis'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster, createSentinel } from 'redis'
import { test } from 'vitest'

test('clients of both packages, as they are made', () => {
  redisLog({ client: new Redis() })
  redisLog({ client: new Redis(), subscriber: new Redis() })
  redisLog({ client: new Cluster([]) })
  redisLog({ client: createClient() })
  redisLog({ client: createClient({ RESP: 2 }) })
  redisLog({ client: createClient({ RESP: 3 }), subscriber: createClient() })
  redisLog({ client: createCluster({ rootNodes: [] }) })
  redisLog({ client: createSentinel({ name: 'x', sentinelRootNodes: [] }) })
})

test('nothing else', () => {
  // @ts-expect-error a client is needed
  redisLog({})
  // @ts-expect-error a URL is no client
  redisLog({ client: 'redis://127.0.0.1' })
})
