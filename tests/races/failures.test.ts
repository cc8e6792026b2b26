/** A server that is down for a while: what is owed is not forgotten, and not asked for for ever. */

import { QueryObserver } from '@tanstack/query-core'
import { defineSyncRules } from '@iron-stack/sync'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { pass, rowsFrom, type Row } from '../support/slow-server.ts'
import { startEngine } from '../support/engine.ts'

const rules = defineSyncRules<{ 'row:any': Row }>({
  'row:any': { room: 'rows', actions: [{ queryKey: ['rows'], action: 'invalidate' }] },
})

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('five failures in a row are enough, until somebody else writes what nobody can date', async () => {
  const { queryClient, send } = startEngine(rules)
  let isDown = false
  let requests = 0
  new QueryObserver(queryClient, {
    queryKey: ['rows'],
    queryFn: async () => {
      requests++
      if (isDown) throw new Error('down')
      return rowsFrom(2, 1)
    },
    staleTime: Infinity,
  }).subscribe(() => {})
  await pass(100)
  isDown = true
  send('row:any', { id: 1, text: 'row 1' })
  await pass(600_000)
  expect(requests).toBe(1 + 5)

  isDown = false
  queryClient
    .getQueryCache()
    .find({ queryKey: ['rows'] })
    ?.setState({ data: rowsFrom(1, 1) })
  await pass(600_000)
  expect(requests).toBe(1 + 5 + 1)
  expect(queryClient.getQueryData(['rows'])).toEqual(rowsFrom(2, 1))
})
