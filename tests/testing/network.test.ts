/** The testing kit, used as an application's author would use it. */

import { InfiniteQueryObserver, QueryObserver } from '@tanstack/query-core'
import { defineSyncRules, prependToFirstPage, upsertItem } from '@iron-stack/sync'
import { memoryLog } from '@iron-stack/sync/server'
import { createTestNetwork, type TestNetwork } from '@iron-stack/sync/testing'
import { beforeEach, expect, onTestFinished, test } from 'vitest'

interface Todo {
  readonly id: number
  readonly text: string
}

interface Events {
  'todo:saved': Todo
}

const rules = defineSyncRules<Events>({
  'todo:saved': {
    room: 'todos',
    actions: [
      { queryKey: ['todos'], action: 'direct', updater: upsertItem({ insert: 'first' }) },
      {
        queryKey: ['pages'],
        action: 'direct',
        infinite: true,
        updater: (old, todo) => prependToFirstPage(old, todo),
      },
    ],
  },
})

const todo = (id: number, text = 'a todo'): Todo => ({ id, text })

let network: TestNetwork<Events>
let todos: Todo[]
beforeEach(() => {
  todos = [todo(1)]
  network = createTestNetwork({ rules })
  onTestFinished(() => network.close())
})

async function save(saved: Todo): Promise<void> {
  todos = [saved, ...todos.filter(({ id }) => id !== saved.id)]
  await network.server.broadcast('todo:saved', saved)
}

function openList(rooms = ['todos']) {
  const client = network.connect('ada', { rooms })
  const observer = new QueryObserver(client.queryClient, {
    queryKey: ['todos'],
    queryFn: async () => {
      const answer = todos
      await network.clock.sleep(50)
      return answer
    },
    staleTime: Infinity,
  })
  observer.subscribe(() => {})
  return { ...client, observer }
}

test('an event reaches the cache of who is in its room', async () => {
  const { queryClient } = openList()
  const stranger = openList([])
  await network.quiet()
  await save(todo(2))
  await network.quiet()
  expect(queryClient.getQueryData(['todos'])).toEqual([todo(2), todo(1)])
  expect(stranger.queryClient.getQueryData(['todos'])).toEqual([todo(1)])
})

test('an event that meets a fetch leaves the cache converged', async () => {
  openList()
  await network.advance(20)
  await save(todo(2))
  await network.quiet()
  await expect(network.expectConverged()).resolves.toBeUndefined()
})

test('a cache that missed an event is named, with both values', async () => {
  openList([])
  await network.quiet()
  await save(todo(2))
  await network.quiet()
  await expect(network.expectConverged()).rejects.toThrow(
    [
      'Query ["todos"] does not equal what its queryFn answers.',
      '  cached: [{"id":1,"text":"a todo"}]',
      '  answer: [{"id":2,"text":"a todo"},{"id":1,"text":"a todo"}]',
    ].join('\n'),
  )
})

test('infinite queries are compared page by page, up to the last row held', async () => {
  const { queryClient } = network.connect('ada', { rooms: ['todos'] })
  todos = [5, 4, 3, 2, 1].map((id) => todo(id))
  const observer = new InfiniteQueryObserver(queryClient, {
    queryKey: ['pages'],
    queryFn: ({ pageParam }) => todos.filter(({ id }) => id < pageParam).slice(0, 2),
    initialPageParam: Infinity,
    getNextPageParam: (page: Todo[]) => page[1]?.id,
  })
  observer.subscribe(() => {})
  await network.quiet()
  await observer.fetchNextPage()
  await save(todo(6))
  await network.quiet()
  expect(queryClient.getQueryData(['pages'])).toMatchObject({
    pages: [
      [todo(6), todo(5), todo(4)],
      [todo(3), todo(2)],
    ],
  })
  await network.expectConverged()
})

test('a wire delays packets, and keeps their order', async () => {
  const { socket } = network.connect('ada', { rooms: ['todos'], wire: { delayMs: 30 } })
  const received: unknown[] = []
  socket.on('todo:saved', (data) => received.push(data))
  await network.quiet()
  await save(todo(2))
  await save(todo(3))
  await network.advance(29)
  expect(received).toEqual([])
  await network.advance(1)
  expect(received).toEqual([todo(2), todo(3)])
})

