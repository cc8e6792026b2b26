/** Queries that enter the cache and leave it: what the engine's index adds to that. */

import type { QueryClient } from '@tanstack/query-core'
import { figureOf, measure, ratioOf, type Contestant } from '../harness.ts'
import type { Scenario } from '../scenario.ts'
import {
  addOtherQueries,
  attachEngine,
  fillWithOtherProcedures,
  rules,
} from '../support/chat-cache.ts'

const HELD = 1000
const MOVING = 100

export const comeAndGo: Scenario = {
  name: 'come-and-go',

  async run(progress) {
    const watched = fillWithOtherProcedures(HELD)
    attachEngine(watched, rules)
    const samples = await measure(
      [
        createContestant('sync', watched),
        createContestant('bare', fillWithOtherProcedures(HELD)),
      ],
      { onRound: (round, rounds) => progress(`round ${round} of ${rounds}`) },
    )
    const ours = samples.get('sync')!
    const bare = samples.get('bare')!
    return {
      title: `${MOVING} queries enter the cache and leave it again`,
      note: `Beside ${HELD.toLocaleString('en')} that stay; with an engine attached, and without.`,
      columns: ['with engine', 'without', 'with ÷ without'],
      rows: [[{ us: figureOf(ours) }, { us: figureOf(bare) }, { ratio: ratioOf(ours, bare) }]],
    }
  },
}

function createContestant(name: string, queryClient: QueryClient): Contestant {
  const cache = queryClient.getQueryCache()
  return {
    name,
    run(times) {
      for (let time = 0; time < times; time++) {
        addOtherQueries(queryClient, { from: HELD, to: HELD + MOVING })
        for (const query of cache.getAll().slice(-MOVING)) cache.remove(query)
      }
    },
  }
}
