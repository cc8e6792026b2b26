/**
 * Many events for one list at once. In one packet they are one batch: one write, and one word to the
 * list's observers. Written by hand, each is a call.
 */

import type { QueryClient } from '@tanstack/query-core'
import { figureOf, measure, pointOf, ratioOf, type Contestant } from '../harness.ts'
import type { Scenario } from '../scenario.ts'
import {
  addMessage,
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
const WAYS = ['one packet', 'a packet each', 'setQueryData', 'floor'] as const
type Way = (typeof WAYS)[number]

const KINDS = ['message:new', 'message:edited'] as const
type Kind = (typeof KINDS)[number]
const NAMES: Record<Kind, string> = { 'message:new': 'new rows', 'message:edited': 'edits' }

export const burst: Scenario = {
  name: 'burst',

  async run(progress) {
    const contestants = KINDS.flatMap((kind) =>
      EVENTS.flatMap((events) => WAYS.map((way) => contestant(kind, events, way))),
    )
    const samples = await measure(contestants, {
      onRound: (round, rounds) => progress(`round ${round} of ${rounds}`),
    })
    const taken = (kind: Kind, events: number, way: Way) =>
      samples.get(nameOf(kind, events, way))!
    const ratio = (kind: Kind, events: number) =>
      ratioOf(taken(kind, events, 'setQueryData'), taken(kind, events, 'one packet'))
    return {
      title: `A burst of events for one list of ${ROWS} rows`,
      note:
        'With an observer. Events in one packet are one write; `setQueryData` is called for each, ' +
        'with the exact key. The floor is one call for all of them, by who knows that there are no ' +
        'others, that they come in order and once, and that nothing is being fetched. A new row goes ' +
        'in front, and the last one goes. Drawn: new rows.',
      columns: ['events', '', ...WAYS, 'setQueryData ÷ one packet'],
      rows: KINDS.flatMap((kind) =>
        EVENTS.map((events) => [
          printSize(events),
          NAMES[kind],
          ...WAYS.map((way) => ({ us: figureOf(taken(kind, events, way)) })),
          { ratio: ratio(kind, events) },
        ]),
      ),
      plot: {
        x: 'events in the burst',
        y: 'CPU time per burst',
        unit: 'us',
        series: WAYS.map((way) => ({
          label: way,
          points: EVENTS.map((events) => pointOf(events, taken('message:new', events, way))),
        })),
      },
      bars: KINDS.map((kind) => ({
        claim: `100 ${NAMES[kind]}: setQueryData ÷ one packet`,
        ratio: ratio(kind, 100),
        least: 10,
      })),
    }
  },
}

function nameOf(kind: Kind, events: number, way: Way): string {
  return `${kind} ${events} ${way}`
}

function contestant(kind: Kind, events: number, way: Way): Contestant {
  const receive = receiver(kind, way, fillWithLatest(ROWS))
  let count = 0
  const next = (): Message => {
    count++
    // Edits of one row after the other, each different from the one before.
    const id = kind === 'message:new' ? `new-${count}` : `c0-${count % ROWS}`
    return { id, conversationId: 'c0', text: `text ${count}` }
  }
  return {
    name: nameOf(kind, events, way),
    run(times) {
      for (let time = 0; time < times; time++) receive(Array.from({ length: events }, next))
    },
  }
}

function receiver(
  kind: Kind,
  way: Way,
  queryClient: QueryClient,
): (messages: readonly Message[]) => void {
  if (way === 'setQueryData') return byHand(kind, queryClient)
  if (way === 'floor') return atOnce(kind, queryClient)
  const { frame, single } = openRoom(attachEngine(queryClient, rulesByField))
  const send = way === 'one packet' ? frame : single
  return (messages) => send(kind, messages)
}

function byHand(kind: Kind, queryClient: QueryClient) {
  const change = changeFor(kind)
  return (messages: readonly Message[]) => {
    for (const message of messages) {
      queryClient.setQueryData<MessageList>(
        latestKey('c0', ROWS),
        (old) => old && change(old, message),
      )
    }
  }
}

function atOnce(kind: Kind, queryClient: QueryClient) {
  const change = changeFor(kind)
  return (messages: readonly Message[]) => {
    queryClient.setQueryData<MessageList>(
      latestKey('c0', ROWS),
      (old) => old && messages.reduce(change, old),
    )
  }
}

function changeFor(kind: Kind) {
  return kind === 'message:new' ? addMessage : replaceMessage
}
