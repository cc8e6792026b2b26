/** What a client that was away is told, message by message. */

import { defineSyncRules } from '@iron-stack/sync'
import { memoryLog, SyncServer, type SyncServerOptions } from '@iron-stack/sync/server'
import { describe, expect, onTestFinished, test } from 'vitest'
import { HELLO, type PullQuestion } from '../../src/control.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { startBareClient } from './support/bare-client.ts'

interface Sent {
  readonly rooms: string | readonly string[]
  readonly text: string
}

interface Events {
  readonly said: Sent
  readonly typed: Sent
}

const rules = defineSyncRules<Events>({
  said: { room: ({ rooms }) => rooms, actions: [] },
  typed: { room: ({ rooms }) => rooms, volatile: true, actions: [] },
})

async function start(options: Partial<SyncServerOptions<Events>> = {}) {
  const server = await startSocketServer()
  const errors: string[] = []
  const sync = new SyncServer<Events>({
    io: server.io,
    rules,
    onError: ({ code }) => errors.push(code),
    ...options,
  })
  onTestFinished(() => sync.close())
  return {
    ...server,
    sync,
    errors,
    client: (userId: string) => startBareClient(server, userId),
    say: (rooms: string | string[], text: string) => sync.broadcast('said', { rooms, text }),
  }
}

/** What was said in the events of an answer. */
const textsOf = ({ ev }: { ev: readonly (readonly unknown[])[] }) =>
  ev.map(([, data]) => (data as Sent).text)

describe('a hello', () => {
  test('comes before any note, and names epoch and time of the log', async () => {
    const log = memoryLog({ now: () => 42 })
    const { client } = await start({ log, rooms: () => ['lobby'] })
    const ada = await client('ada')
    await ada.settled()
    expect(ada.heard[0]).toEqual([HELLO, { v: 1, e: log.epoch, t: 42, f: 1 }])
  })

  test('asked for, comes with all rooms again, and with the word that these are all', async () => {
    const { client } = await start({ rooms: () => ['lobby', 'hall'] })
    const ada = await client('ada')
    await ada.settled()
    const told = ada.notes().length
    ada.socket.emit(HELLO)
    await until(() => expect(ada.notes()).toHaveLength(told + 4))
    const again = ada.notes().slice(told)
    expect(again.map(([kind, name]) => [kind, name])).toEqual([
      ['user', 'user:ada'],
      ['joined', 'lobby'],
      ['joined', 'hall'],
      ['settled', undefined],
    ])
    expect(ada.hellos()).toHaveLength(2)
  })
})

describe('notes', () => {
  test('tell the rooms of the declared resolver before they say that these are all', async () => {
    const { client } = await start({ rooms: async (userId) => [`home:${userId}`] })
    const ada = await client('ada')
    await ada.settled()
    expect(ada.notes()).toEqual([
      ['user', 'user:ada', expect.any(String), 0],
      ['joined', 'home:ada', expect.any(String), 0, 0],
      ['settled'],
    ])
  })

  test('say that these are all, also without any resolver', async () => {
    const { client } = await start()
    const ada = await client('ada')
    await ada.settled()
    expect(ada.notes().map(([kind]) => kind)).toEqual(['user', 'settled'])
  })

  test('tell of a plain join and a plain leave, in their order', async () => {
    const { client, io } = await start()
    const ada = await client('ada')
    await ada.settled()
    io.in('user:ada').socketsJoin('lobby')
    await ada.joined('lobby')
    io.in('user:ada').socketsLeave('lobby')
    await until(() => expect(ada.notes().at(-1)).toEqual(['left', 'lobby']))
  })

  test('of a room that is left again at once tell no more than that', async () => {
    const { client, io } = await start()
    const ada = await client('ada')
    await ada.settled()
    io.in('user:ada').socketsJoin('lobby')
    io.in('user:ada').socketsLeave('lobby')
    await until(() => expect(ada.notes().at(-1)).toEqual(['left', 'lobby']))
    expect(ada.notes().filter(([, name]) => name === 'lobby')).toEqual([['left', 'lobby']])
  })

  test('tell what was joined before the SyncServer saw the socket', async () => {
    const { client, io } = await start()
    io.use((socket, next) => {
      void socket.join('early')
      next()
    })
    const ada = await client('ada')
    expect(await ada.joined('early')).toMatchObject({ head: 0 })
  })

  test('never tell the room that is the socket itself', async () => {
    const { client } = await start({ rooms: () => ['lobby'] })
    const ada = await client('ada')
    await ada.settled()
    expect(ada.notes().map(([, name]) => name)).not.toContain(ada.socket.id)
  })

  test('of more rooms than fit come in several messages', async () => {
    const rooms = Array.from({ length: 1100 }, (_, i) => `room${i}`)
    const { client } = await start({ rooms: () => rooms })
    const ada = await client('ada')
    await ada.settled()
    const sizes = ada.of('sync:rooms').map(([, list]) => (list as unknown[]).length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500)
    expect(ada.notes()).toHaveLength(1102)
  })
})

