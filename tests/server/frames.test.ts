/** Frames: several events of one turn in one packet, for clients that unpack them. */

import { QueryClient } from '@tanstack/query-core'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { createMemoryHub } from '@iron-stack/sync/testing'
import type { Socket } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { FRAME, HELLO, LIMITS, MEMBER, PROBE, UNPACK } from '../../src/control.ts'
import { chatRules, startSync, type ChatEvents, type Message } from '../support/chat-server.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { startTwoNodes } from '../support/two-nodes.ts'
import { until } from '../support/until.ts'
import { startBareClient, type BareClient } from './support/bare-client.ts'

const message = (id: string, conversationId = 'c1'): Message => ({ id, conversationId })
const idOf = (data: unknown) => (data as Message).id

type Options = Partial<Parameters<typeof startSync>[0]>

async function startChat(options: Options = {}) {
  const server = await startSocketServer()
  const chat = startSync({
    io: server.io,
    rooms: () => ['c1'],
    authorize: (_, rooms) => rooms,
    ...options,
  })
  return { ...server, ...chat, ...clientsOf(server.io) }
}

function clientsOf(io: Awaited<ReturnType<typeof startSocketServer>>['io']) {
  /** A client that speaks the protocol by hand; it unpacks where it is told to. */
  async function bare(userId: string, { unpacks }: { unpacks: boolean }): Promise<BareClient> {
    const client = await startBareClient({ io }, userId)
    await client.settled()
    if (unpacks) await client.ask(UNPACK, 1)
    return client
  }
  return { bare }
}

/** The events that a client was sent since it was asked last: packet by packet, by their ids. */
function packetsHeard({ heard }: BareClient): string[][] {
  return heard.flatMap(([name, data]) => {
    if (name === FRAME) {
      const events = (data as unknown[][]).filter(([event]) => event !== MEMBER)
      return events.length === 0 ? [] : [events.map(([, each]) => idOf(each))]
    }
    return name === 'message:new' ? [[idOf(data)]] : []
  })
}

