/** What a client does with a frame: several events that came in one packet. */

import { QueryClient, QueryObserver } from '@tanstack/query-core'
import { defineSyncRules, type SyncError, upsertItem } from '@iron-stack/sync'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { createTestNetwork, type MemorySocket } from '@iron-stack/sync/testing'
import { expect, onTestFinished, test } from 'vitest'
import { FRAME, HELLO, LIMITS, UNPACK } from '../../src/control.ts'
import { startSyncEngine } from '../../src/engine/create-sync-engine.ts'
import { catchUncaught } from '../support/rejections.ts'

interface Todo {
  readonly id: number
}

interface Events {
  'todo:saved': Todo
  'todo:hidden': Todo
}

const rules = defineSyncRules<Events>({
  'todo:saved': {
    room: 'todos',
    actions: [
      { queryKey: ['todos'], action: 'direct', updater: upsertItem({ insert: 'last' }) },
    ],
  },
  'todo:hidden': { room: 'todos', actions: [] },
})

async function start() {
  const errors: SyncError[] = []
  const network = createTestNetwork<Events>({
    rules,
    onError: (error) => errors.push(error),
  })
  onTestFinished(() => network.close())
  const { queryClient, socket, stop, wire } = network.connect('ada', { rooms: ['todos'] })
  queryClient.setQueryData(['todos'], [])
  await network.quiet()
  const writes: unknown[] = []
  queryClient.getQueryCache().subscribe(({ type, query }) => {
    if (type === 'updated') writes.push(query.state.data)
  })
  return {
    network,
    queryClient,
    socket,
    stop,
    wire,
    errors,
    writes,
    held: () => (queryClient.getQueryData(['todos']) as Todo[]).map(({ id }) => id),
    /** In one turn: the first in a packet of its own, the others in one. */
    async save(...ids: number[]) {
      for (const id of ids) void network.server.broadcast('todo:saved', { id })
      await network.advance(0)
    },
  }
}

/** The server's own message, as a client hears it that is sent something else. */
async function sendRaw(
  {
    network,
    socket,
  }: { network: Awaited<ReturnType<typeof start>>['network']; socket: MemorySocket },
  ...args: unknown[]
): Promise<void> {
  network.io.sockets.get(socket.id ?? '')?.emit(FRAME, ...args)
  await network.advance(0)
}

test('a frame is one write for each query, whatever it holds', async () => {
  const { save, writes, held } = await start()
  await save(1, 2, 3, 4)
  expect(held()).toEqual([1, 2, 3, 4])
  expect(writes).toEqual([[{ id: 1 }], [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }]])
})

test('those who look at a query are told once for each frame', async () => {
  const { save, queryClient } = await start()
  const shown: number[] = []
  const observer = new QueryObserver<Todo[]>(queryClient, {
    queryKey: ['todos'],
    enabled: false,
  })
  onTestFinished(observer.subscribe(({ data }) => shown.push(data?.length ?? 0)))
  await save(1, 2, 3, 4)
  expect(shown).toEqual([1, 4])
})

test('plain listeners hear each event once, in order, behind the writes', async () => {
  const { save, socket, held } = await start()
  const heard: unknown[] = []
  socket.onAny((event, data) => {
    if (event === 'todo:saved') heard.push(['any', (data as Todo).id])
  })
  socket.on('todo:saved', (data, meta) => {
    heard.push([(data as Todo).id, typeof meta, held().length])
  })
  socket.on('todo:saved', (data) => heard.push((data as Todo).id))
  await save(1, 2, 3)
  expect(heard).toEqual([
    ['any', 1],
    [1, 'object', 1],
    1,
    ['any', 2],
    [2, 'object', 3],
    2,
    ['any', 3],
    [3, 'object', 3],
    3,
  ])
})

test('a listener that takes itself off hears no more', async () => {
  const { save, socket } = await start()
  const heard: unknown[] = []
  const once = (data: unknown) => {
    heard.push(data)
    socket.off('todo:saved', once)
  }
  await save(1)
  socket.on('todo:saved', once)
  await save(2, 3, 4)
  expect(heard).toEqual([{ id: 2 }])
})

test('a listener that throws takes the event from those behind it, and nothing else', async () => {
  const { save, socket, held } = await start()
  const uncaught = catchUncaught()
  const heard: unknown[] = []
  socket.on('todo:saved', (data) => {
    if ((data as Todo).id === 2) throw new Error('the application')
  })
  socket.on('todo:saved', (data) => heard.push((data as Todo).id))
  await save(1, 2, 3)
  expect([held(), heard]).toEqual([
    [1, 2, 3],
    [1, 3],
  ])
  expect(await uncaught()).toEqual([new Error('the application')])
})

test('after a listener has disconnected the socket, nothing more is told', async () => {
  const { save, socket } = await start()
  const heard: unknown[] = []
  socket.on('todo:saved', (data) => {
    heard.push((data as Todo).id)
    if ((data as Todo).id === 2) socket.disconnect()
  })
  await save(1, 2, 3)
  expect(heard).toEqual([1, 2])
})

