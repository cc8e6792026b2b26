/** Data with a stamp that is older than its page: written by hand, or rendered while the page is open. */

import { dehydrate, hydrate, QueryClient, QueryObserver } from '@tanstack/query-core'
import { defineSyncRules, upsertItem } from '@iron-stack/sync'
import { memoryLog } from '@iron-stack/sync/server'
import { attachStamp, keepStamps, STAMP_HEADER } from '@iron-stack/sync/stamps'
import { createTestNetwork } from '@iron-stack/sync/testing'
import { expect, onTestFinished, test } from 'vitest'

interface Todo {
  readonly id: number
  readonly listId: string
}

const rules = defineSyncRules<{ 'todo:new': Todo }>({
  'todo:new': {
    room: 'list:{listId}',
    actions: [
      {
        procedure: ['todo', 'list'],
        action: 'direct',
        match: 'listId',
        updater: upsertItem({ compare: (a, b) => a.id - b.id, limit: Infinity }),
      },
    ],
  },
})

const listKey = [['todo', 'list'], { input: { listId: 'a' }, type: 'query' }]

async function setUp() {
  const network = createTestNetwork({
    rules,
    authorize: (_, rooms) => rooms,
    // Older than any page: what a page may have missed is in it.
    log: ({ now, random }) => memoryLog({ now: beginningBefore(now), random }),
  })
  onTestFinished(network.close)
  let rows: readonly Todo[] = []
  let requests = 0

  async function read(): Promise<readonly Todo[]> {
    requests++
    const stamp = await network.server.stampRooms(['list:a'])
    const answer = [...rows]
    await network.clock.sleep(10)
    return attachStamp(answer, stamp.headers()[STAMP_HEADER])
  }

  async function add(id: number): Promise<void> {
    const todo = { id, listId: 'a' }
    rows = [...rows, todo]
    await network.server.broadcast('todo:new', todo)
    await network.advance(50)
  }

  await add(1)
  return {
    network,
    read,
    add,
    rows: () => rows,
    requests: () => requests,

    look(queryClient: QueryClient) {
      const options = { queryKey: listKey, staleTime: Infinity, queryFn: read }
      onTestFinished(new QueryObserver(queryClient, options).subscribe(() => {}))
    },
  }
}

function beginningBefore(now = () => performance.now()): () => number {
  let isBegun = false
  return () => {
    const time = isBegun ? now() : now() - 60_000
    isBegun = true
    return time
  }
}

test('an answer that a failed mutation goes back to misses what came since, and is refetched', async () => {
  const { network, look, add, rows } = await setUp()
  const { queryClient } = network.connect('ada')
  look(queryClient)
  await network.advance(2000)
  const before = queryClient.getQueryData(listKey)
  queryClient.setQueryData<Todo[]>(listKey, (old = []) => [...old, { id: 99, listId: 'a' }])
  await add(2)
  queryClient.setQueryData(listKey, before)
  await add(3)
  await network.advance(5000)
  expect(queryClient.getQueryData(listKey)).toEqual(rows())
})

test('what a server rendered for an open page goes on from its stamp, without a request', async () => {
  const { network, read, look, add, rows, requests } = await setUp()
  const { queryClient } = network.connect('ada')
  await network.advance(2000)
  const renderer = new QueryClient()
  const rendering = renderer.prefetchQuery({ queryKey: listKey, queryFn: read })
  await network.advance(50)
  await rendering
  const rendered = structuredClone(dehydrate(keepStamps(renderer)))
  await add(2)
  hydrate(queryClient, rendered)
  look(queryClient)
  await network.advance(30_000)
  expect(queryClient.getQueryData(listKey)).toEqual(rows())
  expect(requests()).toBe(1)
})
