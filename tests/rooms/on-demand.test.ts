/** Rooms on demand: what is mounted names its room, and nothing else is joined. */

import { createTestNetwork } from '@iron-stack/sync/testing'
import { expect, onTestFinished, test } from 'vitest'
import { createApi, idsOf, rules } from './support.ts'

test('of a board of 1,000 documents, the three on the screen are joined; scrolling joins and leaves', async () => {
  const asked: string[] = []
  const network = createTestNetwork({
    rules,
    authorize(_, rooms) {
      asked.push(...rooms)
      return rooms
    },
  })
  onTestFinished(network.close)
  network.clock.advance(60_000)
  const api = createApi()
  const { queryClient } = network.connect('ada', { engine: { roomLingerMs: 5000 } })
  const joined = () =>
    [...network.io.adapter.rooms.keys()].filter((name) => name.startsWith('conversation:'))
  for (let id = 0; id < 1000; id++) api.rows.set(String(id), [])
  const stops = [0, 1, 2].map((id) => api.look(queryClient, String(id)))
  await network.advance(1000)
  expect(joined()).toEqual(['conversation:0', 'conversation:1', 'conversation:2'])

  stops[0]?.()
  api.look(queryClient, '3')
  await network.advance(1000)
  expect(joined()).toHaveLength(4)
  await network.advance(5000)
  expect(joined()).toEqual(['conversation:1', 'conversation:2', 'conversation:3'])
  expect(asked).toHaveLength(4)
})

test('a document scrolled back to has what happened meanwhile, without a request', async () => {
  const network = createTestNetwork({ rules, authorize: (_, rooms) => rooms })
  onTestFinished(network.close)
  network.clock.advance(60_000)
  const api = createApi()
  const { queryClient } = network.connect('ada', { engine: { roomLingerMs: 100 } })
  const stop = api.look(queryClient, 'a')
  await network.quiet()
  stop()
  await network.quiet()
  void network.server.broadcast('message:new', { id: 1, conversationId: 'a' })
  await network.quiet()
  expect(idsOf(queryClient, 'a')).toEqual([])
  api.look(queryClient, 'a')
  await network.quiet()
  expect(idsOf(queryClient, 'a')).toEqual([1])
  expect(api.requests('a')).toBe(1)
})

test('a room that is refused is asked for once a connection', async () => {
  let asked = 0
  const network = createTestNetwork({
    rules,
    authorize() {
      asked++
      return []
    },
  })
  onTestFinished(network.close)
  network.clock.advance(60_000)
  const api = createApi()
  const { queryClient, wire, socket } = network.connect('ada')
  api.look(queryClient, 'a')
  api.look(queryClient, 'a')
  await network.quiet()
  expect(asked).toBe(1)
  wire.cut()
  wire.restore()
  socket.connect()
  await network.quiet()
  expect(asked).toBe(2)
  expect(api.requests('a')).toBe(1)
})