describe('a broadcast', () => {
  test('has its place in the log of each of its rooms', async () => {
    const { client, say } = await start({ rooms: () => ['lobby', 'hall'] })
    const ada = await client('ada')
    await ada.settled()
    const lobby = await ada.joined('lobby')
    const hall = await ada.joined('hall')
    await say('hall', 'one')
    await say(['lobby', 'hall'], 'two')
    await until(() => expect(ada.of('said')).toHaveLength(2))
    const { e } = ada.hellos()[0] ?? {}
    expect(ada.of('said').map(([, , meta]) => meta)).toEqual([
      { e, i: expect.any(String), p: [[hall.handle, 1]] },
      {
        e,
        i: expect.any(String),
        p: [
          [lobby.handle, 1],
          [hall.handle, 2],
        ],
      },
    ])
  })

  test('of a volatile event has no place, and is never sent again', async () => {
    const { client, sync } = await start({ rooms: () => ['lobby'] })
    const ada = await client('ada')
    const { handle } = await ada.joined('lobby')
    await sync.broadcast('typed', { rooms: 'lobby', text: 'a' })
    await until(() => expect(ada.of('typed')).toHaveLength(1))
    const { e } = ada.hellos()[0] ?? {}
    expect(ada.of('typed')[0]?.[2]).toEqual({ e, i: expect.any(String) })
    expect(await ada.pull([handle, 0])).toEqual({
      r: [['events', handle, 0, 0, expect.any(Number)]],
      ev: [],
    })
  })

  test('that is changed after the call is replayed as it was', async () => {
    const { client, sync } = await start({ rooms: () => ['lobby'] })
    const ada = await client('ada')
    const { handle } = await ada.joined('lobby')
    const data = { rooms: 'lobby', text: 'as it was' }
    await sync.broadcast('said', data)
    data.text = 'and changed'
    expect(textsOf(await ada.pull([handle, 0]))).toEqual(['as it was'])
  })
})

