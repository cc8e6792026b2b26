/** A client that means ill: nothing it sends may harm the server, others, or tell it anything. */

import { expect, onTestFailed, test } from 'vitest'
import { memoryLog, type SyncServerOptions } from '@iron-stack/sync/server'
import { createRandom, type Random } from '@iron-stack/sync/testing'
import { systemClock } from '../../src/clock.ts'
import { HELLO, startSync, type ChatEvents } from '../support/chat-server.ts'
import { watchRejections } from '../support/rejections.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { startBareClient, type BareClient } from './support/bare-client.ts'

const SEED = Number(process.env['SYNC_TEST_SEED'] ?? 7)
const MESSAGES = 10_000

const SECRET = 'secret-of-bob'

async function start(options: Partial<SyncServerOptions<ChatEvents>> = {}) {
  const server = await startSocketServer()
  const log = memoryLog()
  const chat = startSync({
    io: server.io,
    log,
    rooms: (userId) => [`home:${userId}`],
    // Rooms that begin with `open` are anybody's.
    authorize: (_socket, rooms) => rooms.filter((room) => room.startsWith('open')),
    ...options,
  })
  return {
    ...server,
    ...chat,
    log,
    client: (userId: string) => startBareClient(server, userId),
    say: (conversationId: string, id: string) =>
      chat.sync.broadcast('message:new', { id, conversationId }),
  }
}

/** Values that a parser may stumble over. */
function nonsense(random: Random, depth = 0): unknown {
  const leaf = [
    () => undefined,
    () => null,
    () => true,
    () => random.pick([0, -1, 1, 1.5, 2 ** 53, -(2 ** 60), 1e308]),
    () => random.int(-5, 5000),
    () => random.pick(['', '0', '1', 'a', '__proto__', 'constructor', 'toString', 'home:bob']),
    () => random.pick(['user:bob', 'user:mallory', 'open1', 'open2', '\u0000', '*']),
    () => 'x'.repeat(random.pick([255, 256, 257, 1000])),
    // Socket.IO itself disconnects who sends many of them in one packet.
    () => (depth === 0 ? Buffer.from('binary') : null),
  ]
  if (depth > 2 || random.chance(0.5)) return random.pick(leaf)()
  const items = Array.from(
    { length: random.pick(depth === 0 ? [0, 1, 3, 201] : [0, 1, 2]) },
    () => nonsense(random, depth + 1),
  )
  if (random.chance(0.6)) return items
  return JSON.parse(
    `{"__proto__":{"e":"x"},"e":${JSON.stringify(random.pick(['', 'x', {}, null]))},"t":${random.int(-9, 9)},"q":[]}`,
  )
}

/** Forged: of the right shape, with values that are another's, or nobody's. */
function forged(random: Random, epoch: string): unknown[] {
  const handle = () => random.pick([random.int(0, 60).toString(36), '__proto__', 'zz'])
  const question = () =>
    random.pick<unknown[]>([
      [handle(), random.int(-3, 9)],
      [handle(), -1, random.pick([0, 1e9, -1, 1e308])],
      [handle(), 2 ** 53],
    ])
  const q = Array.from({ length: random.pick([1, 5, 60, 200, 201]) }, question)
  const names = Array.from({ length: random.pick([1, 3, 200]) }, () =>
    random.pick(['home:bob', 'user:bob', `open${random.int(0, 9999)}`, '__proto__']),
  )
  return random.pick<unknown[]>([
    ['sync:pull', { e: random.pick([epoch, 'other']), t: random.pick([0, 1e9]), q }],
    ['sync:join', names],
    ['sync:leave', names],
    ['sync:hello'],
    ['sync:probe'],
    ['sync:member', ['join', 'home:bob'], { e: epoch, i: 'x', p: [['0', 1]] }],
    ['sync:rooms', [['joined', 'home:bob', '0', 0, 0]]],
  ])
}

function attack(
  { socket }: BareClient,
  random: Random,
  epoch: string,
  onAnswer: (answer: unknown) => void,
): void {
  const events = ['sync:hello', 'sync:join', 'sync:leave', 'sync:pull', 'sync:probe', 'sync:']
  const [event, ...args] = random.chance(0.5)
    ? forged(random, epoch)
    : [random.pick(events), ...Array.from({ length: random.int(0, 3) }, () => nonsense(random))]
  if (random.chance(0.5)) socket.emit(String(event), ...args, onAnswer)
  else socket.emit(String(event), ...args)
}

/** Time that runs so fast that no client ever asks too much: everything is answered. */
function hurry() {
  let now = 0
  return { ...systemClock, now: () => (now += 1000) }
}

