/** Who is in which room: autoJoinRooms, joinRoom, leaveRoom, close. */

import { SyncError } from '@iron-stack/sync'
import { Adapter, type Room, type SocketId } from 'socket.io-adapter'
import type { Server } from 'socket.io'
import { describe, expect, test } from 'vitest'
import { autoJoin, HELLO, joined, recordEvents, startSync } from '../support/chat-server.ts'
import { defer } from '../support/defer.ts'
import { nextTurn, watchRejections } from '../support/rejections.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'

/** The rooms of the main namespace and how many are in each, but for each socket's own. */
function roomSizes(io: Server): Record<string, number> {
  const { rooms, sids } = io.of('/').adapter
  const named = [...rooms].filter(([room]) => !sids.has(room))
  return Object.fromEntries(named.map(([room, members]) => [room, members.size]))
}

function allGone(io: Server): Promise<void> {
  return until(() => expect(io.of('/').sockets.size).toBe(0))
}

/** A resolver that waits to be answered. */
function createSlowResolver() {
  const { promise, resolve } = defer<string[]>()
  const asked: string[] = []
  return {
    asked,
    answer: resolve,
    resolver: (userId: string) => {
      asked.push(userId)
      return promise
    },
  }
}

describe('autoJoinRooms', () => {
  test('puts a socket in the rooms of its user', async () => {
    const { io, connect } = await startSocketServer()
    const { errors, sync } = startSync({ io })
    const outcomes = autoJoin(sync, io, async (userId) => [`home:${userId}`, 'lobby'])
    await connect('ada')
    await connect('bob')
    await until(() => expect(outcomes).toHaveLength(2))
    expect(outcomes).toEqual([
      { status: 'joined', rooms: ['home:ada', 'lobby'] },
      { status: 'joined', rooms: ['home:bob', 'lobby'] },
    ])
    expect(roomSizes(io)).toEqual({
      'user:ada': 1,
      'user:bob': 1,
      'home:ada': 1,
      'home:bob': 1,
      lobby: 2,
    })
    expect(errors).toEqual([])
  })

  test('takes a resolver that answers at once, and one that knows no room', async () => {
    const { io, connect } = await startSocketServer()
    const { errors, sync } = startSync({ io })
    const outcomes = autoJoin(sync, io, (userId) => (userId === 'ada' ? ['c1'] : []))
    await connect('ada')
    await connect('bob')
    await until(() => expect(outcomes).toHaveLength(2))
    expect(outcomes).toEqual([
      { status: 'joined', rooms: ['c1'] },
      { status: 'joined', rooms: [] },
    ])
    expect(roomSizes(io)).toEqual({ 'user:ada': 1, 'user:bob': 1, c1: 1 })
    expect(errors).toEqual([])
  })

  test.each([
    ['no user', undefined],
    ['an empty user id', ''],
  ])('lets a socket with %s in nowhere and never asks for its rooms', async (_, userId) => {
    const { io, connect } = await startSocketServer()
    const { errors, sync } = startSync({ io })
    const { asked, resolver } = createSlowResolver()
    const outcomes = autoJoin(sync, io, resolver)
    await connect(userId)
    await until(() => expect(outcomes).toEqual([{ status: 'no-user' }]))
    expect(asked).toEqual([])
    expect(roomSizes(io)).toEqual({})
    expect(errors).toMatchObject([
      {
        code: 'no-user',
        message:
          'A socket without a user asked for rooms; it joined none. ' +
          'Set socket.data.userId in a Socket.IO middleware, or give SyncServer `getUserId`.',
      },
    ])
  })

  test('leaves nothing behind of a socket that goes while the resolver runs', async () => {
    const { io, connect } = await startSocketServer()
    const { errors, sync } = startSync({ io })
    const { answer, asked, resolver } = createSlowResolver()
    const outcomes = autoJoin(sync, io, resolver)
    const ada = await connect('ada')
    await until(() => expect(asked).toEqual(['ada']))
    ada.disconnect()
    await allGone(io)
    answer(['secret'])
    await until(() => expect(outcomes).toEqual([{ status: 'disconnected' }]))
    expect(io.of('/').adapter.rooms).toEqual(new Map())
    expect(io.of('/').adapter.sids).toEqual(new Map())
    expect(errors).toEqual([])
  })

  test('leaves no room behind of a socket that goes while the adapter joins it', async () => {
    const gate = defer<void>()
    class SlowAdapter extends Adapter {
      override async addAll(id: SocketId, rooms: Set<Room>): Promise<void> {
        if (rooms.has('secret')) await gate.promise
        await super.addAll(id, rooms)
      }
    }
    const { io, connect } = await startSocketServer({ adapter: SlowAdapter })
    const { sync } = startSync({ io })
    const outcomes = autoJoin(sync, io, () => ['secret'])
    const ada = await connect('ada')
    await joined(io, 'user:ada', ada)
    ada.disconnect()
    await allGone(io)
    gate.resolve()
    await until(() => expect(outcomes).toEqual([{ status: 'disconnected' }]))
    expect(io.of('/').adapter.rooms).toEqual(new Map())
  })

  test('reports a resolver that rejects, and joins nothing', async () => {
    const rejections = watchRejections()
    const { io, connect } = await startSocketServer()
    const { errors, sync } = startSync({ io })
    const cause = new Error('database is down')
    const outcomes = autoJoin(sync, io, async () => {
      throw cause
    })
    await connect('ada')
    await until(() => expect(outcomes).toHaveLength(1))
    expect(errors).toHaveLength(1)
    expect(errors[0]).toBeInstanceOf(SyncError)
    expect(errors[0]).toMatchObject({
      code: 'resolver-failed',
      cause,
      message:
        'The resolver given to autoJoinRooms failed: Error: database is down. ' +
        'The socket joined none of its rooms; it tries again when it reconnects.',
    })
    expect(outcomes).toEqual([{ status: 'failed', error: errors[0] }])
    expect(roomSizes(io)).toEqual({ 'user:ada': 1 })
    expect(await rejections.reasons()).toEqual([])
  })

  test('reports a resolver that throws, and one that returns no list', async () => {
    const rejections = watchRejections()
    const { io, connect } = await startSocketServer()
    const { errors, sync } = startSync({ io })
    const outcomes = autoJoin(sync, io, (userId) => {
      if (userId === 'ada') throw new Error('no such table')
      return undefined as unknown as string[]
    })
    await connect('ada')
    await connect('bob')
    await until(() => expect(outcomes).toHaveLength(2))
    expect(outcomes.map(({ status }) => status)).toEqual(['failed', 'failed'])
    expect(errors.map(({ code }) => code)).toEqual(['resolver-failed', 'resolver-failed'])
    expect(await rejections.reasons()).toEqual([])
  })

  test('reports the same failure of many sockets once', async () => {
    const { io, connect } = await startSocketServer()
    const { errors, sync } = startSync({ io })
    const outcomes = autoJoin(sync, io, async () => {
      throw new Error('database is down')
    })
    await Promise.all(['ada', 'bob', 'eve'].map((userId) => connect(userId)))
    await until(() => expect(outcomes).toHaveLength(3))
    expect(errors).toHaveLength(1)
  })

  test('runs again for a socket that comes back', async () => {
    const { io, connect } = await startSocketServer()
    const { sync } = startSync({ io })
    const outcomes = autoJoin(sync, io, () => ['c1'])
    const ada = await connect('ada')
    await joined(io, 'c1', ada)
    ada.disconnect()
    await allGone(io)
    ada.connect()
    await until(() => expect(outcomes).toHaveLength(2))
    await joined(io, 'c1', ada)
    expect(roomSizes(io)).toEqual({ 'user:ada': 1, c1: 1 })
  })
})