/** The bytes of each packet that the server sends to one client from now on. */
function watchWire(io: Awaited<ReturnType<typeof startSocketServer>>['io'], id = ''): string[] {
  const packets: string[] = []
  io.sockets.sockets.get(id)?.conn.on('packetCreate', ({ data }: { data?: unknown }) => {
    packets.push(String(data))
  })
  return packets
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('the first event of a turn travels alone, and those behind it in one packet', async () => {
  const { bare, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  for (const ids of [
    ['m1', 'm2', 'm3'],
    ['m4', 'm5', 'm6'],
  ]) {
    for (const id of ids) void sync.broadcast('message:new', message(id))
    await turn()
    // A pause: the turn that follows a crowded one is over, too.
    await turn()
  }
  await ada.flush()
  expect(packetsHeard(ada)).toEqual([['m1'], ['m2', 'm3'], ['m4'], ['m5', 'm6']])
})

test('where crowded turns follow each other, each is one packet, and the last is not waited for', async () => {
  const { bare, io, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const sent = watchWire(io, ada.socket.id)
  for (const ids of [['m1', 'm2', 'm3'], ['m4', 'm5', 'm6'], ['m7']]) {
    for (const id of ids) void sync.broadcast('message:new', message(id))
    await turn()
  }
  // m7 has come alone, in the turn after a crowded one; m8 comes alone again.
  void sync.broadcast('message:new', message('m8'))
  expect(sent).toHaveLength(5)
  await ada.flush()
  expect(packetsHeard(ada)).toEqual([['m1'], ['m2', 'm3'], ['m4', 'm5', 'm6'], ['m7'], ['m8']])
})

test('a lone event is on the wire before `broadcast` returns, each turn again', async () => {
  const { bare, io, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const sent = watchWire(io, ada.socket.id)
  for (let n = 1; n <= 3; n++) {
    void sync.broadcast('message:new', message(`m${n}`))
    expect(sent).toHaveLength(n)
    await turn()
  }
})

test('what follows in a turn is on the wire when the turn ends, not later', async () => {
  const { bare, io, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const sent = watchWire(io, ada.socket.id)
  void sync.broadcast('message:new', message('m1'))
  void sync.broadcast('message:new', message('m2'))
  expect(sent).toHaveLength(1)
  await turn()
  expect(sent).toHaveLength(2)
})

test('clients that unpack and clients that do not get the same events in the same order', async () => {
  const { bare, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const bob = await bare('bob', { unpacks: false })
  for (const id of ['m1', 'm2', 'm3']) void sync.broadcast('message:new', message(id))
  await turn()
  await Promise.all([ada.flush(), bob.flush()])
  expect(packetsHeard(ada)).toEqual([['m1'], ['m2', 'm3']])
  expect(packetsHeard(bob)).toEqual([['m1'], ['m2'], ['m3']])
})

test('who is in several rooms has the events of all of them in their order', async () => {
  const rooms: Record<string, string[]> = { ada: ['c1'], bob: ['c2'], eve: ['c1', 'c2'] }
  const { bare, sync } = await startChat({ rooms: (userId) => rooms[userId] ?? [] })
  const [ada, bob, eve] = await Promise.all(
    ['ada', 'bob', 'eve'].map((userId) => bare(userId, { unpacks: true })),
  )
  for (const [id, room] of [
    ['m1', 'c1'],
    ['m2', 'c1'],
    ['m3', 'c2'],
    ['m4', 'c1'],
    ['m5', 'c2'],
  ] as const) {
    void sync.broadcast('message:new', message(id, room))
  }
  void sync.broadcast('message:moved', { id: 'm6', from: 'c1', to: 'c2' })
  await turn()
  await Promise.all([ada!.flush(), bob!.flush(), eve!.flush()])
  expect([ada!, bob!, eve!].map(packetsHeard)).toEqual([
    [['m1'], ['m2', 'm4', 'm6']],
    [['m3', 'm5', 'm6']],
    [['m1'], ['m2', 'm3', 'm4', 'm5', 'm6']],
  ])
})

test('data travels as it was when it was broadcast', async () => {
  const { bare, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const row = { id: 'm1', conversationId: 'c1', tags: [{ name: 'old' }] }
  void sync.broadcast('message:new', row)
  void sync.broadcast('message:new', row)
  row.id = 'm2'
  row.tags[0]!.name = 'new'
  void sync.broadcast('message:new', row)
  row.id = 'm3'
  await turn()
  await ada.flush()
  expect(packetsHeard(ada)).toEqual([['m1'], ['m1', 'm2']])
  const [[, frame] = []] = ada.of(FRAME)
  expect((frame as unknown[][]).map(([, data]) => data)).toEqual([
    { id: 'm1', conversationId: 'c1', tags: [{ name: 'old' }] },
    { id: 'm2', conversationId: 'c1', tags: [{ name: 'new' }] },
  ])
})

test('data with bytes in it is a packet of its own, in its place', async () => {
  const { bare, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const withBytes = { ...message('m3'), bytes: Buffer.from('abc') }
  for (const row of [message('m1'), message('m2'), withBytes, message('m4'), message('m5')]) {
    void sync.broadcast('message:new', row)
  }
  await turn()
  await ada.flush()
  expect(packetsHeard(ada)).toEqual([['m1'], ['m2'], ['m3'], ['m4', 'm5']])
  const [, data] = ada.of('message:new').find(([, each]) => idOf(each) === 'm3') ?? []
  expect(data).toEqual(withBytes)
})

test('5,000 rows at once are five packets for who unpacks, each row in its place', async () => {
  const { bare, io, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const sent = watchWire(io, ada.socket.id)
  const rows = Array.from({ length: 5000 }, (_, n) => message(`m${n}`))
  void sync.broadcastMany('message:new', rows)
  // All of it is on the wire at once: nothing waits for the turn to end.
  expect(sent).toHaveLength(5)
  await ada.flush()
  expect(packetsHeard(ada).flat()).toEqual(rows.map(({ id }) => id))
})

test('a frame has 256 kB at most', async () => {
  const { bare, io, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const sent = watchWire(io, ada.socket.id)
  const rows = Array.from({ length: 40 }, (_, n) => ({
    ...message(`m${n}`),
    text: 'x'.repeat(20_000),
  }))
  void sync.broadcastMany('message:new', rows)
  await ada.flush()
  expect(packetsHeard(ada).map((packet) => packet.length)).toEqual([13, 13, 13, 1])
  expect(Math.max(...sent.map(({ length }) => length))).toBeLessThanOrEqual(256 * 1024)
})

test('a row that is larger than a frame travels alone', async () => {
  const { bare, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const large = { ...message('m2'), text: 'x'.repeat(300_000) }
  void sync.broadcastMany('message:new', [message('m1'), large, message('m3'), message('m4')])
  await ada.flush()
  expect(packetsHeard(ada)).toEqual([['m1'], ['m2'], ['m3', 'm4']])
})

test('an answer comes behind the events that wait', async () => {
  const { bare, io, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  // Asked here and answered at once: the question has come in the turn of the events.
  const server = io.sockets.sockets.get(ada.socket.id ?? '')
  const order: unknown[] = []
  ada.socket.onAny((name: string) => order.push(name))
  server?.prependAny((name: string) => {
    if (name !== PROBE) return
    for (const id of ['m1', 'm2', 'm3']) void sync.broadcast('message:new', message(id))
  })
  await new Promise<void>((resolve) => {
    ada.socket.emit(PROBE, () => {
      order.push('answer')
      resolve()
    })
  })
  expect(order).toEqual(['message:new', FRAME, 'answer'])
})

test('so does whatever the application sends by itself, to one or to a room', async () => {
  const { bare, io, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const server = io.sockets.sockets.get(ada.socket.id ?? '')
  for (const id of ['m1', 'm2', 'm3']) void sync.broadcast('message:new', message(id))
  server?.emit('own')
  for (const id of ['m4', 'm5']) void sync.broadcast('message:new', message(id))
  io.to('c1').emit('own')
  await ada.flush()
  expect(ada.heard.map(([name]) => name).slice(-5)).toEqual([
    'message:new',
    FRAME,
    'own',
    FRAME,
    'own',
  ])
})

test('a packet to somebody else makes nothing leave earlier', async () => {
  const rooms: Record<string, string[]> = { ada: ['c1'], bob: [] }
  const { bare, io, sync } = await startChat({ rooms: (userId) => rooms[userId] ?? [] })
  const ada = await bare('ada', { unpacks: true })
  const bob = await bare('bob', { unpacks: true })
  for (const id of ['m1', 'm2', 'm3', 'm4']) {
    void sync.broadcast('message:new', message(id))
    io.to(bob.socket.id ?? '').emit('own')
  }
  await turn()
  await ada.flush()
  expect(packetsHeard(ada)).toEqual([['m1'], ['m2', 'm3', 'm4']])
})

test('who leaves has what was broadcast before, and nothing of what comes after', async () => {
  const { bare, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const bob = await bare('bob', { unpacks: true })
  for (const id of ['m1', 'm2', 'm3']) void sync.broadcast('message:new', message(id))
  void sync.leaveRoom('c1', ['ada'])
  for (const id of ['m4', 'm5']) void sync.broadcast('message:new', message(id))
  await turn()
  await Promise.all([ada.flush(), bob.flush()])
  expect(packetsHeard(ada).flat()).toEqual(['m1', 'm2', 'm3'])
  expect(packetsHeard(bob).flat()).toEqual(['m1', 'm2', 'm3', 'm4', 'm5'])
})

test('who comes has nothing of what was broadcast before', async () => {
  const { bare, sync } = await startChat({
    rooms: (userId) => (userId === 'bob' ? ['c1'] : []),
  })
  const ada = await bare('ada', { unpacks: true })
  await bare('bob', { unpacks: true })
  for (const id of ['m1', 'm2', 'm3']) void sync.broadcast('message:new', message(id))
  void sync.joinRoom('c1', ['ada'])
  for (const id of ['m4', 'm5']) void sync.broadcast('message:new', message(id))
  await turn()
  await ada.flush()
  expect(packetsHeard(ada).flat()).toEqual(['m4', 'm5'])
})

test('who is disconnected by the server has all that was broadcast before', async () => {
  const { bare, io, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const gone = new Promise<void>((resolve) => void ada.socket.on('disconnect', () => resolve()))
  for (const id of ['m1', 'm2', 'm3']) void sync.broadcast('message:new', message(id))
  io.sockets.sockets.get(ada.socket.id ?? '')?.disconnect()
  await gone
  expect(packetsHeard(ada).flat()).toEqual(['m1', 'm2', 'm3'])
})

test('a server that closes has sent what waited, and then lets nothing wait', async () => {
  const { bare, io, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const gone = new Promise<void>((resolve) => void ada.socket.on('disconnect', () => resolve()))
  for (const id of ['m1', 'm2', 'm3']) void sync.broadcast('message:new', message(id))
  await sync.close()
  await io.close()
  await gone
  expect(packetsHeard(ada).flat()).toEqual(['m1', 'm2', 'm3'])
})

test('a client that takes it back has plain events from then on', async () => {
  const { bare, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  await ada.ask(UNPACK, 0)
  for (const id of ['m1', 'm2', 'm3']) void sync.broadcast('message:new', message(id))
  await turn()
  await ada.flush()
  expect(packetsHeard(ada)).toEqual([['m1'], ['m2'], ['m3']])
})

test('a client that comes back is a plain one until it has said so again', async () => {
  const { bare, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  ada.socket.disconnect().connect()
  await until(() => expect(ada.of(HELLO)).toHaveLength(2))
  await ada.flush()
  for (const id of ['m1', 'm2', 'm3']) void sync.broadcast('message:new', message(id))
  await turn()
  await ada.flush()
  expect(packetsHeard(ada)).toEqual([['m1'], ['m2'], ['m3']])
})

test('what nodes are told at once by their log is one packet, for those who unpack on each', async () => {
  const hub = createMemoryHub()
  const chats = await Promise.all(
    ['one', 'two'].map((name) => startChat({ log: hub.join(name) })),
  )
  const clients = await Promise.all(
    chats.map(({ bare }, n) => bare(`user${n}`, { unpacks: n === 0 })),
  )
  await chats[1]!.sync.broadcastMany(
    'message:new',
    ['m1', 'm2', 'm3'].map((id) => message(id)),
  )
  await until(() =>
    expect(clients.map((each) => packetsHeard(each).flat().length)).toEqual([3, 3]),
  )
  expect(clients.map(packetsHeard)).toEqual([[['m1', 'm2', 'm3']], [['m1'], ['m2'], ['m3']]])
})

test('where an adapter carries events to other nodes, each is a packet', async () => {
  const [one, two] = await startTwoNodes()
  const chat = startSync({ io: one.io, onError: () => {} })
  startSync({ io: two.io, onError: () => {} })
  const heard: string[] = []
  for (const [node, { connect, io }] of [one, two].entries()) {
    const socket = await connect(`user${node}`)
    await io.sockets.sockets.get(socket.id ?? '')?.join('c1')
    socket.emit(UNPACK, 1)
    socket.onAny((name: string, data: unknown) => heard.push(`${node} ${name} ${idOf(data)}`))
  }
  for (const id of ['m1', 'm2', 'm3']) void chat.sync.broadcast('message:new', message(id))
  await until(() => expect(heard).toHaveLength(6))
  expect(heard.toSorted()).toEqual(
    [0, 1].flatMap((node) => ['m1', 'm2', 'm3'].map((id) => `${node} message:new ${id}`)),
  )
})

/** What somebody without the engine hears on the same socket. */
function listenPlainly(socket: Socket): unknown[] {
  const heard: unknown[] = []
  socket.on('message:new', (data: unknown) => heard.push(['on', idOf(data)]))
  socket.onAny((name: string, data: unknown) => {
    if (name === 'message:new') heard.push(['any', idOf(data)])
  })
  return heard
}

function startEngine(socket: Socket): () => void {
  const stop = createSyncEngine<ChatEvents>(new QueryClient(), socket, chatRules)
  onTestFinished(stop)
  return stop
}

/** Waits until the server has heard what the client has said, and the client what came of it. */
const exchange = (socket: Socket) => socket.timeout(5000).emitWithAck(PROBE)

test('beside an engine, plain listeners hear each event once and in order, until it stops and after', async () => {
  const { connect, io, sync } = await startChat()
  const socket = await connect('ada')
  const stop = startEngine(socket)
  const heard = listenPlainly(socket)
  const sent = watchWire(io, socket.id)
  await exchange(socket)
  await exchange(socket)
  for (const id of ['m1', 'm2', 'm3']) void sync.broadcast('message:new', message(id))
  // The frame is on its way when the engine stops.
  await turn()
  stop()
  await exchange(socket)
  for (const id of ['m4', 'm5', 'm6']) void sync.broadcast('message:new', message(id))
  await turn()
  await exchange(socket)
  expect(heard).toEqual(
    ['m1', 'm2', 'm3', 'm4', 'm5', 'm6'].flatMap((id) => [
      ['any', id],
      ['on', id],
    ]),
  )
  expect(sent.filter((packet) => packet.includes(FRAME))).toHaveLength(1)
  expect(socket.listeners(FRAME)).toEqual([])
})

test('a turn is encoded once for all who unpack, and once for all who do not', async () => {
  const { bare, io, sync } = await startChat()
  const { encoder } = io.of('/').adapter as unknown as { encoder: { encode: Encode } }
  type Encode = (packet: { data: unknown[] }) => unknown
  const encode = encoder.encode.bind(encoder)
  const encoded: unknown[] = []
  encoder.encode = (packet) => {
    encoded.push(packet.data[0])
    return encode(packet)
  }
  const say = async () => {
    encoded.length = 0
    for (let n = 0; n < 10; n++) void sync.broadcast('message:new', message(`m${n}`))
    await turn()
    await turn()
    return [...encoded]
  }
  for (const userId of ['ada', 'bob', 'eve']) await bare(userId, { unpacks: true })
  expect(await say()).toEqual(['message:new', FRAME])
  for (const userId of ['joe', 'kim']) await bare(userId, { unpacks: false })
  expect(await say()).toEqual(['message:new', FRAME, ...Array(9).fill('message:new')])
})

test('a frame has as many events as a message may carry', async () => {
  const { bare, sync } = await startChat()
  const ada = await bare('ada', { unpacks: true })
  const rows = Array.from({ length: LIMITS.eventsPerFrame + 2 }, (_, n) => message(`m${n}`))
  void sync.broadcastMany('message:new', rows)
  await ada.flush()
  expect(packetsHeard(ada).map((packet) => packet.length)).toEqual([1000, 2])
})
