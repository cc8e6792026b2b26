/** Two nodes behind one adapter: users are found wherever they are connected. */

import { describe, expect, test } from 'vitest'
import { autoJoin, HELLO, joined, recordEvents, startSync } from '../support/chat-server.ts'
import { captureConsole } from '../support/console.ts'
import { eventOf } from '../support/socket-io.ts'
import { startTwoNodes } from '../support/two-nodes.ts'

async function startCluster() {
  const nodes = await startTwoNodes()
  const [here, there] = nodes
  return {
    here: { ...here, ...startSync({ io: here.io }) },
    there: { ...there, ...startSync({ io: there.io }) },
  }
}

describe('of two nodes', () => {
  test('joinRoom on one reaches the sockets of a user on the other, and a broadcast after it, too', async () => {
    const { here, there } = await startCluster()
    const bob = await there.connect('bob')
    const arrival = eventOf(bob, 'message:new')
    await here.sync.joinRoom('c1', ['bob'])
    await here.sync.broadcast('message:new', HELLO)
    expect((await arrival)[0]).toEqual({ id: 'm1', conversationId: 'c1' })
  })

  test('leaveRoom on one takes a user out of the room on the other', async () => {
    const { here, there } = await startCluster()
    const bob = await there.connect('bob')
    await there.sync.joinRoom('c1', ['bob'])
    const events = recordEvents(bob)
    await here.sync.leaveRoom('c1', ['bob'])
    await here.sync.broadcast('message:new', HELLO)
    expect(await events.sent(here.io)).toEqual([])
    expect(there.io.of('/').adapter.rooms.has('c1')).toBe(false)
  })

  test('one hears of the other what its members have joined by autoJoinRooms', async () => {
    const { here, there } = await startCluster()
    autoJoin(there.sync, there.io, () => ['c1'])
    const bob = await there.connect('bob')
    await joined(there.io, 'c1', bob)
    const events = recordEvents(bob)
    await here.sync.broadcast('message:new', HELLO)
    expect(await events.sent(here.io)).toEqual([['message:new', HELLO]])
  })

  test('each delivers an event for two rooms to a member of both once', async () => {
    const { here, there } = await startCluster()
    const both = [await here.connect('ada'), await there.connect('ada')]
    await here.sync.joinRoom('c1', ['ada'])
    await there.sync.joinRoom('c2', ['ada'])
    for (const socket of both) {
      await joined(socket === both[0] ? here.io : there.io, 'c1', socket)
      await joined(socket === both[0] ? here.io : there.io, 'c2', socket)
    }
    const events = both.map(recordEvents)
    await here.sync.broadcast('message:moved', { id: 'm1', from: 'c1', to: 'c2' })
    for (const recorded of events) {
      expect(await recorded.sent(here.io)).toEqual([
        ['message:moved', { id: 'm1', from: 'c1', to: 'c2' }],
      ])
    }
  })

  test('one stamps its events unlike the other', async () => {
    const { here, there } = await startCluster()
    const bob = await there.connect('bob')
    await there.sync.joinRoom('c1', ['bob'])
    const first = eventOf(bob, 'message:new')
    await here.sync.broadcast('message:new', HELLO)
    await first
    const second = eventOf(bob, 'message:new')
    await there.sync.broadcast('message:new', HELLO)
    expect((await first)[1]).not.toEqual((await second)[1])
  })

  test('`debug` counts the sockets of its own node alone', async () => {
    const printed = captureConsole('log')
    const [here, there] = await startTwoNodes()
    const { sync } = startSync({ io: here.io, debug: true })
    startSync({ io: there.io })
    await here.connect('ada')
    const bob = await there.connect('bob')
    await sync.joinRoom('c1', ['ada', 'bob'])
    await joined(there.io, 'c1', bob)
    await sync.broadcast('message:new', HELLO)
    expect(printed).toEqual(['[sync] message:new → c1: 1 socket'])
  })
})
