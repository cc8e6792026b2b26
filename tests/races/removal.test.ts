/** An event that empties a query, while whoever looks at it is about to go. */

import { QueryObserver } from '@tanstack/query-core'
import { defineSyncRules } from '@iron-stack/sync'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSlowServer, pass, rowsFrom } from '../support/slow-server.ts'
import { startEngine } from '../support/engine.ts'

const rules = defineSyncRules<{ 'room:closed': { id: number } }>({
  'room:closed': {
    room: 'rooms',
    actions: [{ queryKey: ['rows'], action: 'remove' }],
  },
})

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

async function start() {
  const { queryClient, send } = startEngine(rules)
  const server = createSlowServer(rowsFrom(3, 1))
  const observer = new QueryObserver(queryClient, {
    queryKey: ['rows'],
    queryFn: () => server.fetchRows(),
    staleTime: Infinity,
  })
  const leave = observer.subscribe(() => {})
  await pass(100)
  send('room:closed', { id: 1 })
  return { queryClient, server, leave }
}

test('empties it at once, and asks again for who stays', async () => {
  const { queryClient, server } = await start()
  expect(queryClient.getQueryData(['rows'])).toBe(undefined)
  await pass(1000)
  expect(queryClient.getQueryData(['rows'])).toEqual(rowsFrom(3, 1))
  expect(server.requests).toBe(2)
})

test('makes no request when who looked is gone a moment later', async () => {
  const { server, leave } = await start()
  await pass(16)
  leave()
  await pass(60_000)
  expect(server.requests).toBe(1)
})