test('a cut wire loses what it carries, and both ends notice', async () => {
  const { socket, wire } = network.connect('ada', { rooms: ['todos'], wire: { delayMs: 30 } })
  const received: unknown[] = []
  socket.on('todo:saved', (data) => received.push(data))
  await network.quiet()
  await save(todo(2))
  wire.cut()
  expect([socket.connected, network.io.sockets.size, wire.inFlight]).toEqual([false, 0, 0])
  wire.restore()
  socket.connect()
  await network.quiet()
  await save(todo(3))
  await network.quiet()
  expect(received).toEqual([todo(3)])
})

test('a wire may double and reorder packets; no row is lost or doubled by it', async () => {
  const { queryClient } = openList()
  const { wire } = network.connect('bob', {
    rooms: ['todos'],
    queryClient,
    wire: { duplicateRate: 1, reorderRate: 0.5, delayMs: 10 },
  })
  await network.quiet()
  for (const id of [2, 3, 4]) {
    await save(todo(id))
    // Each in a turn of its own, and so in a packet of its own.
    await network.advance(0)
  }
  expect(wire.inFlight).toBe(6)
  await network.quiet()
  expect(new Set(queryClient.getQueryData<Todo[]>(['todos'])?.map(({ id }) => id))).toEqual(
    new Set([1, 2, 3, 4]),
  )
})

test('what never gets quiet is named', async () => {
  const { queryClient } = network.connect('ada', { engine: false })
  await network.advance(1000)
  const again = () => network.clock.setTimeout(again, 10)
  again()
  void queryClient.prefetchQuery({ queryKey: ['stuck'], queryFn: () => new Promise(() => {}) })
  await expect(network.quiet({ maxTimers: 50 })).rejects.toThrow(
    'Not quiet after 50 timers: fetching ["stuck"]; 1 timers, the next at 1520 ms.',
  )
})

test('a socket sends to the server, and gets its acknowledgement', async () => {
  const { socket } = network.connect('ada', { wire: { delayMs: 5 } })
  const answers: unknown[] = []
  network.io.on('connection', (server) => {
    const { on } = server as { on: (event: string, listener: unknown) => void }
    on('ask', (question: string, answer: (text: string) => void) => answer(`${question}!`))
  })
  socket.emit('ask', 'well', (text: unknown) => answers.push(text))
  await network.quiet()
  expect(answers).toEqual(['well!'])
})

test('rooms may be asked for at each connection, and take their time', async () => {
  const answers = [['todos'], ['todos', 'more']]
  const { socket, wire } = network.connect('ada', {
    engine: false,
    rooms: async () => {
      await network.clock.sleep(100)
      return answers.shift() ?? []
    },
  })
  const rooms = () =>
    [...network.io.adapter.rooms.keys()].filter((room) => /^todos|more/.test(room))
  await network.advance(99)
  expect(rooms()).toEqual([])
  await network.advance(1)
  expect(rooms()).toEqual(['todos'])
  wire.cut()
  wire.restore()
  socket.connect()
  await network.quiet()
  expect(rooms()).toEqual(['todos', 'more'])
})

test('the rooms and the permissions of the server are a network’s own', async () => {
  network = createTestNetwork({
    rules,
    rooms: (userId) => [`of ${userId}`],
    authorize: (_, rooms) => rooms.filter((room) => room !== 'secret'),
  })
  const { socket } = network.connect('ada', { engine: false })
  const notes: unknown[] = []
  socket.on('sync:rooms', (told) => notes.push(...(told as [string, string][])))
  await network.quiet()
  socket.emit('sync:join', ['todos', 'secret'])
  await network.quiet()
  const named = (notes as [string, string?][]).map(([what, room = '']) => `${what} ${room}`)
  expect(new Set(named)).toEqual(
    new Set(['user user:ada', 'joined of ada', 'settled ', 'joined todos', 'refused secret']),
  )
})

test('the log keeps as much as the network says', async () => {
  network = createTestNetwork({ rules, log: { maxEventsPerRoom: 1 } })
  const { socket } = network.connect('ada', { engine: false, rooms: ['todos'] })
  let epoch: unknown
  let handle: unknown
  socket.on('sync:hello', (hello) => (epoch = (hello as { e: string }).e))
  socket.on('sync:rooms', (notes) => {
    handle ??= (notes as string[][]).find(([, room]) => room === 'todos')?.[2]
  })
  await network.quiet()
  await save(todo(2))
  await save(todo(3))
  const answers: unknown[] = []
  const pull = { e: epoch, t: 0, q: [[handle, 0]] }
  socket.emit('sync:pull', pull, (answer: unknown) => answers.push(answer))
  await network.quiet()
  expect(answers).toEqual([{ r: [['lost', handle, 2]], ev: [] }])
})