describe('the user of a socket', () => {
  test('may have a number for an id', async () => {
    const { io, connect } = await startSocketServer()
    io.use((socket, next) => {
      socket.data.userId = 7
      next()
    })
    const { sync } = startSync({ io })
    const asked: unknown[] = []
    const outcomes = autoJoin(sync, io, (userId) => {
      asked.push(userId)
      return ['c1']
    })
    await connect('ignored')
    await until(() => expect(outcomes).toEqual([{ status: 'joined', rooms: ['c1'] }]))
    expect(asked).toEqual(['7'])
    await sync.joinRoom('c2', ['7'])
    expect(roomSizes(io)).toEqual({ 'user:7': 1, c1: 1, c2: 1 })
  })

  test('is who getUserId says', async () => {
    const { io, connect } = await startSocketServer()
    const { sync } = startSync({ io, getUserId: (socket) => `x-${socket.data.userId}` })
    const outcomes = autoJoin(sync, io, (userId) => [`home:${userId}`])
    await connect('ada')
    await until(() => expect(outcomes).toEqual([{ status: 'joined', rooms: ['home:x-ada'] }]))
    expect(roomSizes(io)).toEqual({ 'user:x-ada': 1, 'home:x-ada': 1 })
  })

  test('is nobody where getUserId does not know, whatever the socket says', async () => {
    const { io, connect } = await startSocketServer()
    const { sync } = startSync({ io, getUserId: () => undefined })
    const outcomes = autoJoin(sync, io, () => ['c1'])
    await connect('ada')
    await until(() => expect(outcomes).toEqual([{ status: 'no-user' }]))
    expect(roomSizes(io)).toEqual({})
  })

  test('whom getUserId fails to find is reported, and the server goes on', async () => {
    const rejections = watchRejections()
    const { io, connect } = await startSocketServer()
    const cause = new Error('no session')
    const { errors, sync } = startSync({
      io,
      getUserId: () => {
        throw cause
      },
    })
    const outcomes = autoJoin(sync, io, () => ['c1'])
    await connect('ada')
    await until(() => expect(outcomes).toHaveLength(1))
    expect(errors).toMatchObject([
      {
        code: 'delivery-failed',
        cause,
        message:
          "A socket could not join its user's own room. " +
          'See `cause`: getUserId or the Socket.IO adapter failed.',
      },
    ])
    expect(outcomes).toMatchObject([{ status: 'failed', error: { cause } }])
    expect(roomSizes(io)).toEqual({})
    expect(await rejections.reasons()).toEqual([])
  })

  test('has a room under another prefix by option', async () => {
    const { io, connect } = await startSocketServer()
    const { sync } = startSync({ io, userRoomPrefix: 'person/' })
    await connect('ada')
    await sync.joinRoom('c1', ['ada'])
    expect(roomSizes(io)).toEqual({ 'person/ada': 1, c1: 1 })
  })

  test('who connected before the SyncServer was made is known to it', async () => {
    const { io, connect } = await startSocketServer()
    const ada = await connect('ada')
    const { sync } = startSync({ io })
    await sync.joinRoom('c1', ['ada'])
    const events = recordEvents(ada)
    await sync.broadcast('message:new', HELLO)
    expect(await events.sent(io)).toEqual([['message:new', HELLO]])
  })
})