test.each<[string, Partial<SyncServerOptions<ChatEvents>>]>([
  ['where most are not answered, for they are too many', {}],
  ['where every one is answered', { clock: hurry(), maxRoomsPerSocket: 100 }],
])(
  `${MESSAGES} malformed, forged and oversized messages harm nobody, %s`,
  async (_, options) => {
    onTestFailed(() => console.error(`seed ${SEED}; run again with SYNC_TEST_SEED=${SEED}`))
    const rejections = watchRejections()
    const random = createRandom(SEED)
    const { io, client, say, log, errors } = await start(options)
    const bob = await client('bob')
    const { handle } = await bob.joined('home:bob')
    for (let i = 0; i < 5; i++) await say('home:bob', `${SECRET}${i}`)
    const mallory = await client('mallory')
    await mallory.settled()
    const answers: unknown[] = []
    const epoch = mallory.hellos()[0]?.e ?? ''
    const before = process.memoryUsage().heapUsed
    const startedAt = performance.now()

    for (let sent = 0; sent < MESSAGES; sent++) {
      attack(mallory, random, epoch, (answer) => answers.push(answer))
      // Bob goes on with his own life.
      if (sent % 1000 === 0) await say('home:bob', `${SECRET}while${sent}`)
    }
    await until(() => expect(bob.of('message:new')).toHaveLength(15))
    // What is sent last has arrived when all else has; her budget may not allow an answer.
    const end = new Promise((resolve) =>
      io
        .of('/')
        .sockets.get(mallory.socket.id ?? '')
        ?.once('end', resolve),
    )
    mallory.socket.emit('end')
    await end

    expect(await rejections.reasons()).toEqual([])
    expect(errors).toEqual([])
    expect(mallory.socket.connected).toBe(true)
    expect(performance.now() - startedAt).toBeLessThan(15_000)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * 1024 * 1024)

    const learnt = JSON.stringify([mallory.heard, answers])
    expect(learnt).not.toContain(SECRET)
    const names = mallory
      .notes()
      .filter(([kind]) => kind === 'joined')
      .map(([, name]) => name)
    expect(
      names.filter((name) => !/^(open\d+|home:mallory|user:mallory)$/.test(String(name))),
    ).toEqual([])

    const rooms = [...(io.of('/').adapter.rooms.get('home:bob') ?? [])]
    expect(rooms).toEqual([bob.socket.id])
    const answer = await bob.pull([handle, 0])
    expect(answer.ev).toHaveLength(15)
    expect(answer.r[0]).toMatchObject({ 0: 'events', 1: handle, 3: 15 })
    expect(await bob.probe()).toEqual({ e: log.epoch, n: 2, s: 15 })
    expect(Object.hasOwn(Object.prototype, 'e')).toBe(false)
  },
)

test('a client that asks too much is told to wait, and another is answered', async () => {
  const { client } = await start()
  const mallory = await client('mallory')
  const bob = await client('bob')
  const answers = await Promise.all(Array.from({ length: 400 }, () => mallory.probe()))
  expect(
    answers.filter((answer) => JSON.stringify(answer) === '{"busy":1000}').length,
  ).toBeGreaterThan(200)
  expect(answers[0]).toMatchObject({ n: 2 })
  expect(await bob.probe()).toMatchObject({ n: 2 })
})

test('a client may not be in more rooms by asking than are allowed, however it asks', async () => {
  const { io, client } = await start()
  const mallory = await client('mallory')
  await mallory.settled()
  for (let message = 0; message < 20; message++) {
    mallory.socket.emit(
      'sync:join',
      Array.from({ length: 200 }, (_, i) => `open${message}-${i}`),
    )
  }
  await until(() =>
    expect(mallory.notes().filter(([kind]) => kind === 'refused')).toHaveLength(3000),
  )
  await mallory.flush()
  const socket = io.of('/').sockets.get(mallory.socket.id ?? '')
  expect(socket?.rooms.size).toBe(1003)
})

test('an answer is asked for with something that is no callback, and nothing happens', async () => {
  const { client } = await start()
  const mallory = await client('mallory')
  for (const ack of [null, 'ack', 7, {}, []]) {
    mallory.socket.emit('sync:probe', ack)
    mallory.socket.emit('sync:pull', { e: '', t: 0, q: [] }, ack)
  }
  expect(await mallory.probe()).toMatchObject({ n: 2 })
})

test('who is in no room of an event gets it neither live nor by guessing handles', async () => {
  const { client, sync } = await start()
  const bob = await client('bob')
  await bob.joined('home:bob')
  const mallory = await client('mallory')
  await mallory.joined('home:mallory')
  await sync.broadcast('message:new', { ...HELLO, id: SECRET, conversationId: 'home:bob' })
  const guesses = Array.from({ length: 200 }, (_, i): [string, number] => [i.toString(36), 0])
  const { r, ev } = await mallory.pull(...guesses)
  expect(ev).toEqual([])
  expect(r.filter(([kind]) => kind !== 'absent')).toHaveLength(2)
  expect(JSON.stringify(mallory.heard)).not.toContain(SECRET)
})
