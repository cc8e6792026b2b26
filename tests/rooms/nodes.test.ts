/** A client whose connections go to one node and another, of a cluster that shares its log. */

import { QueryClient } from '@tanstack/query-core'
import type { SyncReport } from '@iron-stack/sync/engine'
import { createTestNetwork } from '@iron-stack/sync/testing'
import { expect, onTestFinished, test } from 'vitest'
import { createApi, listKey, rules, type Events, type Message } from './support.ts'

async function start(wire: { dropRate?: number } = {}) {
  const network = createTestNetwork<Events>({ rules, nodes: 2, onError: () => {} })
  onTestFinished(network.close)
  // A log that is as old as a page's first fetch proves nothing of it.
  network.clock.advance(60_000)
  const api = createApi()
  const reports: SyncReport[] = []
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const ada = network.connect('ada', {
    rooms: ['conversation:a'],
    reconnect: 10,
    queryClient,
    engine: { onEvent: (report) => reports.push(report) },
    wire,
  })
  api.look(queryClient, 'a')
  await network.quiet()
  let count = 0
  /** One node after the other says something. */
  const say = async () => {
    const message: Message = { id: ++count, conversationId: 'a' }
    api.rows.set('a', [...(api.rows.get('a') ?? []), message])
    await network.nodes[count % 2]?.server.broadcast('message:new', message)
  }
  const held = () => queryClient.getQueryData<Message[]>(listKey('a'))?.map(({ id }) => id)
  const outcomes = () =>
    reports.filter(({ room }) => room === 'conversation:a').map(({ outcome }) => outcome)
  return { network, api, ada, say, held, outcomes, requests: () => api.requests('a') }
}

test('a node that is gone costs a client nothing but the way to another: no refetch', async () => {
  const { network, say, held, outcomes, requests } = await start()
  for (let round = 0; round < 6; round++) {
    await say()
    await network.quiet()
    network.restart(round % 2)
    await say()
    await network.quiet()
  }
  expect(held()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  expect(requests()).toBe(1)
  expect(new Set(outcomes())).toEqual(new Set(['replayed']))
})

test('a log that forgets everything costs a refetch, whatever was held of it', async () => {
  const { network, ada, say, held, outcomes, requests } = await start()
  await say()
  await network.quiet()
  ada.wire.dropRate = 1
  await say()
  await network.advance(1)
  ada.wire.dropRate = 0
  // Ahead of the one that was lost: it is held.
  await say()
  await network.advance(1)
  network.flushLog()
  await network.quiet()
  expect(held()).toEqual([1, 2, 3])
  expect(requests()).toBe(2)
  await say()
  await network.quiet()
  expect(held()).toEqual([1, 2, 3, 4])
  expect(requests()).toBe(2)
  expect(outcomes()).toContain('lost')
})
