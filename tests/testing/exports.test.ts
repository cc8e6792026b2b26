/** The public names of the testing kit. */

import * as testing from '@iron-stack/sync/testing'
import { expect, test } from 'vitest'

test('`@iron-stack/sync/testing` exports the network and its parts', () => {
  expect(Object.keys(testing).toSorted()).toEqual([
    'createManualClock',
    'createMemoryIo',
    'createMemorySocket',
    'createRandom',
    'createTestNetwork',
    'expectConverged',
    'quiet',
    'settle',
  ])
})
