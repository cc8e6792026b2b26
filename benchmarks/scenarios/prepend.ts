/** One new row in front of a long list: what it costs not to compare all the others. */

import type { QueryClient } from '@tanstack/query-core'
import { figureOf, measure, pointOf, ratioOf, type Contestant } from '../harness.ts'
import type { Scenario } from '../scenario.ts'
import {
  attachEngine,
  fillWithLatest,
  latestKey,
  rulesByField,
  type Message,
  type MessageList,
} from '../support/chat-cache.ts'
import { openRoom } from '../support/packets.ts'
import { printSize } from '../units.ts'

const ROWS = [50, 500, 10_000]
const WAYS = ['sync', 'setQueryData'] as const
type Way = (typeof WAYS)[number]

export const prepend: Scenario = {
  name: 'prepend',

  async run(progress) {
    const contestants = ROWS.flatMap((rows) => WAYS.map((way) => contestant(way, rows)))
    const samples = await measure(contestants, {
      onRound: (round, rounds) => progress(`round ${round} of ${rounds}`),
    })
    const taken = (way: Way, rows: number) => samples.get(`${way} ${rows}`)!
    const ratio = (rows: number) => ratioOf(taken('setQueryData', rows), taken('sync', rows))
    return {
      title: 'A new row in front of a flat list of N rows',
      note:
        'With an observer; the last row goes, so that the list stays as long as it is. Both look ' +
        'whether the row is there already.',
      columns: ['N', ...WAYS, 'setQueryData ÷ sync'],
      rows: ROWS.map((rows) => [
        printSize(rows),
        ...WAYS.map((way) => ({ us: figureOf(taken(way, rows)) })),
        { ratio: ratio(rows) },
      ]),
      plot: {
        x: 'rows',
        y: 'CPU time per event',
        unit: 'us',
        series: WAYS.map((way) => ({
          label: way,
          points: ROWS.map((rows) => pointOf(rows, taken(way, rows))),
        })),
      },
      bars: [{ claim: 'setQueryData ÷ sync, 10,000 rows', ratio: ratio(10_000), least: 20 }],
    }
  },
}

function contestant(way: Way, rows: number): Contestant {
  const receive = RECEIVERS[way](fillWithLatest(rows), rows)
  let count = 0
  return {
    name: `${way} ${rows}`,
    run(times) {
      for (let time = 0; time < times; time++) {
        receive({ id: `new-${count}`, conversationId: 'c0', text: `new ${count++}` })
      }
    },
  }
}

type Receive = (message: Message) => void

const RECEIVERS: Record<Way, (queryClient: QueryClient, rows: number) => Receive> = {
  sync(queryClient) {
    const { single } = openRoom(attachEngine(queryClient, rulesByField))
    return (message) => single('message:new', [message])
  },

  setQueryData: (queryClient, rows) => (message) => {
    queryClient.setQueryData<MessageList>(latestKey('c0', rows), (old) =>
      old === undefined || old.some(({ id }) => id === message.id)
        ? old
        : [message, ...old].slice(0, rows),
    )
  },
}
