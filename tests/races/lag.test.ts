/** Answers of a replica, or of an HTTP cache, that are older than the question (`readLagMs`). */

import { QueryObserver } from '@tanstack/query-core'
import { defineSyncRules, removeItem, updateItem, upsertItem } from '@iron-stack/sync'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { pass, type Row } from '../support/slow-server.ts'
import { startEngine, type TestEngine } from '../support/engine.ts'

interface Versioned extends Row {
  readonly version: number
}

interface Events {
  'row:new': Versioned
  'row:edited': Versioned
  'row:deleted': { id: number; version: number }
}

const KEY = ['rows']
const common = { queryKey: KEY, action: 'direct' } as const
const version = { version: (row: { version: number }) => row.version }

const rules = defineSyncRules<Events>({
  'row:new': {
    room: 'rows',
    actions: [{ ...common, updater: upsertItem({ insert: 'first', ...version }) }],
  },
  'row:edited': { room: 'rows', actions: [{ ...common, updater: updateItem(version) }] },
  'row:deleted': { room: 'rows', actions: [{ ...common, updater: removeItem(version) }] },
})

const LAG_MS = 200
let engine: TestEngine
beforeEach(() => {
  vi.useFakeTimers()
  engine = startEngine(rules, { readLagMs: LAG_MS })
})
afterEach(() => {
  vi.useRealTimers()
})

const row = (id: number, text: string, version: number): Versioned => ({ id, text, version })

/** Looks at the list, which a replica has as it was before; notes all that is shown. */
async function observeReplica(rows: readonly Versioned[]) {
  const replica = { rows, requests: 0 }
  const shown: unknown[] = []
  const observer = new QueryObserver(engine.queryClient, {
    queryKey: KEY,
    queryFn: async () => {
      replica.requests++
      return replica.rows
    },
    staleTime: Infinity,
  })
  onTestFinished(observer.subscribe(({ data }) => shown.push(data)))
  await pass(1000)
  return { replica, observer, shown }
}

const held = () => engine.queryClient.getQueryData(KEY)

test('what was delivered shortly before a fetch goes over its answer', async () => {
  const { observer, replica } = await observeReplica([row(1, 'old', 1)])
  engine.send('row:new', row(2, 'new', 1))
  engine.send('row:edited', row(1, 'edited', 2))
  await pass(LAG_MS / 2)
  await observer.refetch()
  expect(held()).toEqual([row(2, 'new', 1), row(1, 'edited', 2)])
  await pass(5000)
  expect(replica.requests).toBe(2)
})

test('a row that the answer does not have yet stays as new as it was shown', async () => {
  const { observer, shown } = await observeReplica([])
  engine.send('row:new', row(1, 'new', 1))
  engine.send('row:edited', row(1, 'edited', 2))
  await pass(LAG_MS / 2)
  shown.length = 0
  await observer.refetch()
  expect(held()).toEqual([row(1, 'edited', 2)])
  expect(shown).not.toContainEqual([])
  expect(shown).not.toContainEqual([row(1, 'new', 1)])
})

test('what was deleted meanwhile does not come back', async () => {
  const { observer, replica } = await observeReplica([row(1, 'old', 1)])
  engine.send('row:deleted', { id: 1, version: 2 })
  await pass(LAG_MS / 2)
  await observer.refetch()
  expect(held()).toEqual([])
  replica.rows = []
  await pass(5000)
  expect(replica.requests).toBe(2)
})

test('what is further back is not looked for', async () => {
  const { observer, replica } = await observeReplica([])
  engine.send('row:new', row(1, 'new', 1))
  await pass(LAG_MS + 1)
  await observer.refetch()
  expect(held()).toEqual(replica.rows)
})
