/** An engine that is attached to a cache which is full already: it looks at each query once. */

import { EventEmitter } from 'node:events'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { figureOf, measure, pointOf, ratioOf, type Contestant } from '../harness.ts'
import type { Scenario } from '../scenario.ts'
import { fillWithOtherProcedures, rules } from '../support/chat-cache.ts'
import { printSize } from '../units.ts'

const SIZES = [10, 100, 1000, 10_000]

export const attach: Scenario = {
  name: 'attach',

  async run(progress) {
    const samples = await measure(SIZES.flatMap(contestantsOf), {
      onRound: (round, rounds) => progress(`round ${round} of ${rounds}`),
    })
    return {
      title: 'Attaching the engine to N cached queries, and taking it off again',
      note:
        'Beside it one `queryCache.findAll({ queryKey: [path] })`, which a hand-written bridge ' +
        'pays per event. The ratio is how many of those an attachment costs.',
      columns: ['N', 'attach', 'findAll', 'attach ÷ findAll'],
      rows: SIZES.map((size) => {
        const ours = samples.get(`attach ${size}`)!
        const scan = samples.get(`findAll ${size}`)!
        return [
          printSize(size),
          { us: figureOf(ours) },
          { us: figureOf(scan) },
          { ratio: ratioOf(ours, scan) },
        ]
      }),
      plot: {
        x: 'cached queries',
        y: 'CPU time',
        unit: 'us',
        series: ['attach', 'findAll'].map((label) => ({
          label,
          points: SIZES.map((size) => pointOf(size, samples.get(`${label} ${size}`)!)),
        })),
      },
    }
  },
}

function contestantsOf(size: number): Contestant[] {
  const queryClient = fillWithOtherProcedures(size)
  return [
    {
      name: `attach ${size}`,
      run(times) {
        for (let time = 0; time < times; time++) {
          createSyncEngine(queryClient, new EventEmitter(), rules)()
        }
      },
    },
    {
      name: `findAll ${size}`,
      run(times) {
        for (let time = 0; time < times; time++) {
          queryClient.getQueryCache().findAll({ queryKey: [['message', 'list']] })
        }
      },
    },
  ]
}
