/** The log in Redis, with either client, does what every log must. */

import { describe, expect, test } from 'vitest'
import { logConformance } from '@iron-stack/sync/testing'
import { freshPrefix, openLog, PACKAGES, REDIS_URL } from './support/clients.ts'

describe.skipIf(REDIS_URL === undefined).each(PACKAGES)('redisLog with %s', (used) => {
  test.each(logConformance)('$name', async ({ run }) => {
    const prefix = freshPrefix()
    const open = (nodes: number) =>
      Promise.all(
        Array.from({ length: nodes }, () => openLog({ prefix, used, maxEventsPerRoom: 100 })),
      )
    await expect(run({ open, maxEventsPerRoom: 100 })).resolves.toBeUndefined()
  })
})