describe('joinRoom and leaveRoom', () => {
  test('move all sockets of these users, and of nobody else', async () => {
    const { io, connect } = await startSocketServer()
    const { sync } = startSync({ io })
    for (const userId of ['ada', 'ada', 'bob', 'eve']) await connect(userId)
    await sync.joinRoom('c1', ['ada', 'bob'])
    expect(roomSizes(io)).toEqual({ 'user:ada': 2, 'user:bob': 1, 'user:eve': 1, c1: 3 })
    await sync.leaveRoom('c1', ['ada'])
    expect(roomSizes(io)).toEqual({ 'user:ada': 2, 'user:bob': 1, 'user:eve': 1, c1: 1 })
  })

  test('of nobody, or of somebody who is away, change nothing', async () => {
    const { io, connect } = await startSocketServer()
    const { errors, sync } = startSync({ io })
    await connect('ada')
    await sync.joinRoom('c1', [])
    await sync.joinRoom('c1', ['bob'])
    await sync.leaveRoom('c1', [])
    await sync.leaveRoom('c1', ['bob'])
    expect(roomSizes(io)).toEqual({ 'user:ada': 1 })
    expect(errors).toEqual([])
  })

  test('that the adapter refuses reject, tell onError, and end no process', async () => {
    const rejections = watchRejections()
    class FailingAdapter extends Adapter {
      override addSockets(): void {
        throw new Error('redis is down')
      }
      override delSockets(): void {
        throw new Error('redis is down')
      }
    }
    const { io } = await startSocketServer({ adapter: FailingAdapter })
    const { errors, sync } = startSync({ io })
    const message =
      '"c1" could not be sent: Error: redis is down. ' +
      'See `cause`: the log or the Socket.IO adapter failed.'
    await expect(sync.joinRoom('c1', ['ada'])).rejects.toThrow(message)
    void sync.leaveRoom('c1', ['ada'])
    expect(await rejections.reasons()).toEqual([])
    const failures = errors.filter(({ code }) => code === 'delivery-failed')
    expect(failures.map((error) => error.message)).toEqual([message])
  })
})

