/** An application's own listener that throws keeps nothing from anybody else. */

import { startSyncEngine } from '../../src/engine/create-sync-engine.ts'
import { createTestNetwork } from '@iron-stack/sync/testing'
import { expect, onTestFinished, test } from 'vitest'
import { createApi, idsOf, rules } from '../rooms/support.ts'

function start() {
  const network = createTestNetwork({ rules, authorize: (_, rooms) => rooms })
  onTestFinished(network.close)
  network.clock.advance(60_000)
  const { queryClient, socket, wire } = network.connect('ada', { engine: false })
  const errors: string[] = []
  const fail = (what: string) => () => {
    throw new Error(what)
  }
  const { link, stop } = startSyncEngine(queryClient, socket, rules, {
    clock: network.clock,
    random: network.random.float,
    onError: ({ code, message }) => errors.push(`${code}: ${message}`),
    onStatus: fail('status'),
    onEvent: fail('report'),
  })
  onTestFinished(stop)
  const api = createApi()
  api.look(queryClient, 'a')
  return { network, queryClient, socket, wire, errors, link, fail, api }
}

test('a listener that throws is reported; the event, its room and other listeners go on', async () => {
  const { network, queryClient, socket, wire, errors, link, fail } = start()
  await network.quiet()
  const heard: unknown[] = []
  const plain: unknown[] = []
  link.tap('message:new', fail('tap'))
  link.tap('message:new', (data) => heard.push(data))
  link.connection.onChange(fail('change'))
  socket.on('message:new', (data) => plain.push(data))
  void network.server.broadcast('message:new', { id: 1, conversationId: 'a' })
  await network.quiet()
  wire.cut()
  void network.server.broadcast('message:new', { id: 2, conversationId: 'a' })
  wire.restore()
  socket.connect()
  await network.quiet()
  expect(idsOf(queryClient, 'a')).toEqual([1, 2])
  expect(heard).toHaveLength(2)
  expect(plain).toHaveLength(1)
  const causes = ['status', 'report', 'tap', 'change']
  for (const cause of causes) expect(errors.join('\n')).toContain(`Error: ${cause}`)
  expect(errors.every((error) => error.startsWith('listener-failed: '))).toBe(true)
})
