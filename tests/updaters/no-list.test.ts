/** Data in which an updater of lists finds no list: nothing is lost, and somebody is told. */

import { defineSyncRules, prependToFirstPage, removeItem, updateItem } from '@iron-stack/sync'
import { expect, test } from 'vitest'
import { observe, settled, startEngine } from '../support/engine.ts'
import { until } from '../support/until.ts'

interface Message {
  readonly id: number
  readonly text: string
}

const KEY = ['messages']

function rulesWith(
  updater: typeof prependToFirstPage | ReturnType<typeof updateItem<Message>>,
) {
  return defineSyncRules<{ message: Message }>({
    message: { room: 'messages', actions: [{ queryKey: KEY, action: 'direct', updater }] },
  })
}

const FIRST = { messages: [{ id: 1, text: 'a' }] }
const SECOND = { messages: [{ id: 1, text: 'b' }] }

test.each([
  ['prependToFirstPage', prependToFirstPage],
  ['updateItem', updateItem<Message>()],
  ['removeItem', removeItem<Message>()],
])('%s: the query is refetched, and an error says once what to do', async (_, updater) => {
  const { queryClient, send, errors } = startEngine(rulesWith(updater))
  const { shown, fetches } = observe(queryClient, KEY, [FIRST, SECOND])
  await settled(queryClient)
  send('message', { id: 1, text: 'b' })
  send('message', { id: 1, text: 'b' })
  await until(() => expect(fetches()).toBe(2))
  await settled(queryClient)
  expect(shown).toEqual([FIRST, SECOND])
  expect(errors.map(({ code }) => code)).toEqual(['no-list'])
  expect(errors[0]?.remedy).toContain("items: 'messages'")
})

test('with the name of its field it is a list', async () => {
  const { queryClient, send, errors } = startEngine(
    rulesWith(updateItem<Message>({ items: 'messages' })),
  )
  const { shown, fetches } = observe(queryClient, KEY, [FIRST])
  await settled(queryClient)
  send('message', { id: 1, text: 'b' })
  await until(() => expect(shown.at(-1)).toEqual(SECOND))
  expect([fetches(), errors]).toEqual([1, []])
})

test('nothing at all is refetched without a word', async () => {
  const { queryClient, send, errors } = startEngine(rulesWith(updateItem<Message>()))
  const { fetches } = observe(queryClient, KEY, [null])
  await settled(queryClient)
  send('message', { id: 1, text: 'b' })
  await until(() => expect(fetches()).toBe(2))
  expect(errors).toEqual([])
})
