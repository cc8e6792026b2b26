/** Who is thrown out of a room, and let in again: what it hears, and what it never does. */

import { describe, expect, test } from 'vitest'
import { memoryLog } from '@iron-stack/sync/server'
import { createManualClock } from '@iron-stack/sync/testing'
import { autoJoin, HELLO, startSync, type Message } from '../support/chat-server.ts'
import { defer } from '../support/defer.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { startBareClient } from './support/bare-client.ts'

type StartOptions = Omit<Parameters<typeof startSync>[0], 'io'>

async function start(options: StartOptions = {}) {
  const server = await startSocketServer()
  const chat = startSync({ io: server.io, ...options })
  return {
    ...server,
    ...chat,
    client: (userId: string) => startBareClient(server, userId),
    say: (id: string) => chat.sync.broadcast('message:new', { ...HELLO, id }),
    isInRoom: () => server.io.of('/').adapter.rooms.has('c1'),
  }
}

/** The messages of an answer to a pull, by id. */
const idsOf = ({ ev }: { ev: readonly (readonly unknown[])[] }) =>
  ev.map(([, data]) => (data as Message).id)

/** Something that is asked and answers when the test says so. */
function askable() {
  const answer = defer<string[]>()
  let asked = 0
  return {
    answer: answer.resolve,
    wasAsked: () => until(() => expect(asked).toBe(1)),
    ask: () => {
      asked++
      return answer.promise
    },
  }
}

describe('leaveRoom and joinRoom', () => {
  test('are records in the log of the user, told before the socket is moved', async () => {
    const { sync, client } = await start()
    const ada = await client('ada')
    await ada.settled()
    const { handle } = await ada.joined('user:ada')
    void sync.joinRoom('c1', ['ada'])
    void sync.leaveRoom('c1', ['ada'])
    await until(() => expect(ada.notes().at(-1)).toEqual(['left', 'c1']))
    const heard = ada.heard.map(([event, data]) => [event, data]).slice(-3)
    expect(heard.slice(0, 2)).toEqual([
      ['sync:member', ['join', 'c1']],
      ['sync:member', ['leave', 'c1']],
    ])
    expect(ada.of('sync:member').map(([, , meta]) => meta)).toMatchObject([
      { p: [[handle, 1]] },
      { p: [[handle, 2]] },
    ])
  })

  test('reach a client that was away, in their order', async () => {
    const { io, sync, client } = await start()
    const ada = await client('ada')
    const { handle } = await ada.joined('user:ada')
    ada.socket.disconnect()
    await until(() => expect(io.of('/').sockets.size).toBe(0))
    await sync.joinRoom('c1', ['ada'])
    await sync.leaveRoom('c1', ['ada'])
    ada.socket.connect()
    await until(() => expect(ada.hellos()).toHaveLength(2))
    const { ev } = await ada.pull([handle, 0])
    expect(ev.map(([event, data]) => [event, data])).toEqual([
      ['sync:member', ['join', 'c1']],
      ['sync:member', ['leave', 'c1']],
    ])
  })

  test('of one user are told to nobody else', async () => {
    const { sync, client } = await start({ rooms: () => ['c1'] })
    const bob = await client('bob')
    await client('ada')
    await sync.leaveRoom('c1', ['ada'])
    await bob.flush()
    expect(bob.of('sync:member')).toEqual([])
  })
})

describe('a room left while it was being opened stays closed, and leaveRoom waits for nobody', () => {
  test('by a resolver that was asked before', async () => {
    const { io, sync, client, isInRoom } = await start()
    const resolver = askable()
    const outcomes = autoJoin(sync, io, resolver.ask)
    const ada = await client('ada')
    await resolver.wasAsked()
    await sync.leaveRoom('c1', ['ada'])
    resolver.answer(['c1', 'c2'])
    await ada.joined('c2')
    expect(outcomes).toEqual([{ status: 'joined', rooms: ['c2'] }])
    expect(isInRoom()).toBe(false)
  })

  test('by the declared resolver', async () => {
    const resolver = askable()
    const { sync, client, isInRoom } = await start({ rooms: resolver.ask })
    const ada = await client('ada')
    await resolver.wasAsked()
    await sync.leaveRoom('c1', ['ada'])
    resolver.answer(['c1', 'c2'])
    await ada.joined('c2')
    expect(isInRoom()).toBe(false)
  })

  test('by an `authorize` that was asked before', async () => {
    const authorize = askable()
    const { sync, client, isInRoom } = await start({ authorize: authorize.ask })
    const ada = await client('ada')
    ada.socket.emit('sync:join', ['c1', 'c2'])
    await authorize.wasAsked()
    await sync.leaveRoom('c1', ['ada'])
    authorize.answer(['c1', 'c2'])
    await ada.joined('c2')
    await until(() => expect(ada.notes()).toContainEqual(['refused', 'c1']))
    expect(isInRoom()).toBe(false)
  })

  test('but not to another user', async () => {
    const { io, sync, client } = await start()
    const resolver = askable()
    autoJoin(sync, io, resolver.ask)
    const ada = await client('ada')
    await resolver.wasAsked()
    await sync.leaveRoom('c1', ['bob'])
    resolver.answer(['c1'])
    expect(await ada.joined('c1')).toMatchObject({ head: 0 })
  })

  test('until a resolver that is asked later', async () => {
    const { sync, client } = await start({ rooms: () => ['c1'] })
    const ada = await client('ada')
    await ada.settled()
    await sync.leaveRoom('c1', ['ada'])
    const again = await client('ada')
    expect(await again.joined('c1')).toMatchObject({ head: 0 })
  })
})

