/** What another tab writes into the cache, where that holds more than JSON. */

import { expect, test } from 'vitest'
import { observe, settled, startEngine, stateOf } from '../support/engine.ts'
import { listKey, onNewTodo, PREPEND } from '../support/todos.ts'

const held = () => [
  { id: 1, at: new Date(7), votes: new Map([['ada', { n: 1 }]]), tags: new Set(['sea']) },
]

async function write(change: (row: ReturnType<typeof held>[0] | undefined) => void) {
  const { queryClient } = startEngine(onNewTodo(PREPEND))
  const { fetches } = observe(queryClient, listKey('a'), [held()])
  await settled(queryClient)
  const snapshot = held()
  change(snapshot[0])
  queryClient
    .getQueryCache()
    .find({ queryKey: listKey('a') })
    ?.setState({ data: snapshot })
  await settled(queryClient)
  return { fetches: fetches(), isOwed: stateOf(queryClient, listKey('a')).isInvalidated }
}

test('the same dates, maps and sets once more are no reason to refetch', async () => {
  expect(await write(() => {})).toEqual({ fetches: 1, isOwed: false })
})

test.each<[string, Parameters<typeof write>[0]]>([
  ['date', (row) => row?.at.setTime(8)],
  ['map, deep inside', (row) => row?.votes.set('ada', { n: 2 })],
  ['map, by a key', (row) => row?.votes.set('bob', { n: 1 })],
  ['set', (row) => row?.tags.add('sky')],
])('another %s is', async (_, change) => {
  expect((await write(change)).isOwed).toBe(true)
})
