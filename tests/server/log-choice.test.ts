/** Which log a server uses: its own, the one given, or none where nodes would not share it. */

import { SyncError } from '@iron-stack/sync'
import { memoryLog } from '@iron-stack/sync/server'
import { Adapter } from 'socket.io-adapter'
import { expect, test } from 'vitest'
import { HELLO, recordEvents, startSync } from '../support/chat-server.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { startTwoNodes } from '../support/two-nodes.ts'
import { until } from '../support/until.ts'
import { startBareClient } from './support/bare-client.ts'

test('a server of one node has a log of its own', async () => {
  const server = await startSocketServer()
  const { errors } = startSync({ io: server.io })
  const ada = await startBareClient(server, 'ada')
  await ada.settled()
  expect(ada.hellos()).toMatchObject([{ v: 1 }])
  expect(errors).toEqual([])
})

test('an adapter that an application derives for one node needs no shared log', async () => {
  class CountingAdapter extends Adapter {
    override addAll(...args: Parameters<Adapter['addAll']>) {
      return super.addAll(...args)
    }
  }
  const server = await startSocketServer({ adapter: CountingAdapter })
  const { errors } = startSync({ io: server.io, log: memoryLog() })
  const ada = await startBareClient(server, 'ada')
  await ada.settled()
  expect(errors).toEqual([])
})

test('a log in memory that is given to one of several nodes is refused', async () => {
  const [{ io }] = await startTwoNodes()
  expect(() => startSync({ io, log: memoryLog() })).toThrow(SyncError)
  expect(() => startSync({ io, log: memoryLog() })).toThrow(
    "The log is in one process's memory, and the Socket.IO adapter is for several. " +
      'Give SyncServer a `log` that all nodes share; without one, clients refetch after each reconnect.',
  )
})

test('several nodes without a shared log say no hello, stamp no place, and say so once', async () => {
  const nodes = await startTwoNodes()
  const [first] = nodes.map(({ io }) => startSync({ io }))
  const heard: unknown[][] = []
  const socket = await nodes[1].connect('ada')
  socket.onAny((...args: unknown[]) => heard.push(args))
  const { io } = nodes[1]
  await until(() => expect(io.of('/').adapter.rooms.has('user:ada')).toBe(true))
  io.in('user:ada').socketsJoin('c1')
  await first?.sync.broadcast('message:new', HELLO)
  await first?.sync.broadcast('message:new', { ...HELLO, id: 'm2' })
  await until(() => expect(heard).toHaveLength(2))
  expect(heard).toEqual([
    ['message:new', HELLO, { e: expect.any(String), i: expect.any(String) }],
    ['message:new', { ...HELLO, id: 'm2' }, { e: expect.any(String), i: expect.any(String) }],
  ])
  expect(first?.errors).toMatchObject([{ code: 'log-not-shared' }])
})

test('a log that says that nodes share it is used with any adapter', async () => {
  const [node] = await startTwoNodes()
  const { errors } = startSync({ io: node.io, log: { ...memoryLog(), isShared: true } })
  const ada = await startBareClient(node, 'ada')
  await ada.settled()
  expect(ada.hellos()).toMatchObject([{ p: 30_000 }])
  expect(errors).toEqual([])
})

test('an adapter that is set later counts from then on', async () => {
  const server = await startSocketServer()
  const { sync, errors } = startSync({ io: server.io })
  class ElsewhereAdapter extends Adapter {
    override serverCount() {
      return Promise.resolve(2)
    }
  }
  server.io.adapter(ElsewhereAdapter)
  await sync.broadcast('message:new', HELLO)
  expect(errors).toMatchObject([{ code: 'log-not-shared' }])
})

test('a later adapter for one node is followed: joins are told', async () => {
  const server = await startSocketServer()
  startSync({ io: server.io })
  class OtherAdapter extends Adapter {}
  server.io.adapter(OtherAdapter)
  const ada = await startBareClient(server, 'ada')
  await ada.settled()
  server.io.socketsJoin('c1')
  expect(await ada.joined('c1')).toMatchObject({ head: 0 })
})

test('close() closes a log of its own, and leaves one that was given as it is', async () => {
  const server = await startSocketServer()
  const log = memoryLog()
  const { sync } = startSync({ io: server.io, log })
  await sync.broadcast('message:new', HELLO)
  void sync.close()
  expect(log.heads(['c1'])).toMatchObject([{ head: 1 }])
})

test('a transaction is refused by a log that is in no database: nothing is sent before it is true', async () => {
  const node = await startSocketServer()
  const { sync } = startSync({ io: node.io })
  const bob = await node.connect('bob')
  await sync.joinRoom('c1', ['bob'])
  const events = recordEvents(bob)
  await expect(sync.broadcast('message:new', HELLO, { tx: {} })).rejects.toMatchObject({
    code: 'unknown-transaction',
  })
  expect(await events.sent(node.io)).toEqual([])
})
