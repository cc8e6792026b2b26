/** A list that holds as many rows as were asked for, and gets one more. */

import {
  appendToLastPage,
  defineSyncRules,
  prependToFirstPage,
  upsertItem,
  type CacheAction,
} from '@iron-stack/sync'
import { expect, test } from 'vitest'
import { observe, settled, startEngine, stateOf } from '../support/engine.ts'
import { until } from '../support/until.ts'

interface Row {
  readonly id: number
}

type Updater = Extract<CacheAction<Row>, { action: 'direct' }>['updater']

const KEY = ['rows', { limit: 3 }]
const rows = (...ids: readonly number[]): Row[] => ids.map((id) => ({ id }))

function start(updater: Updater) {
  return startEngine(
    defineSyncRules<{ row: Row }>({
      row: { room: 'rows', actions: [{ queryKey: ['rows'], action: 'direct', updater }] },
    }),
  )
}

test.each<[string, Updater]>([
  ['appendToLastPage', appendToLastPage],
  ['upsertItem', upsertItem<Row>({ insert: 'last' })],
])('%s: the latest rows in ascending order go on, by one refetch', async (_, updater) => {
  const { queryClient, send } = start(updater)
  const { shown, fetches } = observe(queryClient, KEY, [rows(1, 2, 3), rows(2, 3, 4)])
  await settled(queryClient)
  send('row', { id: 4 })
  await until(() => expect(shown.at(-1)).toEqual(rows(2, 3, 4)))
  expect(fetches()).toBe(2)
})

test('a response that has the row already is not asked for again', async () => {
  const { queryClient, send } = start(appendToLastPage)
  queryClient.setQueryData(KEY, rows(2, 3, 4))
  send('row', { id: 4 })
  expect(stateOf(queryClient, KEY).isInvalidated).toBe(false)
})

test.each<[string, Updater, Row, Row[]]>([
  ['in front, by arrival', prependToFirstPage, { id: 9 }, rows(9, 1, 2)],
  [
    'in its place',
    upsertItem<Row>({ compare: (a, b) => a.id - b.id }),
    { id: 0 },
    rows(0, 1, 2),
  ],
  [
    'behind its first rows',
    upsertItem<Row>({ compare: (a, b) => a.id - b.id }),
    { id: 9 },
    rows(1, 2, 3),
  ],
])('%s: nothing is refetched', (_, updater, row, expected) => {
  const { queryClient, send } = start(updater)
  queryClient.setQueryData(KEY, rows(1, 2, 3))
  send('row', row)
  expect(queryClient.getQueryData(KEY)).toEqual(expected)
  expect(stateOf(queryClient, KEY).isInvalidated).toBe(false)
})