test('a log of one’s own is made at the start and at each restart', async () => {
  const made: string[] = []
  network = createTestNetwork({
    rules,
    log: (outside) => {
      const log = memoryLog(outside)
      made.push(log.epoch)
      return log
    },
  })
  const { socket } = network.connect('ada', { engine: false, reconnect: true })
  const heard: unknown[] = []
  socket.on('sync:hello', (hello) => heard.push((hello as { e: string }).e))
  await network.quiet()
  network.restart()
  await network.quiet()
  expect(new Set(made).size).toBe(2)
  expect(heard).toEqual(made)
})

test('a restart ends all connections; who comes back finds a server that remembers nothing', async () => {
  network = createTestNetwork({ rules, onError: () => {} })
  const { socket } = network.connect('ada', { engine: false, rooms: ['todos'] })
  const { socket: eager } = network.connect('bob', { engine: false, reconnect: true })
  const heard: unknown[] = []
  const epochs: unknown[] = []
  socket.on('disconnect', (reason) => heard.push(reason))
  socket.on('sync:hello', (hello) => epochs.push((hello as { e: string }).e))
  socket.on('todo:saved', (data) => heard.push(data))
  await network.quiet()
  const first = network.server
  network.restart()
  expect([socket.connected, eager.connected]).toEqual([false, false])
  await network.quiet()
  expect([socket.connected, eager.connected]).toEqual([false, true])
  socket.connect()
  await network.quiet()
  await save(todo(2))
  await network.quiet()
  expect(heard).toEqual(['transport close', todo(2)])
  expect(new Set(epochs).size).toBe(2)
  expect(network.server).not.toBe(first)
  await expect(first.broadcast('todo:saved', todo(3))).rejects.toMatchObject({ code: 'closed' })
})

test('a restart is not heard over a silently cut wire', async () => {
  const { socket, wire } = network.connect('ada', { engine: false })
  await network.quiet()
  wire.cut({ silently: true })
  network.restart()
  expect([socket.connected, network.io.sockets.size]).toEqual([true, 0])
  await network.quiet()
  expect([socket.connected, network.clock.pending]).toEqual([false, 0])
})

test('a client that reconnects by itself waits for its wire without a timer', async () => {
  const { socket, wire } = network.connect('ada', { engine: false, reconnect: 500 })
  await network.quiet()
  wire.cut()
  await network.quiet()
  expect([socket.connected, network.clock.now()]).toEqual([false, 500])
  wire.restore()
  await network.quiet()
  expect(socket.connected).toBe(true)
  socket.disconnect()
  await network.quiet()
  expect(socket.connected).toBe(false)
})

test('who is away when a row is saved has it after coming back', async () => {
  const { queryClient, socket, wire } = openList()
  await network.quiet()
  wire.cut()
  await save(todo(2))
  wire.restore()
  socket.connect()
  await network.quiet()
  expect(queryClient.getQueryData(['todos'])).toEqual([todo(2), todo(1)])
  await network.expectConverged()
})

test('the same seed gives the same epochs', async () => {
  const epochOf = async () => {
    const other = createTestNetwork({ rules, seed: 5 })
    onTestFinished(() => other.close())
    const { socket } = other.connect('ada', { engine: false })
    let epoch: unknown
    socket.on('sync:hello', (hello) => (epoch = hello))
    await other.quiet()
    return epoch
  }
  const epoch = await epochOf()
  expect(epoch).toMatchObject({ t: 0 })
  expect(await epochOf()).toEqual(epoch)
})

test('after `close` nothing listens and no timer waits', async () => {
  const { socket } = openList()
  const { wire } = network.connect('bob')
  await network.quiet()
  wire.cut({ silently: true })
  network.close()
  expect(network.io.sockets.size).toBe(0)
  expect([socket.connected, socket.listenerCount(), network.clock.pending]).toEqual([
    false,
    0,
    0,
  ])
})
