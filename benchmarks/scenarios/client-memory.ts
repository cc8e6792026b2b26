/**
 * What an engine holds for each cached query, and for each room: the heap after a collection, of a
 * cache with an engine and of one without, in turn.
 */

import { EventEmitter } from 'node:events'
import type { QueryClient } from '@tanstack/query-core'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { figureOf, type Samples } from '../harness.ts'
import type { Scenario } from '../scenario.ts'
import { fillWithLists, fillWithOtherProcedures, rulesByField } from '../support/chat-cache.ts'
import { printSize } from '../units.ts'

const SIZES = [1000, 10_000]
const ROUNDS = 5
const LARGEST = 10_000

export const clientMemory: Scenario = {
  name: 'client-memory',

  async run(progress) {
    const rounds = (what: string, measure: () => number): Samples =>
      Array.from({ length: ROUNDS }, (_, round) => {
        progress(`${what}, round ${round + 1} of ${ROUNDS}`)
        return measure()
      })
    const meant = (size: number) =>
      rounds(`${size} lists`, () => addedPerQuery(size, fillWithLists))
    const others = rounds('other queries', () =>
      addedPerQuery(LARGEST, fillWithOtherProcedures),
    )
    const rooms = rounds('rooms', () => addedPerRoom(LARGEST))
    const points = SIZES.map((size) => ({ size, samples: meant(size) }))
    const largest = points.at(-1)!.samples
    return {
      title: 'What an engine holds of each query, and of each room',
      note:
        'The heap after a collection, with an engine less without. A rule means the lists, by a ' +
        'declared match that has been looked up; it means none of the other queries.',
      columns: ['of', 'how many', 'bytes each'],
      rows: [
        ...points.map(({ size, samples }) => [
          'a query that a rule means',
          printSize(size),
          { bytes: figureOf(samples) },
        ]),
        ['another query', printSize(LARGEST), { bytes: figureOf(others) }],
        ['a room that is joined', printSize(LARGEST), { bytes: figureOf(rooms) }],
      ],
      plot: {
        y: 'Heap for each, with an engine less without',
        unit: 'bytes',
        values: [
          { label: 'a query that a rule means', ours: true, ...figureOf(largest) },
          { label: 'another query', ours: true, ...figureOf(others) },
          { label: 'a joined room', ours: true, ...figureOf(rooms) },
        ],
      },
      bars: [
        { claim: 'each query that a rule means', bytes: figureOf(largest), most: 300 },
        { claim: 'each joined room', bytes: figureOf(rooms), most: 1000 },
      ],
    }
  },
}

function addedPerQuery(size: number, fill: (size: number) => QueryClient): number {
  const queryClient = fill(size)
  const before = held()
  const socket = new EventEmitter()
  const stop = createSyncEngine(queryClient, socket, rulesByField)
  // Files the queries by their input.
  socket.emit('message:edited', { id: 'none', conversationId: 'none', text: '' })
  const added = (held() - before) / size
  stop()
  queryClient.clear()
  return added
}

function addedPerRoom(size: number): number {
  const queryClient = fillWithOtherProcedures(1)
  const socket = new EventEmitter()
  socket.on('sync:pull', () => {})
  const stop = createSyncEngine(queryClient, socket, rulesByField)
  socket.emit('sync:hello', { v: 1, e: 'bench', t: 0 })
  const before = held()
  for (let room = 0; room < size; room++) {
    const note = ['joined', `conversation:c${room}`, `handle${room}`, room, 0]
    socket.emit('sync:rooms', [note])
  }
  const added = (held() - before) / size
  stop()
  return added
}

function held(): number {
  for (let times = 0; times < 3; times++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
