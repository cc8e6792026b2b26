/** A page that asks before its socket is connected: it misses nothing, and asks once. */

import { createTestNetwork } from '@iron-stack/sync/testing'
import { expect, onTestFinished, test } from 'vitest'
import { createApi, idsOf, rules, type Message } from './support.ts'

test.each([
  ['at once', 0, 0],
  ['over a slow uplink', 300, 0],
  ['over a slow uplink, with an authorize that takes its time', 300, 800],
])(
  'events before the join come %s, without a second request',
  async (_, delayMs, authorizeMs) => {
    const network = createTestNetwork({
      rules,
      async authorize(_socket, rooms) {
        await network.clock.sleep(authorizeMs)
        return rooms
      },
    })
    onTestFinished(network.close)
    network.clock.advance(60_000)
    const { clock } = network
    const api = createApi(() => clock.sleep(50))
    const say = (id: number) => {
      const message: Message = { id, conversationId: 'a' }
      api.rows.set('a', [...(api.rows.get('a') ?? []), message])
      void network.server.broadcast('message:new', message)
    }
    say(1)
    await network.advance(10)
    const { queryClient, socket } = network.connect('ada', {
      connect: false,
      wire: { delayMs },
    })
    api.look(queryClient, 'a')
    say(2)
    await network.advance(60)
    expect(idsOf(queryClient, 'a')).toEqual([1])
    say(3)
    socket.connect()
    for (let id = 4; id < 30; id++) {
      await network.advance(70)
      say(id)
    }
    await network.quiet()
    expect(idsOf(queryClient, 'a')).toEqual(Array.from({ length: 29 }, (_each, n) => n + 1))
    expect(api.requests('a')).toBe(1)
    expect(
      queryClient.getQueryState([
        ['message', 'list'],
        { input: { conversationId: 'a' }, type: 'query' },
      ]),
    ).toMatchObject({ isInvalidated: false })
  },
)

test('what the log has trimmed meanwhile costs one refetch', async () => {
  const network = createTestNetwork({
    rules,
    log: { maxEventsPerRoom: 2 },
    authorize: (_socket, rooms) => rooms,
  })
  onTestFinished(network.close)
  network.clock.advance(60_000)
  const api = createApi()
  const { queryClient, socket } = network.connect('ada', { connect: false })
  api.look(queryClient, 'a')
  await network.advance(10)
  const rows = [1, 2, 3].map((id): Message => ({ id, conversationId: 'a' }))
  api.rows.set('a', rows)
  for (const row of rows) void network.server.broadcast('message:new', row)
  await network.advance(10)
  socket.connect()
  await network.quiet()
  expect(idsOf(queryClient, 'a')).toEqual([1, 2, 3])
  expect(api.requests('a')).toBe(2)
})
