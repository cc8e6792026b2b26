/** The testing kit, used as an application's author would use it. */

import { InfiniteQueryObserver, QueryObserver } from '@tanstack/query-core'
import { defineSyncRules, prependToFirstPage, upsertItem } from '@iron-stack/sync'
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
  for (const id of [2, 3, 4]) await save(todo(id))
  expect(wire.inFlight).toBe(6)
  await network.quiet()
  expect(new Set(queryClient.getQueryData<Todo[]>(['todos'])?.map(({ id }) => id))).toEqual(
    new Set([1, 2, 3, 4]),
  )
})

test('what never gets quiet is named', async () => {
  const { queryClient } = network.connect('ada')
  const again = () => network.clock.setTimeout(again, 10)
  again()
  void queryClient.prefetchQuery({ queryKey: ['stuck'], queryFn: () => new Promise(() => {}) })
  await expect(network.quiet({ maxTimers: 50 })).rejects.toThrow(
    'Not quiet after 50 timers: fetching ["stuck"]; 1 timers, the next at 500 ms.',
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

test('after `close` nothing listens and no timer waits', async () => {
  const { socket } = openList()
  await network.quiet()
  network.close()
  expect([socket.connected, socket.listenerCount(), network.clock.pending]).toEqual([
    false,
    0,
    0,
  ])
})
