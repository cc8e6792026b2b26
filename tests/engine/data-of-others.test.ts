/** Data that comes by other ways than a fetch: given at first, read from storage, of another viewer. */

import { QueryObserver } from '@tanstack/query-core'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { defineSyncRules, updateItem, upsertItem } from '@iron-stack/sync'
import { expect, onTestFinished, test } from 'vitest'
import { defer } from '../support/defer.ts'
import { settled, startEngine, stateOf } from '../support/engine.ts'
import { until } from '../support/until.ts'

const POST = ['post']

const rules = defineSyncRules<{ 'post:deleted': { id: number } }>({
  'post:deleted': { room: 'posts', actions: [{ queryKey: POST, action: 'remove' }] },
})

/** Somebody who looks at the post, of which each request is answered by the test. */
function look(
  queryClient: ReturnType<typeof startEngine>['queryClient'],
  options: { readonly initialData?: unknown } = {},
) {
  const answers: ReturnType<typeof defer<unknown>>[] = []
  const observer = new QueryObserver<unknown>(queryClient, {
    queryKey: POST,
    queryFn: () => {
      const answer = defer<unknown>()
      answers.push(answer)
      return answer.promise
    },
    staleTime: Infinity,
    ...options,
  })
  onTestFinished(observer.subscribe(() => {}))
  return { observer, answers }
}

test('a query that is removed during a fetch is fetched anew, also where it has had data from the start', async () => {
  const { queryClient, send } = startEngine(rules)
  const { observer, answers } = look(queryClient, { initialData: 'from the list' })
  // Of unknown age, and so refetched.
  await until(() => expect(answers).toHaveLength(1))
  answers[0]?.resolve('from the server')
  await settled(queryClient)
  void observer.refetch()
  await until(() => expect(answers).toHaveLength(2))
  send('post:deleted', { id: 1 })
  await until(() => expect(answers).toHaveLength(3))
  answers[2]?.resolve('anew')
  await settled(queryClient)
  answers[1]?.resolve('too late')
  expect(stateOf(queryClient, POST)).toMatchObject({ data: 'anew', fetchStatus: 'idle' })
})

test('what one viewer has asked for is not shown to the next', async () => {
  const { queryClient, socket, stop } = startEngine(rules, { viewer: 'ada' })
  const { observer, answers } = look(queryClient)
  await until(() => expect(answers).toHaveLength(1))
  stop()
  onTestFinished(createSyncEngine(queryClient, socket, rules, { viewer: 'bob' }))
  answers[0]?.resolve('for ada')
  await until(() => expect(answers).toHaveLength(2))
  expect(observer.getCurrentResult().data).toBeUndefined()
  answers[1]?.resolve('for bob')
  await settled(queryClient)
  expect(observer.getCurrentResult().data).toBe('for bob')
})

test('what a persister has read from storage is of unknown age', async () => {
  const { queryClient } = startEngine(rules)
  let requests = 0
  const observer = new QueryObserver<unknown>(queryClient, {
    queryKey: POST,
    queryFn: () => `answer ${++requests}`,
    staleTime: Infinity,
    // As TanStack's own: it answers from storage, and then says when that was stored.
    persister: (queryFn, context, query) => {
      if (query.state.data !== undefined) return queryFn(context)
      setTimeout(() => {
        query.setState({ dataUpdatedAt: Date.now() - 60_000, errorUpdatedAt: 0 })
      })
      return Promise.resolve('stored')
    },
  })
  onTestFinished(observer.subscribe(() => {}))
  await until(() => expect(observer.getCurrentResult().data).toBe('answer 1'))
  expect(requests).toBe(1)
})

test('a match on several fields takes bigints', () => {
  const byOrg = defineSyncRules<{ row: { id: number; org: bigint; list: bigint } }>({
    row: {
      room: 'rows',
      actions: [
        {
          procedure: ['row', 'list'],
          action: 'direct',
          match: { org: 'org', list: 'list' },
          updater: updateItem(),
        },
      ],
    },
  })
  const { queryClient, send, errors } = startEngine(byOrg)
  const keyOf = (org: bigint) => [['row', 'list'], { input: { org, list: 2n }, type: 'query' }]
  // Keys that TanStack's own hash takes: its queries have one of their own here.
  const add = (org: bigint) =>
    queryClient
      .getQueryCache()
      .build(queryClient, { queryKey: keyOf(org), queryHash: String(org) })
      .setData([{ id: 1 }], { manual: true })
  add(1n)
  add(3n)
  send('row', { id: 1, org: 1n, list: 2n })
  const held = (hash: string) => queryClient.getQueryCache().get(hash)?.state.data
  expect(held('1')).toEqual([{ id: 1, org: 1n, list: 2n }])
  expect(held('3')).toEqual([{ id: 1 }])
  expect(errors).toEqual([])
})

test('what the application writes while it is told of an event stays', async () => {
  const added = {
    action: 'direct',
    updater: upsertItem<{ id: number }>({ insert: 'last' }),
  } as const
  const { queryClient, send } = startEngine(
    defineSyncRules<{ added: { id: number } }>({
      added: {
        room: 'rows',
        actions: [
          { ...added, queryKey: ['one'] },
          { ...added, queryKey: ['other'] },
        ],
      },
    }),
  )
  queryClient.setQueryData(['one'], [])
  queryClient.setQueryData(['other'], [])
  const unsubscribe = queryClient.getQueryCache().subscribe(({ type, query }) => {
    if (type !== 'updated' || query.queryKey[0] !== 'one') return
    queryClient.setQueryData(['other'], ['mine'])
  })
  onTestFinished(unsubscribe)
  send('added', { id: 1 })
  expect(stateOf(queryClient, ['one']).data).toEqual([{ id: 1 }])
  expect(stateOf(queryClient, ['other'])).toMatchObject({ data: ['mine'], isInvalidated: true })
})

test('who awaits a fetch gets null where an event has made it that', async () => {
  const { queryClient, send } = startEngine(
    defineSyncRules<{ closed: { id: number } }>({
      closed: {
        room: 'posts',
        actions: [{ queryKey: POST, action: 'direct', updater: () => null }],
      },
    }),
  )
  const answer = defer<unknown>()
  const fetched = queryClient.fetchQuery({ queryKey: POST, queryFn: () => answer.promise })
  send('closed', { id: 1 })
  answer.resolve({ id: 1 })
  expect(await fetched).toBeNull()
})
