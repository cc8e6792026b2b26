/**
 * One event, one query it means, among more and more queries of other procedures. It must not
 * matter how many those are: an index leads to the one.
 */

import { figureOf, measure, pointOf, ratioOf, type Contestant } from '../harness.ts'
import type { Scenario } from '../scenario.ts'
import { BRIDGES, createContestant, type Bridge } from '../support/bridges.ts'
import { fillWithOtherProcedures } from '../support/chat-cache.ts'
import { printSize } from '../units.ts'

const SIZES = [10, 100, 1000, 10_000, 100_000]
/** A search of all queries costs in proportion to them: so many are enough to see that. */
const MOST_SEARCHED = 10_000

export const oneEvent: Scenario = {
  name: 'one-event',

  async run(progress) {
    progress('filling the caches')
    const samples = await measure([...contestants()], {
      onRound: (round, rounds) => progress(`round ${round} of ${rounds}`),
    })
    const taken = (bridge: Bridge, size: number, observed: boolean) =>
      samples.get(nameOf(bridge, size, observed))

    return {
      title: 'One event, one matching query, among N of other procedures',
      note:
        'An edit replaces one of 20 rows. `setQueryData` knows the exact key; `setQueriesData` ' +
        'filters by procedure and input, as a rule does. Drawn: with an observer.',
      columns: ['N', 'observed', ...BRIDGES, 'setQueryData ÷ sync', 'setQueriesData ÷ sync'],
      rows: [false, true].flatMap((observed) =>
        SIZES.map((size) => {
          const [ours, exact, scan] = BRIDGES.map((bridge) => taken(bridge, size, observed))
          return [
            printSize(size),
            observed ? 'yes' : 'no',
            { us: figureOf(ours!) },
            { us: figureOf(exact!) },
            scan ? { us: figureOf(scan) } : '',
            { ratio: ratioOf(exact!, ours!) },
            scan ? { ratio: ratioOf(scan, ours!) } : '',
          ]
        }),
      ),
      plot: {
        x: 'cached queries',
        y: 'CPU time per event',
        unit: 'us',
        series: BRIDGES.map((bridge) => ({
          label: bridge,
          points: SIZES.flatMap((size) => {
            const of = taken(bridge, size, true)
            return of ? [pointOf(size, of)] : []
          }),
        })),
      },
      bars: [false, true].flatMap((observed) => {
        const ours = (size: number) => taken('sync', size, observed)!
        const seen = observed ? 'observed' : 'not observed'
        return [
          {
            claim: `sync, 100,000 ÷ 10 queries, ${seen}`,
            ratio: ratioOf(ours(100_000), ours(10)),
            most: 1.2,
          },
          {
            claim: `sync ÷ setQueryData, 10,000 queries, ${seen}`,
            ratio: ratioOf(ours(10_000), taken('setQueryData', 10_000, observed)!),
            most: 0.5,
          },
          {
            claim: `setQueriesData ÷ sync, 10,000 queries, ${seen}`,
            ratio: ratioOf(taken('setQueriesData', 10_000, observed)!, ours(10_000)),
            least: 20,
          },
        ]
      }),
    }
  },
}

function* contestants(): Iterable<Contestant> {
  for (const observed of [false, true]) {
    for (const size of SIZES) {
      for (const bridge of BRIDGES) {
        if (bridge === 'setQueriesData' && size > MOST_SEARCHED) continue
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