test('engines of two caches on one socket both apply it, and listeners hear it once', async () => {
  const { save, socket, held, network } = await start()
  const other = new QueryClient()
  other.setQueryData(['todos'], [])
  const stop = createSyncEngine(other, socket, rules, { clock: network.clock })
  onTestFinished(stop)
  await network.quiet()
  const heard: unknown[] = []
  socket.on('todo:saved', (data) => heard.push((data as Todo).id))
  await save(1, 2, 3)
  expect([held(), other.getQueryData(['todos']), heard]).toEqual([
    [1, 2, 3],
    [{ id: 1 }, { id: 2 }, { id: 3 }],
    [1, 2, 3],
  ])
})

test('what taps an event is told once for each, behind the writes of its frame', async () => {
  const { save, socket, queryClient, held, network } = await start()
  const engine = startSyncEngine(queryClient, socket, rules, { clock: network.clock })
  onTestFinished(engine.stop)
  const tapped: unknown[] = []
  engine.tap('todo:saved', (data, { replayed }) => {
    tapped.push([(data as Todo).id, held().length, replayed])
  })
  await network.quiet()
  await save(1, 2, 3)
  expect(tapped).toEqual([
    [1, 1, false],
    [2, 3, false],
    [3, 3, false],
  ])
})

test('an engine that has stopped still unpacks what is on its way, then leaves nothing behind', async () => {
  const { network, socket, stop, wire } = await start()
  const heard: unknown[] = []
  wire.delayMs = 10
  socket.on('todo:saved', (data) => heard.push((data as Todo).id))
  for (const id of [1, 2, 3]) void network.server.broadcast('todo:saved', { id })
  await network.advance(5)
  stop()
  await network.advance(100)
  for (const id of [4, 5, 6]) void network.server.broadcast('todo:saved', { id })
  const frames: unknown[] = []
  socket.on(FRAME, (events) => frames.push(events))
  await network.advance(100)
  expect([heard, frames]).toEqual([[1, 2, 3, 4, 5, 6], []])
  expect(socket.listenerCount()).toBe(2)
})

test('an engine that comes right after another has frames, too', async () => {
  const { network, socket, queryClient, stop, save } = await start()
  stop()
  const next = createSyncEngine(queryClient, socket, rules, { clock: network.clock })
  onTestFinished(next)
  await network.quiet()
  let frames = 0
  socket.on(FRAME, () => frames++)
  await save(1, 2, 3)
  expect(frames).toBe(1)
})

test('a connection that is lost leaves nothing of an engine that had stopped', async () => {
  const { socket, stop, wire, network } = await start()
  wire.cut({ silently: true })
  stop()
  await network.advance(60_000)
  expect([socket.connected, socket.listenerCount()]).toEqual([false, 0])
})

const META = { e: 'e', i: 'i1' }

test.each<[string, unknown]>([
  ['no list', { 0: ['todo:saved', { id: 1 }, META] }],
  ['a list of something else', [['todo:saved', { id: 1 }, META], 7]],
  ['an event without a name', [[7, { id: 1 }, META]]],
  ['a name that Socket.IO keeps for itself', [['disconnect', 'transport close']]],
  ['a control message', [[HELLO, { v: 1, e: 'e', t: 0 }]]],
  ['a frame in a frame', [[FRAME, [['todo:saved', { id: 1 }, META]]]]],
  [
    'more than a frame may hold',
    Array.from({ length: LIMITS.eventsPerFrame + 1 }, () => ['todo:saved', { id: 1 }, META]),
  ],
])('%s is no frame: nothing of it is applied, and it is reported once', async (_, frame) => {
  const { errors, held, network, socket, writes } = await start()
  const heard: unknown[] = []
  socket.on('todo:saved', (data) => heard.push(data))
  socket.on('disconnect', (reason) => heard.push(reason))
  await sendRaw({ network, socket }, frame)
  await sendRaw({ network, socket }, frame)
  expect([held(), writes, heard]).toEqual([[], [], []])
  expect(errors.map(({ code }) => code)).toEqual(['unreadable-frame'])
  expect(socket.connected).toBe(true)
})

test('after a frame that could not be read, events come one by one, and none is missing', async () => {
  const { network, socket, held, save, errors } = await start()
  // What the server sends in its next frame is spoiled on its way.
  const server = network.io.sockets.get(socket.id ?? '')
  server?.emit(FRAME, 'spoiled')
  const said: unknown[] = []
  server?.on(UNPACK, (value) => said.push(value))
  await network.quiet()
  const frames: unknown[] = []
  socket.on(FRAME, (events) => frames.push(events))
  await save(1, 2, 3)
  expect([held(), frames, said]).toEqual([[1, 2, 3], [], [0]])
  expect(errors.map(({ code }) => code)).toEqual(['unreadable-frame'])
})
