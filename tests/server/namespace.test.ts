/** A SyncServer on a namespace of its own. */

import { createServer } from 'node:http'
import { describe, expect, test } from 'vitest'
import { autoJoin, HELLO, joined, recordEvents, startSync } from '../support/chat-server.ts'
import { startSocketServer } from '../support/socket-io.ts'

describe('on a namespace, a SyncServer', () => {
  test('sends to its sockets, and to none of the main one', async () => {
    const { io, connect } = await startSocketServer()
    const chat = io.of('/chat')
    const { sync } = startSync({ io: chat })
    autoJoin(sync, chat, () => ['c1'])
    io.on('connection', (socket) => socket.join('c1'))
    const inside = await connect('ada', '/chat')
    const outside = await connect('ada')
    await joined(chat, 'c1', inside)
    await joined(io, 'c1', outside)
    const insideEvents = recordEvents(inside)
    const outsideEvents = recordEvents(outside)
    await sync.broadcast('message:new', HELLO)
    expect(await insideEvents.sent(chat)).toEqual([['message:new', HELLO]])
    expect(await outsideEvents.sent(io)).toEqual([])
  })

  test('moves users in and out of its rooms', async () => {
    const { io, connect } = await startSocketServer()
    const chat = io.of('/chat')
    const { sync } = startSync({ io: chat })
    const ada = await connect('ada', '/chat')
    const events = recordEvents(ada)
    await sync.joinRoom('c1', ['ada'])
    await sync.broadcast('message:new', HELLO)
    await sync.leaveRoom('c1', ['ada'])
    await sync.broadcast('message:new', { ...HELLO, id: 'm2' })
    expect(await events.sent(chat)).toEqual([['message:new', HELLO]])
    expect(io.of('/').adapter.rooms.has('c1')).toBe(false)
  })

  test('returns it from getIO', async () => {
    const { io } = await startSocketServer()
    const chat = io.of('/chat')
    expect(startSync({ io: chat }).sync.getIO()).toBe(chat)
  })

  test('serves one of those that are made on demand', async () => {
    const { io, connect } = await startSocketServer()
    io.of(/^\/tenant-\d+$/)
    const ada = await connect('ada', '/tenant-7')
    const tenant = io.of('/tenant-7')
    const { sync } = startSync({ io: tenant })
    await sync.joinRoom('c1', ['ada'])
    const events = recordEvents(ada)
    await sync.broadcast('message:new', HELLO)
    expect(await events.sent(tenant)).toEqual([['message:new', HELLO]])
  })

  test('refuses to share it with another, whose events clients would lose', async () => {
    const { io } = await startSocketServer()
    const { sync } = startSync({ io })
    expect(() => startSync({ io: io.of('/') })).toThrow(
      'The namespace "/" has a SyncServer that is open. ' +
        'Join the rules of both with mergeSyncRules(), or call close() on the other first.',
    )
    startSync({ io: io.of('/chat') })
    void sync.close()
    expect(startSync({ io }).errors).toEqual([])
  })

  test('refuses what is no Socket.IO server, and says so', () => {
    for (const io of [createServer(), undefined, {}]) {
      expect(() => startSync({ io: io as never })).toThrow(
        '`io` is no Socket.IO server and none of its namespaces. ' +
          "Pass what `new Server(…)` of 'socket.io' returned, or `io.of(…)`.",
      )
    }
  })

  test('says that its rooms take lists of users', async () => {
    const { io } = await startSocketServer()
    const { sync } = startSync({ io })
    for (const call of [
      sync.joinRoom('c1', 'ada' as never),
      sync.leaveRoom('c1', 'ada' as never),
    ]) {
      await expect(call).rejects.toThrow('Write joinRoom(room, [userId]).')
    }
  })

  test('refuses the pattern they are made from, which has no sockets', async () => {
    const { io } = await startSocketServer()
    expect(() => startSync({ io: io.of(/^\/tenant-\d+$/) })).toThrow(
      'A dynamic namespace has no sockets of its own to send to. ' +
        "Make one SyncServer for each of its children: io.on('new_namespace', …).",
    )
  })
})