describe('a pull', () => {
  test('by offset answers what came after it, as it was sent', async () => {
    const { client, say } = await start({ rooms: () => ['lobby'] })
    const ada = await client('ada')
    const { handle } = await ada.joined('lobby')
    for (const text of ['one', 'two', 'three']) await say('lobby', text)
    const answer = await ada.pull([handle, 1])
    expect(answer.r).toEqual([['events', handle, 3, 3, expect.any(Number)]])
    expect(textsOf(answer)).toEqual(['two', 'three'])
    const live = ada.of('said').map(([event, data, meta]) => {
      const { i, p } = meta as { i: string; p: unknown }
      return [event, data, i, p, expect.any(Number)]
    })
    expect(answer.ev).toEqual(live.slice(1))
  })

  test('is answered as by offset, whatever a later client adds to it', async () => {
    const { client, say } = await start({ rooms: () => ['lobby'] })
    const ada = await client('ada')
    const { handle } = await ada.joined('lobby')
    for (const text of ['one', 'two', 'three']) await say('lobby', text)
    const question = [handle, 2, 'added later'] as unknown as PullQuestion
    expect(textsOf(await ada.pull(question))).toEqual(['three'])
  })

  test('finds what was sent while the client was away', async () => {
    const { client, say, io } = await start({ rooms: () => ['lobby'] })
    const ada = await client('ada')
    const { handle } = await ada.joined('lobby')
    ada.socket.disconnect()
    await until(() => expect(io.of('/').sockets.size).toBe(0))
    await say('lobby', 'missed')
    ada.socket.connect()
    await until(() => expect(ada.hellos()).toHaveLength(2))
    await until(async () => expect(await ada.joined('lobby')).toMatchObject({ head: 1 }))
    expect(await ada.joined('lobby')).toEqual({ handle, head: 1, userHead: 0 })
    expect(textsOf(await ada.pull([handle, 0]))).toEqual(['missed'])
  })

  test('by age answers what is younger, and since when nothing is missing', async () => {
    const time = { now: 1000 }
    const log = memoryLog({ now: () => time.now, maxEventsPerRoom: 2 })
    const { client, say } = await start({ log, rooms: () => ['lobby'] })
    for (const now of [1010, 1020, 1030]) {
      time.now = now
      await say('lobby', `at ${now}`)
    }
    time.now = 1040
    const ada = await client('ada')
    const { handle } = await ada.joined('lobby')
    const young = await ada.pull([handle, -1, 15])
    expect(young).toMatchObject({ r: [['events', handle, 3, 3, 1010]] })
    expect(textsOf(young)).toEqual(['at 1030'])
    const older = await ada.pull([handle, -1, 500])
    expect(older).toMatchObject({ r: [['events', handle, 3, 3, 1010]] })
    expect(textsOf(older)).toEqual(['at 1020', 'at 1030'])
  })

  test('of what is trimmed is lost', async () => {
    const log = memoryLog({ maxEventsPerRoom: 2 })
    const { client, say } = await start({ log, rooms: () => ['lobby'] })
    const ada = await client('ada')
    const { handle } = await ada.joined('lobby')
    for (const text of ['one', 'two', 'three']) await say('lobby', text)
    expect(await ada.pull([handle, 0])).toEqual({ r: [['lost', handle, 3]], ev: [] })
  })

  test('comes in pages, until through is the head', async () => {
    const { client, say } = await start({ rooms: () => ['lobby', 'hall'] })
    const ada = await client('ada')
    const lobby = await ada.joined('lobby')
    const hall = await ada.joined('hall')
    for (let i = 1; i <= 700; i++) await say(i % 2 === 0 ? 'lobby' : 'hall', String(i))
    const first = await ada.pull([lobby.handle, 0], [hall.handle, 0])
    expect(first.r).toMatchObject([
      ['events', lobby.handle, 250, 350, expect.any(Number)],
      ['events', hall.handle, 250, 350, expect.any(Number)],
    ])
    const second = await ada.pull([lobby.handle, 250], [hall.handle, 250])
    expect(second.r).toMatchObject([
      ['events', lobby.handle, 350, 350, expect.any(Number)],
      ['events', hall.handle, 350, 350, expect.any(Number)],
    ])
    const texts = [...textsOf(first), ...textsOf(second)]
    expect(texts).toEqual(Array.from({ length: 700 }, (_, i) => String(i + 1)))
  })

  test('of large events comes in small pages', async () => {
    const { client, say } = await start({ rooms: () => ['lobby'] })
    const ada = await client('ada')
    const { handle } = await ada.joined('lobby')
    for (let i = 0; i < 10; i++) await say('lobby', 'x'.repeat(100_000))
    const { r, ev } = await ada.pull([handle, 0])
    expect(ev).toHaveLength(2)
    expect(r).toMatchObject([['events', handle, 2, 10, expect.any(Number)]])
  })

  test('of a room the socket is not in is answered absent, whoever else is in it', async () => {
    const { client, say } = await start({ rooms: (userId) => [`home:${userId}`] })
    const ada = await client('ada')
    const bob = await client('bob')
    const { handle } = await bob.joined('home:bob')
    await say('home:bob', 'private')
    expect(await ada.pull([handle, 0])).toEqual({ r: [['absent', handle]], ev: [] })
    expect(await ada.pull(['zz', 0])).toEqual({ r: [['absent', 'zz']], ev: [] })
  })

  test('of a room the socket has left is absent at once', async () => {
    const { client, say, io } = await start({ rooms: () => ['lobby'] })
    const ada = await client('ada')
    await client('bob')
    const { handle } = await ada.joined('lobby')
    await say('lobby', 'one')
    io.in('user:ada').socketsLeave('lobby')
    expect(await ada.pull([handle, 0])).toEqual({ r: [['absent', handle]], ev: [] })
  })

  test('in the epoch of another log is lost', async () => {
    const { client, say } = await start({ rooms: () => ['lobby'] })
    const ada = await client('ada')
    const { handle } = await ada.joined('lobby')
    await say('lobby', 'one')
    const answer = await ada.ask('sync:pull', { e: 'other', t: 0, q: [[handle, 0]] })
    expect(answer).toEqual({ r: [['lost', handle, 1]], ev: [] })
  })
})

