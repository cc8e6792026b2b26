/** React Query with a query-core of its own, another than the one that the engine imports. */

import { createRequire } from 'node:module'
import { EventEmitter } from 'node:events'
import { defineSyncRules } from '@iron-stack/sync'
import * as engineCore from '@tanstack/query-core'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { deliver } from '../support/engine.ts'
import { until } from '../support/until.ts'

// Test files share their modules: those that see the other copy are this file's alone.
beforeAll(() => {
  vi.resetModules()
  // What `require` loads is another copy than what `import` does.
  vi.doMock('@tanstack/react-query', () =>
    createRequire(import.meta.url)('@tanstack/react-query'),
  )
})
afterAll(() => {
  vi.doUnmock('@tanstack/react-query')
  vi.resetModules()
})

const rules = defineSyncRules<{ 'n:set': number }>({
  'n:set': {
    room: () => 'n',
    actions: [
      { queryKey: ['a'], action: 'direct', updater: (_old, n) => n },
      { queryKey: ['b'], action: 'direct', updater: (_old, n) => n },
    ],
  },
})

test('all changes of one event reach its observers in one batch', async () => {
  const { createSyncEngine } = await import('@iron-stack/sync/client')
  const { notifyManager, QueryClient, QueryObserver } = await import('@tanstack/react-query')
  expect(notifyManager).not.toBe(engineCore.notifyManager)
  const queryClient = new QueryClient()
  const told: string[] = []
  const batches: string[][] = []
  for (const name of ['a', 'b']) {
    queryClient.setQueryData([name], 0)
    const observer = new QueryObserver(queryClient, { queryKey: [name], enabled: false })
    // As React Query's hooks do.
    const tell = notifyManager.batchCalls(() => told.push(name))
    onTestFinished(observer.subscribe(tell))
  }
  notifyManager.setBatchNotifyFunction((run) => {
    run()
    batches.push(told.splice(0))
  })
  onTestFinished(() => {
    notifyManager.setBatchNotifyFunction((run) => run())
    queryClient.clear()
  })
  const socket = new EventEmitter()
  onTestFinished(createSyncEngine(queryClient, socket, rules))
  deliver(socket, 'n:set', 1)
  await until(() => expect(batches.flat()).toEqual(['a', 'b']))
  expect(batches.filter((batch) => batch.length > 0)).toEqual([['a', 'b']])
})
