/** The namespace in memory, beside Socket.IO's own. */

import {
  createManualClock,
  createMemoryIo,
  createMemorySocket,
  createRandom,
  settle,
  type ServerSocket,
} from '@iron-stack/sync/testing'
import { Adapter } from 'socket.io-adapter'
import { expect, test } from 'vitest'

const EVENTS = ['create-room', 'join-room', 'leave-room', 'delete-room'] as const

/** A namespace that anybody can get into, and what its adapter tells. */
function openNamespace() {
  const io = createMemoryIo()
  const told: unknown[] = []
  for (const event of EVENTS) io.adapter.on(event, (...args) => told.push([event, ...args]))
  const received: unknown[] = []
  const enter = () =>
    io.accept(
      { userId: 'ada' },
      {
        send: (_, encoded) => received.push(JSON.parse(encoded)),
        hangUp: () => received.push('hung up'),
      },
    )
  return { io, told, received, enter }
}

test('the adapter tells of rooms before their members, and of members before their rooms', () => {
  const { io, told, enter } = openNamespace()
  const { socket, close } = enter()
  socket.join(['a', 'b'])
  socket.join('a')
  socket.leave('b')
  close('transport close')
  expect(told).toEqual([
    ['create-room', 'socket1'],
    ['join-room', 'socket1', 'socket1'],
    ['create-room', 'a'],
    ['join-room', 'a', 'socket1'],
    ['create-room', 'b'],
    ['join-room', 'b', 'socket1'],
    ['leave-room', 'b', 'socket1'],
    ['delete-room', 'b'],
    ['leave-room', 'socket1', 'socket1'],
    ['delete-room', 'socket1'],
    ['leave-room', 'a', 'socket1'],
    ['delete-room', 'a'],
  ])
  expect([io.adapter.rooms.size, io.adapter.sids.size]).toEqual([0, 0])
})

test('whatever sockets do, it tells what the adapter of Socket.IO tells', async () => {
  const { io, enter } = openNamespace()
  // Rooms are all that is asked of it here.
  const real = new Adapter({ server: { encoder: undefined } })
  const told: unknown[] = []
  const toldByReal: unknown[] = []
  const isStillIn = ({ sids }: Pick<Adapter, 'sids'>, room: unknown, id: unknown) =>
    sids.get(String(id))?.has(String(room))
  for (const event of EVENTS) {
    real.on(event, (room: string, id?: string) => {
      toldByReal.push([event, room, id, isStillIn(real, room, id)])
    })
    io.adapter.on(event, (room, id) => {
      told.push([event, room, id, isStillIn(io.adapter as Adapter, room, id)])
    })
  }
  const random = createRandom(3)
  const open: ReturnType<typeof enter>[] = []
  for (let n = 0; n < 300; n++) {
    if (open.length === 0 || random.chance(0.1)) {
      const entered = enter()
      open.push(entered)
      await real.addAll(entered.socket.id, new Set([entered.socket.id]))
    }
    const one = random.pick(open)
    const { id } = one.socket
    if (random.chance(0.5)) {
      const joined = ['a', 'b', 'c'].filter(() => random.chance(0.4))
      one.socket.join(joined)
      await real.addAll(id, new Set(joined))
    } else if (random.chance(0.8)) {
      const room = random.pick(['a', 'b', 'c'])
      one.socket.leave(room)
      await real.del(id, room)
    } else {
      open.splice(open.indexOf(one), 1)
      one.close('transport close')
      real.delAll(id)
    }
  }
  expect(told).toEqual(toldByReal)
  expect(io.adapter.rooms).toEqual(real.rooms)
  expect(io.adapter.sids).toEqual(real.sids)
})