test('who is in one of the rooms of an event never hears the name of another', async () => {
  const { client, say } = await start({ rooms: (userId) => ['lobby', `secret:${userId}`] })
  const ada = await client('ada')
  const bob = await client('bob')
  await bob.joined('secret:bob')
  const { handle } = await ada.joined('lobby')
  // The data is the application's own; here it has no names.
  await say(['lobby', 'secret:bob'], 'to both')
  await until(() => expect(ada.of('said')).toHaveLength(1))
  const answer = await ada.pull([handle, 0])
  const metas = ada.of('said').map(([, , meta]) => meta)
  const replayed = answer.ev.map(([, , ...rest]) => rest)
  const others = ada.heard.filter(([event]) => event !== 'said')
  const everything = JSON.stringify([metas, answer.r, replayed, others])
  expect(everything).not.toContain('secret:bob')
  expect(everything).toContain('secret:ada')
})

test('a probe counts the rooms that were told, and adds their heads up', async () => {
  const { client, say } = await start({ rooms: () => ['lobby', 'hall'] })
  const ada = await client('ada')
  await ada.settled()
  await say('lobby', 'one')
  await say(['lobby', 'hall'], 'two')
  expect(await ada.probe()).toEqual({ e: ada.hellos()[0]?.e, n: 3, s: 3 })
})

describe('a log that several nodes share', () => {
  test('asks clients to probe', async () => {
    const { client } = await start({ log: { ...memoryLog(), isShared: true } })
    const ada = await client('ada')
    expect(ada.hellos()[0]).toMatchObject({ p: 30_000 })
  })

  test('may take its time, and everything comes in the same order', async () => {
    const { client, say } = await start({ log: slowLog(), rooms: () => ['lobby'] })
    const ada = await client('ada')
    await ada.settled()
    const { handle } = await ada.joined('lobby')
    await Promise.all(['one', 'two', 'three'].map((text) => say('lobby', text)))
    await until(() => expect(ada.of('said')).toHaveLength(3))
    expect(ada.of('said').map(([, data]) => (data as Sent).text)).toEqual([
      'one',
      'two',
      'three',
    ])
    expect(textsOf(await ada.pull([handle, 0]))).toEqual(['one', 'two', 'three'])
    expect(ada.notes().at(-1)).toEqual(['settled'])
  })
})

/** A log as it would be behind a network. */
function slowLog() {
  const log = memoryLog()
  const later = <Value>(work: () => Value): Promise<Awaited<Value>> =>
    new Promise((resolve) => {
      setImmediate(() => resolve(work() as Awaited<Value>))
    })
  return {
    ...log,
    isShared: true,
    append: (event: Parameters<typeof log.append>[0]) => later(() => log.append(event)),
    heads: (rooms: readonly string[]) => later(() => log.heads(rooms)),
    read: (request: Parameters<typeof log.read>[0]) => later(() => log.read(request)),
  }
}

test('close() leaves no listener on the namespace, its adapter, or a socket', async () => {
  const { client, io, sync } = await start({ rooms: () => ['lobby'] })
  const ada = await client('ada')
  await ada.settled()
  void sync.close()
  const namespace = io.of('/')
  const [socket] = namespace.sockets.values()
  const counts = [
    namespace.listenerCount('connection'),
    ...['join-room', 'leave-room', 'delete-room'].map((event) =>
      namespace.adapter.listenerCount(event),
    ),
    ...['sync:hello', 'sync:join', 'sync:leave', 'sync:pull', 'sync:probe', 'disconnect'].map(
      (event) => socket?.listenerCount(event),
    ),
  ]
  expect(counts).toEqual(counts.map(() => 0))
})
