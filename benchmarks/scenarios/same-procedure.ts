/**
 * One event, one query it means, among more and more queries of the same procedure: a `match`
 * that is a function has to be asked about each of them, one that is declared is an index.
 */

import { figureOf, measure, pointOf, ratioOf } from '../harness.ts'
import type { Scenario } from '../scenario.ts'
import { BRIDGES, createContestant, type Bridge } from '../support/bridges.ts'
import { fillWithLists } from '../support/chat-cache.ts'
import { printSize } from '../units.ts'

const SIZES = [10, 100, 1000, 10_000, 100_000]
const CONTESTANTS: readonly Bridge[] = ['sync by field', ...BRIDGES]
/** These look at all queries: so many are enough to see that. */
const SEARCHING: readonly Bridge[] = ['sync', 'setQueriesData']
const MOST_SEARCHED = 10_000

export const sameProcedure: Scenario = {
  name: 'same-procedure',

  async run(progress) {
    progress('filling the caches')
    const contestants = SIZES.flatMap((size) =>
      CONTESTANTS.filter((bridge) => isMeasured(bridge, size)).map((bridge) =>
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
    const taken = (bridge: Bridge, size: number) => samples.get(`${bridge} ${size}`)
    const byField = (size: number) => taken('sync by field', size)!

    return {
      title: 'One event, one matching query, among N of the same procedure',
      note:
        'As above, but every query is a message list of another conversation. `sync` and ' +
        '`setQueriesData` ask `match` about each; `setQueryData` knows the key; `sync by field` ' +
        'has the match declared, and an updater that finds the row by its id.',
      columns: ['N', ...CONTESTANTS, 'setQueryData ÷ by field', 'setQueriesData ÷ by field'],
      rows: SIZES.map((size) => {
        const all = CONTESTANTS.map((bridge) => taken(bridge, size))
        const scan = taken('setQueriesData', size)
        return [
          printSize(size),
          ...all.map((each) => (each ? { us: figureOf(each) } : '')),
          { ratio: ratioOf(taken('setQueryData', size)!, byField(size)) },
          scan ? { ratio: ratioOf(scan, byField(size)) } : '',
        ]
      }),
      plot: {
        x: 'cached queries of one procedure',
        y: 'CPU time per event',
        unit: 'us',
        series: CONTESTANTS.map((bridge) => ({
          label: bridge === 'sync' ? 'sync, match a function' : bridge,
          points: SIZES.flatMap((size) => {
            const of = taken(bridge, size)
            return of ? [pointOf(size, of)] : []
          }),
        })),
      },
      bars: [
        {
          claim: 'sync by field, 100,000 ÷ 10 queries',
          ratio: ratioOf(byField(100_000), byField(10)),
          most: 1.2,
        },
        {
          claim: 'sync by field ÷ setQueryData, 10,000 queries',
          ratio: ratioOf(byField(10_000), taken('setQueryData', 10_000)!),
          most: 0.5,
        },
        {
          claim: 'setQueriesData ÷ sync by field, 10,000 queries',
          ratio: ratioOf(taken('setQueriesData', 10_000)!, byField(10_000)),
          least: 20,
        },
      ],
    }
  },
}

function isMeasured(bridge: Bridge, size: number): boolean {
  return size <= MOST_SEARCHED || !SEARCHING.includes(bridge)
}