test('a socket that disconnects is still in its rooms when it says so, and in none after', () => {
  const { enter } = openNamespace()
  const { socket, close } = enter()
  socket.join('a')
  const rooms: unknown[] = []
  socket.on('disconnecting', (reason) =>
    rooms.push([reason, socket.connected, ...socket.rooms]),
  )
  socket.once('disconnect', (reason) => rooms.push([reason, socket.connected, ...socket.rooms]))
  close('transport close')
  socket.join('b')
  close('transport close')
  expect(rooms).toEqual([
    ['transport close', true, 'socket1', 'a'],
    ['transport close', false],
  ])
})

test('a broadcast reaches each member once, volatile or not, and all where no room is named', () => {
  const { io, received, enter } = openNamespace()
  const first = enter().socket
  first.join(['a', 'b'])
  enter().socket.join('b')
  io.to(['a', 'b']).emit('both', 1)
  io.to('a').volatile.emit('one')
  io.to([]).emit('all')
  first.volatile.emit('own')
  expect(received).toEqual([['both', 1], ['both', 1], ['one'], ['all'], ['all'], ['own']])
})

test('sockets join, leave and are disconnected by their room', () => {
  const { io, received, enter } = openNamespace()
  const { socket } = enter()
  const other = enter().socket
  io.in(socket.id).socketsJoin(['a', 'b'])
  io.in('a').socketsLeave('b')
  expect([...socket.rooms]).toEqual(['socket1', 'a'])
  io.in('a').disconnectSockets()
  expect([socket.connected, other.connected, received]).toEqual([false, true, ['hung up']])
})

function openSocket(wire: { delayMs?: number; duplicateRate?: number } = {}) {
  const io = createMemoryIo()
  const clock = createManualClock()
  const made = createMemorySocket({
    io,
    clock,
    random: createRandom(1),
    data: { userId: 'ada' },
    ...wire,
  })
  const peers: ServerSocket[] = []
  io.on('connection', (peer) => peers.push(peer as ServerSocket))
  const heard: unknown[] = []
  made.socket.on('connect', () => heard.push('connect'))
  made.socket.on('disconnect', (reason) => heard.push(reason))
  const advance = async (ms: number) => {
    clock.advance(ms)
    await settle()
  }
  return { ...made, io, clock, peers, heard, advance }
}

test('`onAny` is told each event before its listeners, and counted with them', async () => {
  const { socket, peers, advance } = openSocket()
  const heard: unknown[] = []
  const listener = (...args: unknown[]) => heard.push(['any', ...args])
  socket.on('news', (...args) => heard.push(['news', ...args]))
  socket.onAny(listener)
  expect(socket.listenerCount()).toBe(4)
  socket.connect()
  await advance(0)
  peers[0]?.emit('news', 1, { two: 2 })
  await advance(0)
  socket.offAny(listener)
  peers[0]?.emit('news', 3)
  await advance(0)
  expect(heard).toEqual([
    ['any', 'news', 1, { two: 2 }],
    ['news', 1, { two: 2 }],
    ['news', 3],
  ])
  expect(socket.listenerCount()).toBe(3)
})

test('an answer to an earlier connection is lost, and so is a question', async () => {
  const { socket, wire, peers, advance } = openSocket({ delayMs: 10 })
  const answers: unknown[] = []
  const asked: ((answer: string) => void)[] = []
  socket.connect()
  await advance(20)
  peers[0]?.on('ask', (answer) => asked.push(answer as (answer: string) => void))
  socket.emit('ask', (answer: unknown) => answers.push(answer))
  await advance(10)
  wire.cut()
  wire.restore()
  socket.connect()
  await advance(20)
  peers[1]?.on('ask', (answer) => asked.push(answer as (answer: string) => void))
  asked[0]?.('late')
  socket.emit('ask', (answer: unknown) => answers.push(answer))
  socket.disconnect()
  socket.connect()
  await advance(100)
  expect([socket.connected, asked.length, answers]).toEqual([true, 1, []])
})

test('what is said to a socket that waits is sent before it hears that it is connected', async () => {
  const { io, socket, advance } = openSocket()
  const said: unknown[] = []
  io.on('connection', (peer) => {
    for (const event of ['first', 'second']) {
      const { on } = peer as ServerSocket
      on(event, () => said.push(event))
    }
  })
  socket.on('connect', () => socket.emit('second'))
  socket.emit('first')
  socket.connect()
  await advance(0)
  expect(said).toEqual(['first', 'second'])
})