describe('nothing that was said while somebody was out is replayed', () => {
  const ways = {
    joinRoom: ({ sync }: Started) => sync.joinRoom('c1', ['ada']),
    'a plain join': async ({ io }: Started) => io.in('user:ada').socketsJoin('c1'),
    'a resolver': async ({ io, sync }: Started) => {
      const [socket] = await io.fetchSockets()
      const local = io.of('/').sockets.get(socket?.id ?? '')
      if (local !== undefined) await sync.autoJoinRooms(local, () => ['c1'])
    },
    'an `authorize`': async (_: Started, ask: () => void) => ask(),
  }
  type Started = Awaited<ReturnType<typeof start>>

  test.each(Object.entries(ways))('let in again by %s', async (_, letIn) => {
    const time = { now: 100 }
    const log = memoryLog({ now: () => time.now })
    const started = await start({ log, authorize: (_socket, rooms) => rooms })
    const { sync, client, say } = started
    // Somebody who stays, so that the room does, too.
    const bob = await client('bob')
    await sync.joinRoom('c1', ['bob'])
    await bob.joined('c1')
    bob.socket.disconnect()
    const ada = await client('ada')
    await sync.joinRoom('c1', ['ada'])
    const { handle } = await ada.joined('c1')
    time.now = 110
    await say('before')
    time.now = 120
    await sync.leaveRoom('c1', ['ada'])
    time.now = 130
    await say('while out')
    time.now = 140
    await letIn(started, () => ada.socket.emit('sync:join', ['c1']))
    await until(() => expect(ada.notes()).toContainEqual(['joined', 'c1', handle, 2, 3]))
    time.now = 150
    await say('after')
    expect(await ada.pull([handle, 0])).toEqual({ r: [['lost', handle, 3]], ev: [] })
    expect(await ada.pull([handle, 1])).toEqual({ r: [['lost', handle, 3]], ev: [] })
    expect(idsOf(await ada.pull([handle, 2]))).toEqual(['after'])
    const byAge = await ada.pull([handle, -1, 10_000])
    expect(idsOf(byAge)).toEqual(['after'])
    expect(byAge.r).toEqual([['events', handle, 3, 3, 140]])
    expect(ada.of('sync:member').map(([, change]) => change)).toEqual([
      ['join', 'c1'],
      ['leave', 'c1'],
      ['join', 'c1'],
    ])
  })

  test('at the moment of being let in, either', async () => {
    const log = memoryLog({ now: () => 100 })
    const { sync, client, say } = await start({ log })
    const ada = await client('ada')
    await sync.joinRoom('c1', ['ada'])
    await say('before')
    await sync.leaveRoom('c1', ['ada'])
    await say('while out')
    await sync.joinRoom('c1', ['ada'])
    await say('after')
    const { handle } = await ada.joined('c1')
    expect(idsOf(await ada.pull([handle, -1, 10_000]))).toEqual(['after'])
  })

  test('and what was said after joinRoom is, though the person was offline', async () => {
    const { io, sync, client, say } = await start({ rooms: () => ['c1'] })
    const ada = await client('ada')
    const { handle } = await ada.joined('c1')
    await sync.leaveRoom('c1', ['ada'])
    ada.socket.disconnect()
    await until(() => expect(io.of('/').sockets.size).toBe(0))
    await say('while out')
    await sync.joinRoom('c1', ['ada'])
    await say('in again')
    ada.socket.connect()
    await until(() => expect(ada.hellos()).toHaveLength(2))
    await until(() => expect(ada.notes().at(-1)).toEqual(['settled']))
    expect(idsOf(await ada.pull([handle, 1]))).toEqual(['in again'])
  })

  test('and who was never out is replayed all', async () => {
    const { sync, client, say } = await start()
    await client('ada')
    const bob = await client('bob')
    await sync.joinRoom('c1', ['ada', 'bob'])
    await say('one')
    await sync.leaveRoom('c1', ['ada'])
    await say('two')
    const { handle } = await bob.joined('c1')
    expect(idsOf(await bob.pull([handle, 0]))).toEqual(['one', 'two'])
    expect(bob.of('sync:member')).toHaveLength(1)
  })
})

describe('a client hears that these are all its rooms', () => {
  test('when all its resolvers have answered', async () => {
    const { io, sync, client } = await start()
    const first = askable()
    const second = askable()
    autoJoin(sync, io, first.ask)
    autoJoin(sync, io, second.ask)
    const ada = await client('ada')
    first.answer(['c1'])
    await ada.joined('c1')
    expect(ada.notes()).not.toContainEqual(['settled'])
    second.answer(['c2'])
    await ada.settled()
    expect(
      ada
        .notes()
        .map(([kind, name]) => [kind, name])
        .slice(-3),
    ).toEqual([
      ['joined', 'c1'],
      ['joined', 'c2'],
      ['settled', undefined],
    ])
  })

  test('when a resolver takes too long, and again when it answers', async () => {
    const clock = createManualClock()
    const resolver = askable()
    const { client } = await start({ clock, rooms: resolver.ask, resolverTimeoutMs: 500 })
    const ada = await client('ada')
    await resolver.wasAsked()
    expect(ada.notes()).not.toContainEqual(['settled'])
    clock.advance(500)
    await ada.settled()
    resolver.answer(['c1'])
    await ada.joined('c1')
    await until(() => expect(ada.notes().at(-1)).toEqual(['settled']))
  })
})
