/** Rows that an updater of lists can't tell apart: nothing is doubled for good, and somebody is told. */

import {
  defineSyncRules,
  prependToFirstPage,
  removeItem,
  updateItem,
  upsertItem,
  type CacheAction,
} from '@iron-stack/sync'
import { expect, test } from 'vitest'
import { defer } from '../support/defer.ts'
import { observe, settled, startEngine, stateOf } from '../support/engine.ts'
import { until } from '../support/until.ts'

interface Message {
  readonly _id: number
  readonly text: string
}

type Updater = Extract<CacheAction<Message>, { action: 'direct' }>['updater']

const KEY = ['messages']

function rulesWith(updater: Updater) {
  return defineSyncRules<{ message: Message }>({
    message: { room: 'messages', actions: [{ queryKey: KEY, action: 'direct', updater }] },
  })
}

const OLD = { _id: 1, text: 'a' }
const EDITED = { _id: 1, text: 'b' }
const NEW = { _id: 2, text: 'new' }

const closure: Updater = (old, message) => prependToFirstPage(old, message)

test.each<[string, Updater, Message, Message[]]>([
  ['prependToFirstPage', prependToFirstPage, NEW, [NEW, OLD]],
  ['prependToFirstPage in a closure', closure, NEW, [NEW, OLD]],
  ['upsertItem', upsertItem<Message>({ insert: 'first' }), EDITED, [EDITED]],
  ['updateItem', updateItem<Message>(), EDITED, [EDITED]],
  ['removeItem', removeItem<Message>(), OLD, []],
])(
  '%s: rows without an id are refetched, and an error says once what to do',
  async (_, updater, event, then) => {
    const { queryClient, send, errors } = startEngine(rulesWith(updater))
    const { shown, fetches } = observe(queryClient, KEY, [[OLD], then])
    await settled(queryClient)
    send('message', event)
    send('message', event)
    await until(() => expect(fetches()).toBe(2))
    await settled(queryClient)
    expect(shown.at(-1)).toEqual(then)
    expect(errors.map(({ code }) => code)).toEqual(['no-id'])
    expect(errors[0]?.remedy).toContain('id: (row) => row._id')
  },
)

test('a row that a response knows already is not there twice for good', async () => {
  const { queryClient, send } = startEngine(rulesWith(closure))
  const response = defer<unknown>()
  const fetch = queryClient.fetchQuery({ queryKey: KEY, queryFn: () => response.promise })
  send('message', NEW)
  response.resolve([NEW, OLD])
  await fetch
  expect(stateOf(queryClient, KEY).isInvalidated).toBe(true)
})

test.each([
  ['updateItem', updateItem<object>()],
  ['removeItem', removeItem<object>()],
])('%s: an event with an id finds none among rows that have another field', (_, updater) => {
  const { queryClient, send, errors } = startEngine(rulesWith(updater as Updater))
  queryClient.setQueryData(KEY, [OLD])
  send('message', { id: 1 })
  expect(stateOf(queryClient, KEY).isInvalidated).toBe(true)
  expect(errors.map(({ code }) => code)).toEqual(['no-id'])
})

test('an event that is nothing adds nothing', () => {
  const { queryClient, send, errors } = startEngine(
    rulesWith(upsertItem<Message>({ insert: 'first' })),
  )
  queryClient.setQueryData(KEY, [{ id: 1 }])
  send('message', null)
  expect(queryClient.getQueryData(KEY)).toEqual([{ id: 1 }])
  expect(errors.map(({ code }) => code)).toEqual(['no-id'])
})

test('where the rule says what identifies a row, nothing is refetched', () => {
  const { queryClient, send, errors } = startEngine(
    rulesWith(upsertItem<Message>({ insert: 'first', id: ({ _id }) => _id })),
  )
  queryClient.setQueryData(KEY, [OLD])
  send('message', EDITED)
  send('message', NEW)
  expect(queryClient.getQueryData(KEY)).toEqual([NEW, EDITED])
  expect(stateOf(queryClient, KEY).isInvalidated).toBe(false)
  expect(errors).toEqual([])
})
