/** The log in Redis, with either client, does what every log must. */

import { describe, test } from 'vitest'
import { logConformance } from '@iron-stack/sync/testing'
import { freshPrefix, openLog, PACKAGES, REDIS_URL } from './support/clients.ts'

for (const used of PACKAGES) {
  describe.skipIf(REDIS_URL === undefined)(`redisLog with ${used}`, () => {
    for (const { name, run } of logConformance) {
      test(name, () => {
        const prefix = freshPrefix()
        return run({
          maxEventsPerRoom: 100,
          open: (nodes) =>
            Promise.all(
              Array.from({ length: nodes }, () =>
                openLog({ prefix, used, maxEventsPerRoom: 100 }),
              ),
            ),
        })
      })
    }
  })
}
