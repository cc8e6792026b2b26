/** A connection that was away: nobody knows what was sent meanwhile. */

import { QueryObserver } from '@tanstack/query-core'
import { defineSyncRules, upsertItem } from '@iron-stack/sync'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSlowServer, pass, row, rowsFrom, type Row } from '../support/slow-server.ts'
import { startEngine } from '../support/engine.ts'

interface Events {
  'row:new': Row
}

const rules = defineSyncRules<Events>({
  'row:new': {
    room: 'rows',
    actions: [
      { queryKey: ['rows'], action: 'direct', updater: upsertItem({ insert: 'first' }) },
    ],
  },
})

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function start(random: number) {
  const engine = startEngine(rules, { random: () => random })
  const server = createSlowServer(rowsFrom(3, 1))
  const other = createSlowServer(rowsFrom(3, 1))
  const observe = (queryKey: string[], { fetchRows }: typeof server) =>
    new QueryObserver(engine.queryClient, {
      queryKey,
      queryFn: () => fetchRows(),
      staleTime: Infinity,
    }).subscribe(() => {})
  observe(['rows'], server)
  observe(['settings'], other)
  return { ...engine, server, other }
}

test('the first connection costs no request', async () => {
  const { socket, server } = start(0)
  await pass(100)
  socket.emit('connect')
  await pass(10_000)
  expect(server.requests).toBe(1)
})

test('a later one refetches each query that a rule means, once, and no other', async () => {
  const { socket, server, other, queryClient } = start(0.5)
  socket.emit('connect')
  await pass(100)
  server.rows = [row(4), ...server.rows]
  socket.emit('connect')
  await pass(900)
  expect(server.requests).toBe(1)
  await pass(10_000)
  expect(server.requests).toBe(2)
  expect(other.requests).toBe(1)
  expect(queryClient.getQueryData(['rows'])).toEqual([row(4), row(3), row(2), row(1)])
})
