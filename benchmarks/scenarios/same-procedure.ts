/**
 * One event, one query it means, among more and more queries of the same procedure: a `match`
 * that is a function has to be asked about each of them, one that is declared is an index.
 */

import { figureOf, measure, ratioOf } from '../harness.ts'
import type { Scenario } from '../scenario.ts'
import { BRIDGES, createContestant, type Bridge } from '../support/bridges.ts'
import { fillWithLists } from '../support/chat-cache.ts'

const SIZES = [10, 100, 1000, 10_000]
const CONTESTANTS: readonly Bridge[] = ['sync by field', ...BRIDGES]

export const sameProcedure: Scenario = {
  name: 'same-procedure',

  async run(progress) {
    const contestants = SIZES.flatMap((size) =>
      CONTESTANTS.map((bridge) =>
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
        '`setQueriesData` ask `match` about each; `setQueryData` knows the key; `sync by field` ' +
        'has the match declared, and an updater that finds the row by its id.',
      columns: ['N', ...CONTESTANTS, 'setQueryData ÷ by field', 'setQueriesData ÷ by field'],
      rows: SIZES.map((size) => {
        const [fields, ours, exact, scan] = CONTESTANTS.map((bridge) => taken(bridge, size))
        return [
          size.toLocaleString('en'),
          { us: figureOf(fields!) },
          { us: figureOf(ours!) },
          { us: figureOf(exact!) },
          { us: figureOf(scan!) },
          { ratio: ratioOf(exact!, fields!) },
          { ratio: ratioOf(scan!, fields!) },
        ]
      }),
      bars: [
        {
          claim: 'sync by field, 10,000 ÷ 10 queries',
          ratio: ratioOf(taken('sync by field', 10_000), taken('sync by field', 10)),
          most: 1.5,
        },
      ],
    }
  },
}
