/** Which of two versions is the newer, and what becomes of a row where they do not tell. */

import {
  defineEntityRules,
  defineSyncRules,
  updateItem,
  type SyncRules,
  type Version,
} from '@iron-stack/sync'
import { describe, expect, test } from 'vitest'
import { startEngine, stateOf } from '../support/engine.ts'

interface Row {
  readonly id: number
  readonly text: string
  readonly at?: Version | null | undefined
}

// What rows lack, their type must promise.
const at = (row: Row) => row.at as Version
const updater = updateItem<Row>({ version: at })

const KEY = ['rows']
const rules = defineSyncRules<{ row: Row }>({
  row: { room: 'rows', actions: [{ queryKey: KEY, action: 'direct', updater }] },
})

test.each<[string, Version, Version]>([
  ['numbers', 9, 10],
  ['bigints', 9n, 10n],
  ['a number and a bigint', 9, 10n],
  ['text', 'a', 'b'],
  ['a number written as text, as databases give a bigint', '9', '10'],
  ['the same beyond what a number holds', '9007199254740993', '9007199254740994'],
  ['the same with zeros in front', '09', '10'],
  ['dates', new Date(0), new Date(5)],
  ['a date and ISO text', new Date(0), '1970-01-01T00:00:00.005Z'],
  ['ISO text and a date', '1970-01-01T00:00:00.000Z', new Date(5)],
  ['a date and its time', new Date(0), 5],
])('%s: the newer one wins, and the older one does not', (_, older, newer) => {
  const [old, next] = [
    { id: 1, text: 'a', at: older },
    { id: 1, text: 'b', at: newer },
  ]
  const { queryClient, send } = startEngine(rules)
  queryClient.setQueryData(KEY, [old])
  send('row', next)
  expect(queryClient.getQueryData(KEY)).toEqual([next])
  send('row', old)
  expect(queryClient.getQueryData(KEY)).toEqual([next])
  expect(stateOf(queryClient, KEY).isInvalidated).toBe(false)
})

const UNTOLD: [string, Row['at'], Row['at']][] = [
  ['the row has none', undefined, 2],
  ['the row has null', null, 2],
  ['the event has none', 2, undefined],
  ['neither has one', undefined, undefined],
  ['a date and other text', new Date(0), 'second'],
  ['a number and other text', 1, 'second'],
]

describe('where versions do not tell', () => {
  test.each(UNTOLD)('%s: the row stays, and is refetched', (_, held, came) => {
    const { queryClient, send, errors } = startEngine(rules)
    const data = [{ id: 1, text: 'a', at: held }]
    queryClient.setQueryData(KEY, data)
    send('row', { id: 1, text: 'b', at: came })
    expect(queryClient.getQueryData(KEY)).toBe(data)
    expect(stateOf(queryClient, KEY).isInvalidated).toBe(true)
    expect(errors).toEqual([])
  })

  test('a row that is what the event says is not', () => {
    const { queryClient, send } = startEngine(rules)
    queryClient.setQueryData(KEY, [{ id: 1, text: 'a' }])
    send('row', { id: 1, text: 'a' })
    expect(stateOf(queryClient, KEY).isInvalidated).toBe(false)
  })
})

describe('the detail of an entity', () => {
  const detailKey = [['row', 'byId'], { input: { id: 1 }, type: 'query' }]
  // Without a router's type, options have none either.
  const define = defineEntityRules<Row, never>() as unknown as (
    name: string,
    options: object,
  ) => SyncRules
  const entity = define('row', {
    room: 'rows',
    version: at,
    lists: [],
    detail: { procedure: ['row', 'byId'], match: 'id' },
  })

  test('is replaced by a newer one, though its version is digits as text', () => {
    const { queryClient, send } = startEngine(entity)
    queryClient.setQueryData(detailKey, { id: 1, text: 'a', at: '9' })
    send('row:updated', { id: 1, text: 'b', at: '10' })
    expect(queryClient.getQueryData(detailKey)).toEqual({ id: 1, text: 'b', at: '10' })
  })

  test('is refetched where versions do not tell', () => {
    const { queryClient, send } = startEngine(entity)
    queryClient.setQueryData(detailKey, { id: 1, text: 'a' })
    send('row:updated', { id: 1, text: 'b', at: 2 })
    expect(stateOf(queryClient, detailKey).isInvalidated).toBe(true)
  })
})
