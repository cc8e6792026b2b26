/** Reads that may be older than the question, and events that were missed. */

import { QueryObserver } from '@tanstack/query-core'
import { defineSyncRules, updateItem } from '@iron-stack/sync'
import { createTestNetwork } from '@iron-stack/sync/testing'
import { expect, onTestFinished, test } from 'vitest'

interface Row {
  readonly id: number
  readonly text: string
}

const KEY = ['rows']
const rules = defineSyncRules<{ 'row:edited': Row }>({
  'row:edited': {
    room: 'rows',
    actions: [{ queryKey: KEY, action: 'direct', updater: updateItem() }],
  },
})

const LAG_MS = 200

test('an event that was sent before all that a read may miss does not go over its answer', async () => {
  const network = createTestNetwork({ rules, rooms: () => ['rows'] })
  onTestFinished(network.close)
  const rows = [{ id: 1, text: 'one' }]
  const { queryClient, socket } = network.connect('ada', { engine: { readLagMs: LAG_MS } })
  const observer = new QueryObserver(queryClient, {
    queryKey: KEY,
    queryFn: () => [...rows],
    staleTime: Infinity,
  })
  onTestFinished(observer.subscribe(() => {}))
  await network.quiet()
  socket.disconnect()
  void network.server.broadcast('row:edited', { id: 1, text: 'two' })
  await network.advance(2 * LAG_MS)
  socket.connect()
  await network.advance(50)
  expect(queryClient.getQueryData(KEY)).toEqual([{ id: 1, text: 'two' }])
  // The event of this one is still on its way.
  rows[0] = { id: 1, text: 'three' }
  await observer.refetch()
  expect(queryClient.getQueryData(KEY)).toEqual([{ id: 1, text: 'three' }])
})