describe('after close', () => {
  test('joinRoom and leaveRoom are refused', async () => {
    const { io } = await startSocketServer()
    const { sync } = startSync({ io })
    void sync.close()
    const closed =
      'This SyncServer is closed. Call close() last, after your own work has ended.'
    await expect(sync.joinRoom('c1', ['ada'])).rejects.toThrow(closed)
    await expect(sync.leaveRoom('c1', ['ada'])).rejects.toThrow(closed)
  })

  test('autoJoinRooms joins nothing, and says so', async () => {
    const { io, connect } = await startSocketServer()
    const { errors, sync } = startSync({ io })
    const outcomes = autoJoin(sync, io, () => ['c1'])
    void sync.close()
    await connect('ada')
    await until(() => expect(outcomes).toHaveLength(1))
    expect(errors).toMatchObject([{ code: 'closed' }])
    expect(outcomes).toEqual([{ status: 'failed', error: errors[0] }])
    expect(roomSizes(io)).toEqual({})
  })

  test('a resolver that was still running lets nobody in', async () => {
    const { io, connect } = await startSocketServer()
    const { sync } = startSync({ io })
    const { answer, asked, resolver } = createSlowResolver()
    const outcomes = autoJoin(sync, io, resolver)
    await connect('ada')
    await until(() => expect(asked).toEqual(['ada']))
    void sync.close()
    answer(['secret'])
    await until(() => expect(outcomes).toMatchObject([{ status: 'failed' }]))
    expect(roomSizes(io)).toEqual({ 'user:ada': 1 })
  })

  test('new sockets are not looked at, and those in rooms stay there', async () => {
    const { io, connect } = await startSocketServer()
    const { sync } = startSync({ io })
    const ada = await connect('ada')
    await sync.joinRoom('c1', ['ada'])
    void sync.close()
    void sync.close()
    await connect('bob')
    await nextTurn()
    expect(roomSizes(io)).toEqual({ 'user:ada': 1, c1: 1 })
    expect(ada.connected).toBe(true)
  })

  test('the listeners of others on the server are as they were', async () => {
    const { io } = await startSocketServer()
    const others = () => {}
    io.on('connection', others)
    const before = io.of('/').listeners('connection')
    void startSync({ io }).sync.close()
    expect(io.of('/').listeners('connection')).toEqual(before)
  })
})
