/**
 * One event, one query it means, among more and more queries of other procedures. It must not
 * matter how many those are: an index leads to the one.
 */

import { measure, ratioOf, figureOf, type Contestant } from '../harness.ts'
import type { Scenario } from '../scenario.ts'
import { BRIDGES, createContestant, type Bridge } from '../support/bridges.ts'
import { fillWithOtherProcedures } from '../support/chat-cache.ts'

const SIZES = [10, 1000, 10_000]

export const oneEvent: Scenario = {
  name: 'one-event',

  async run(progress) {
    progress('filling the caches')
    const samples = await measure([...contestants()], {
      onRound: (round, rounds) => progress(`round ${round} of ${rounds}`),
    })
    const taken = (bridge: Bridge, size: number, observed: boolean) =>
      samples.get(nameOf(bridge, size, observed))!

    return {
      title: 'One event, one matching query, among N of other procedures',
      note:
        'An edit replaces one of 20 rows. `setQueryData` knows the exact key; `setQueriesData` ' +
        'filters by procedure and input, as a rule does.',
      columns: ['N', 'observed', ...BRIDGES, 'setQueryData ÷ sync', 'setQueriesData ÷ sync'],
      rows: [false, true].flatMap((observed) =>
        SIZES.map((size) => {
          const [ours, exact, scan] = BRIDGES.map((bridge) => taken(bridge, size, observed))
          return [
            size.toLocaleString('en'),
            observed ? 'yes' : 'no',
            { us: figureOf(ours!) },
            { us: figureOf(exact!) },
            { us: figureOf(scan!) },
            { ratio: ratioOf(exact!, ours!) },
            { ratio: ratioOf(scan!, ours!) },
          ]
        }),
      ),
      bars: [false, true].map((observed) => ({
        claim: `sync, 10,000 ÷ 10 queries, ${observed ? 'observed' : 'not observed'}`,
        ratio: ratioOf(taken('sync', 10_000, observed), taken('sync', 10, observed)),
        most: 1.5,
      })),
    }
  },
}

function* contestants(): Iterable<Contestant> {
  for (const observed of [false, true]) {
    for (const size of SIZES) {
      for (const bridge of BRIDGES) {
        const queryClient = fillWithOtherProcedures(size)
        const name = nameOf(bridge, size, observed)
        yield createContestant(bridge, { name, queryClient, observed })
      }
    }
  }
}

function nameOf(bridge: Bridge, size: number, observed: boolean): string {
  return `${bridge} ${size}${observed ? ' observed' : ''}`
}
