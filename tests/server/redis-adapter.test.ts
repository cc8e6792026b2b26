/** Two nodes behind a real Redis: what one node decides reaches the sockets of the other. */

import { createAdapter } from '@socket.io/redis-adapter'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { HELLO, recordEvents, startSync } from '../support/chat-server.ts'
import { eventOf, startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'

const url = process.env['SYNC_TEST_REDIS']

const connections: Redis[] = []

// The servers' last commands, which nothing awaits, go before QUIT.
afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.quit()))
})

/** A node on the Redis the machine has, with channels of its own. */
async function startNode(key: string) {
  const publisher = new Redis(url ?? '', { lazyConnect: true })
  const subscriber = publisher.duplicate()
  await Promise.all([publisher.connect(), subscriber.connect()])
  connections.push(publisher, subscriber)
  const server = await startSocketServer({
    adapter: createAdapter(publisher, subscriber, { key }),
  })
  return { ...server, ...startSync({ io: server.io }) }
}

test.skipIf(url === undefined)(
  'joinRoom, broadcast and leaveRoom on one node reach the sockets of the other',
  async () => {
    const key = `sync-test-${process.pid}-${Date.now()}`
    const [here, there] = [await startNode(key), await startNode(key)]
    const bob = await there.connect('bob')
    await until(() => {
      expect(there.io.of('/').adapter.rooms.has('user:bob')).toBe(true)
    })
    const arrival = eventOf(bob, 'message:new')
    await here.sync.joinRoom('c1', ['bob'])
    await until(() => {
      expect(there.io.of('/').adapter.rooms.has('c1')).toBe(true)
    })
    await here.sync.broadcast('message:new', HELLO)
    expect((await arrival)[0]).toEqual(HELLO)

    await here.sync.leaveRoom('c1', ['bob'])
    await until(() => {
      expect(there.io.of('/').adapter.rooms.has('c1')).toBe(false)
    })
    const events = recordEvents(bob)
    await here.sync.broadcast('message:new', HELLO)
    expect(await events.sent(there.io)).toEqual([])
  },
)
