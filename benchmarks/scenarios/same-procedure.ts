/**
 * One event, one query it means, among more and more queries of the same procedure: a `match`
 * that is a function has to be asked about each of them.
 */

import { figureOf, measure, ratioOf } from '../harness.ts'
import type { Scenario } from '../scenario.ts'
import { BRIDGES, createContestant, type Bridge } from '../support/bridges.ts'
import { fillWithLists } from '../support/chat-cache.ts'

const SIZES = [1, 10, 100, 1000]

export const sameProcedure: Scenario = {
  name: 'same-procedure',

  async run(progress) {
    const contestants = SIZES.flatMap((size) =>
      BRIDGES.map((bridge) =>
        createContestant(bridge, {
          name: `${bridge} ${size}`,
          queryClient: fillWithLists(size),
          observed: false,
        }),
      ),
    )
    const samples = await measure(contestants, {
      onRound: (round, rounds) => progress(`round ${round} of ${rounds}`),
    })
    const taken = (bridge: Bridge, size: number) => samples.get(`${bridge} ${size}`)!

    return {
      title: 'One event, one matching query, among N of the same procedure',
      note:
        'As above, but every query is a message list of another conversation. `sync` and ' +
        '`setQueriesData` ask `match` about each; `setQueryData` knows the key.',
      columns: ['N', ...BRIDGES, 'setQueryData ÷ sync', 'setQueriesData ÷ sync'],
      rows: SIZES.map((size) => {
        const [ours, exact, scan] = BRIDGES.map((bridge) => taken(bridge, size))
        return [
          size.toLocaleString('en'),
          { us: figureOf(ours!) },
          { us: figureOf(exact!) },
          { us: figureOf(scan!) },
          { ratio: ratioOf(exact!, ours!) },
          { ratio: ratioOf(scan!, ours!) },
        ]
      }),
    }
  },
}