test('a socket whose wire is cut while it connects goes on when that is whole', async () => {
  const { socket, wire, clock, peers, heard, advance } = openSocket({ delayMs: 10 })
  socket.connect()
  await advance(15)
  expect([peers.length, socket.connected]).toEqual([1, false])
  wire.cut()
  await advance(1000)
  expect([peers[0]?.connected, clock.pending]).toEqual([false, 0])
  wire.restore()
  await advance(20)
  expect([heard, peers.length]).toEqual([['connect'], 2])
})

test('a socket that gives up before it is let in stays out', async () => {
  const { socket, heard, peers, advance } = openSocket({ delayMs: 10 })
  socket.connect()
  socket.disconnect()
  await advance(100)
  expect([heard, peers]).toEqual([[], []])
})

test('a silently cut wire loses what both ends say, and neither notices', async () => {
  const { socket, wire, peers, heard, advance } = openSocket()
  const received: unknown[] = []
  socket.on('news', (news) => received.push(news))
  socket.connect()
  await advance(0)
  peers[0]?.on('news', (news) => received.push(news))
  wire.cut({ silently: true })
  socket.emit('news', 'up')
  peers[0]?.emit('news', 'down')
  await advance(19_999)
  expect([socket.connected, peers[0]?.connected]).toEqual([true, true])
  wire.restore()
  socket.emit('news', 'up again')
  await advance(1)
  expect([received, heard, peers[0]?.connected]).toEqual([
    [],
    ['connect', 'ping timeout'],
    false,
  ])
})

test('both ends give a silent connection up by one timer', async () => {
  const { socket, wire, clock, peers, heard, advance } = openSocket()
  socket.connect()
  await advance(0)
  peers[0]?.on('disconnect', (reason) => heard.push(`server: ${String(reason)}`))
  wire.cut({ silently: true })
  expect(clock.pending).toBe(1)
  await advance(20_000)
  expect([socket.connected, clock.pending]).toEqual([false, 0])
  expect(heard).toEqual(['connect', 'server: ping timeout', 'ping timeout'])
})

test('a client that leaves a dead connection gets a fresh one, and the server closes the stale end', async () => {
  const { socket, wire, clock, peers, heard, advance } = openSocket()
  socket.connect()
  await advance(0)
  wire.cut({ silently: true })
  socket.disconnect()
  socket.connect()
  await advance(5000)
  expect([peers.length, peers[0]?.connected, socket.connected]).toEqual([1, true, false])
  wire.restore()
  await advance(0)
  expect(peers.map(({ connected }) => connected)).toEqual([false, true])
  expect(heard).toEqual(['connect', 'io client disconnect', 'connect'])
  expect(clock.pending).toBe(0)
})

test('a stale end whose client stays away is closed by the clock, also on a whole wire', async () => {
  const { socket, wire, clock, peers, advance } = openSocket()
  socket.connect()
  await advance(0)
  wire.cut({ silently: true })
  socket.disconnect()
  wire.restore()
  await advance(19_999)
  expect(peers[0]?.connected).toBe(true)
  await advance(1)
  expect([peers[0]?.connected, clock.pending]).toEqual([false, 0])
})

test('a socket that the server disconnects hears all that was sent before', async () => {
  const { socket, peers, heard, advance } = openSocket({ delayMs: 10 })
  socket.on('news', (news) => heard.push(news))
  socket.connect()
  await advance(20)
  peers[0]?.emit('news', 'the last')
  peers[0]?.disconnect()
  peers[0]?.emit('news', 'too late')
  expect([peers[0]?.connected, socket.connected]).toEqual([false, true])
  await advance(10)
  expect(heard).toEqual(['connect', 'the last', 'io server disconnect'])
})
