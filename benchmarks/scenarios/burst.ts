/**
 * Many events for one list at once. In one packet they are one batch: one write, and one word to the
 * list's observers. Written by hand, each is a call.
 */

import { notifyManager, type QueryClient } from '@tanstack/query-core'
import { figureOf, measure, pointOf, ratioOf, type Contestant } from '../harness.ts'
import type { Scenario } from '../scenario.ts'
import {
  attachEngine,
  fillWithLatest,
  latestKey,
  replaceMessage,
  rulesByField,
  type Message,
  type MessageList,
} from '../support/chat-cache.ts'
import { openRoom } from '../support/packets.ts'
import { printSize } from '../units.ts'

const ROWS = 50
const EVENTS = [1, 10, 100, 1000]
const WAYS = ['one packet', 'a packet each', 'setQueryData', 'setQueryData in a batch'] as const
type Way = (typeof WAYS)[number]

export const burst: Scenario = {
  name: 'burst',

  async run(progress) {
    const contestants = EVENTS.flatMap((events) =>
      WAYS.map((way): Contestant => {
        const receive = RECEIVERS[way](fillWithLatest(ROWS))
        const next = createBursts(events)
        return {
          name: `${way} ${events}`,
          run(times) {
            for (let time = 0; time < times; time++) receive(next())
          },
        }
      }),
    )
    const samples = await measure(contestants, {
      onRound: (round, rounds) => progress(`round ${round} of ${rounds}`),
    })
    const taken = (way: Way, events: number) => samples.get(`${way} ${events}`)!
    const ratio = (way: Way, events: number) =>
      ratioOf(taken(way, events), taken('one packet', events))
    return {
      title: `A burst of edits for one list of ${ROWS} rows`,
      note:
        'With an observer. Events in one packet are one write; `setQueryData` is called for each, ' +
        'with the exact key, as it is or inside of `notifyManager.batch`.',
      columns: ['events', ...WAYS, 'setQueryData ÷ one packet', 'in a batch ÷ one packet'],
      rows: EVENTS.map((events) => [
        printSize(events),
        ...WAYS.map((way) => ({ us: figureOf(taken(way, events)) })),
        { ratio: ratio('setQueryData', events) },
        { ratio: ratio('setQueryData in a batch', events) },
      ]),
      plot: {
        x: 'events in the burst',
        y: 'CPU time per burst',
        unit: 'us',
        series: WAYS.map((way) => ({
          label: way,
          points: EVENTS.map((events) => pointOf(events, taken(way, events))),
        })),
      },
      bars: [
        {
          claim: '100 calls of setQueryData ÷ one packet of 100 events',
          ratio: ratio('setQueryData', 100),
          least: 10,
        },
      ],
    }
  },
}

type Receive = (messages: readonly Message[]) => void

const RECEIVERS: Record<Way, (queryClient: QueryClient) => Receive> = {
  'one packet': (queryClient) => {
    const { frame } = openRoom(attachEngine(queryClient, rulesByField))
    return (messages) => frame('message:edited', messages)
  },

  'a packet each': (queryClient) => {
    const { single } = openRoom(attachEngine(queryClient, rulesByField))
    return (messages) => single('message:edited', messages)
  },

  setQueryData: byHand,

  'setQueryData in a batch': (queryClient) => {
    const receive = byHand(queryClient)
    return (messages) => notifyManager.batch(() => receive(messages))
  },
}

function byHand(queryClient: QueryClient): Receive {
  return (messages) => {
    for (const message of messages) {
      queryClient.setQueryData<MessageList>(
        latestKey('c0', ROWS),
        (old) => old && replaceMessage(old, message),
      )
    }
  }
}

/** Edits of one row after the other, each different from the one before. */
function createBursts(events: number): () => readonly Message[] {
  let count = 0
  return () =>
    Array.from({ length: events }, () => {
      count++
      return { id: `c0-${count % ROWS}`, conversationId: 'c0', text: `edited ${count}` }
    })
}
