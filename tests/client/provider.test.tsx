// @vitest-environment happy-dom

/** SyncProvider keeps one engine running while it is mounted, and leaves nothing behind. */

import {
  SyncProvider,
  useSync,
  type KeyReader,
  type SyncProviderProps,
  type SyncValue,
} from '@iron-stack/sync/client'
import type { SyncError } from '@iron-stack/sync'
import { QueryClientProvider, useQuery, type QueryClient } from '@tanstack/react-query'
import { act, cleanup, render, screen } from '@testing-library/react'
import { StrictMode, useLayoutEffect, type ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import type { Socket } from 'socket.io-client'
import { afterEach, describe, expect, test } from 'vitest'
import { captureConsole } from '../support/console.ts'
import { createClient, stateOf } from '../support/engine.ts'
import { startSocketServer, type TestServer } from '../support/socket-io.ts'
import {
  listKey,
  ONE,
  onNewTodo,
  PREPEND,
  PREPEND_EACH_TIME,
  THREE,
  TWO,
  type Todo,
  type TodoEvents,
} from '../support/todos.ts'
import { until } from '../support/until.ts'

afterEach(cleanup)

const rules = onNewTodo(PREPEND_EACH_TIME)

async function startAll() {
  const server = await startSocketServer()
  const queryClient = createClient()
  queryClient.setQueryData(listKey('a'), [])
  return { ...server, queryClient, socket: await server.connect() }
}

type Props = Partial<SyncProviderProps<TodoEvents>> & {
  readonly queryClient: QueryClient
  readonly socket: Socket | null
}

/** An app around one SyncProvider, with what it needs by default. */
function App({ queryClient, ...props }: Props): ReactNode {
  return (
    <QueryClientProvider client={queryClient}>
      <SyncProvider rules={rules} onError={() => {}} {...props} />
    </QueryClientProvider>
  )
}

const EVENTS = ['todo:new', 'todo:old', 'connect', 'disconnect']

/** How many listen to a socket, event by event. */
function listeners(socket: Socket): number[] {
  return EVENTS.map((event) => socket.listeners(event).length)
}

function ids(queryClient: QueryClient): number[] | undefined {
  return queryClient.getQueryData<Todo[]>(listKey('a'))?.map(({ id }) => id)
}

/** Sends an event to one client over the wire, and waits until it is there. */
async function send(io: TestServer['io'], socket: Socket, todo: Todo): Promise<void> {
  const arrived = new Promise((resolve) => {
    socket.prependAny((event) => event === 'todo:new' && resolve(event))
  })
  io.of('/')
    .sockets.get(socket.id ?? '')
    ?.emit('todo:new', todo, { e: 'x', i: `x${todo.id}` })
  await act(() => arrived)
  socket.offAny()
}

describe('while it is mounted, SyncProvider', () => {
  test('shows an event that the server sends', async () => {
    const { io, queryClient, socket } = await startAll()
    function Todos() {
      const { data } = useQuery<Todo[]>({
        queryKey: listKey('a'),
        queryFn: () => [],
        staleTime: Infinity,
      })
      return <p role="list">{data?.map(({ id }) => id).join(', ')}</p>
    }
    render(
      <App queryClient={queryClient} socket={socket}>
        <Todos />
      </App>,
    )
    await send(io, socket, ONE)
    await send(io, socket, TWO)
    await until(() => expect(screen.getByRole('list').textContent).toBe('2, 1'))
  })

  test('reads keys by the reader it is given', async () => {
    const { io, queryClient, socket } = await startAll()
    queryClient.setQueryData(['api', 'todos'], [])
    const keys: KeyReader = ([root]) =>
      root === 'api' ? { path: ['todo', 'list'] } : undefined
    render(<App queryClient={queryClient} socket={socket} keys={keys} />)
    await send(io, socket, ONE)
    expect(queryClient.getQueryData(['api', 'todos'])).toEqual([ONE])
    expect(ids(queryClient)).toEqual([])
  })

  test('puts what was delivered shortly before a fetch over its answer, as readLagMs says', async () => {
    const { io, queryClient, socket } = await startAll()
    render(<App queryClient={queryClient} socket={socket} readLagMs={60_000} />)
    io.emit('todo:new', ONE)
    await until(() => expect(queryClient.getQueryData(listKey('a'))).toEqual([ONE]))
    const lagging = async (): Promise<Todo[]> => []
    await queryClient.fetchQuery({ queryKey: listKey('a'), queryFn: lagging })
    expect(queryClient.getQueryData(listKey('a'))).toEqual([ONE])
  })

  test('has one listener per event, and none afterwards', async () => {
    const { queryClient, socket } = await startAll()
    const before = listeners(socket)
    expect(before).toEqual([0, 0, 0, 0])
    const view = render(<App queryClient={queryClient} socket={socket} />)
    expect(listeners(socket)).toEqual([1, 0, 2, 3])
    view.unmount()
    expect(listeners(socket)).toEqual([0, 0, 0, 0])
    expect(queryClient.getQueryCache().hasListeners()).toBe(false)
  })

  test('has one listener per event in StrictMode, too, and applies an event once', async () => {
    const { io, queryClient, socket } = await startAll()
    render(
      <StrictMode>
        <App queryClient={queryClient} socket={socket} />
      </StrictMode>,
    )
    expect(listeners(socket)).toEqual([1, 0, 2, 3])
    await send(io, socket, ONE)
    expect(ids(queryClient)).toEqual([1])
  })

  test('listens with the same listener however often it renders', async () => {
    const { queryClient, socket } = await startAll()
    const view = render(<App queryClient={queryClient} socket={socket} onError={() => {}} />)
    const [listener] = socket.listeners('todo:new')
    view.rerender(<App queryClient={queryClient} socket={socket} onError={() => {}} />)
    view.rerender(
      <App queryClient={queryClient} socket={socket} onError={() => {}}>
        child
      </App>,
    )
    expect(socket.listeners('todo:new')).toEqual([listener])
    expect(socket.listeners('todo:new')[0]).toBe(listener)
  })

  test('mounted and unmounted 100 times in StrictMode leaves the listeners of the start', async () => {
    const { io, queryClient, socket } = await startAll()
    const heard: number[] = []
    socket.on('todo:new', ({ id }: Todo) => heard.push(id))
    const before = EVENTS.map((event) => socket.listeners(event))
    const isListenedTo = queryClient.getQueryCache().hasListeners()
    for (let round = 0; round < 100; round++) {
      const view = render(
        <StrictMode>
          <App queryClient={queryClient} socket={socket} />
        </StrictMode>,
      )
      view.unmount()
    }
    expect(EVENTS.map((event) => socket.listeners(event))).toEqual(before)
    expect(queryClient.getQueryCache().hasListeners()).toBe(isListenedTo)
    await send(io, socket, ONE)
    expect(heard).toEqual([1])
    expect(ids(queryClient)).toEqual([])
  })
})

describe('what SyncProvider is given may change:', () => {
  test('another socket takes over, and the old one is let go', async () => {
    const { connect, io, queryClient, socket } = await startAll()
    const other = await connect()
    const view = render(<App queryClient={queryClient} socket={socket} />)
    view.rerender(<App queryClient={queryClient} socket={other} />)
    expect([listeners(socket), listeners(other)]).toEqual([
      [0, 0, 0, 0],
      [1, 0, 2, 3],
    ])
    await send(io, socket, ONE)
    await send(io, other, TWO)
    expect(ids(queryClient)).toEqual([2])
  })

  test('no socket is fine, before one and after one', async () => {
    const { io, queryClient, socket } = await startAll()
    const view = render(<App queryClient={queryClient} socket={null} />)
    expect(queryClient.getQueryCache().hasListeners()).toBe(false)
    view.rerender(<App queryClient={queryClient} socket={socket} />)
    await send(io, socket, ONE)
    view.rerender(<App queryClient={queryClient} socket={null} />)
    await send(io, socket, TWO)
    expect(ids(queryClient)).toEqual([1])
    expect(listeners(socket)).toEqual([0, 0, 0, 0])
  })

  test('other rules replace the ones before', async () => {
    const { queryClient, socket } = await startAll()
    const view = render(<App queryClient={queryClient} socket={socket} />)
    view.rerender(
      <QueryClientProvider client={queryClient}>
        <SyncProvider rules={{ 'todo:old': rules['todo:new'] }} socket={socket} />
      </QueryClientProvider>,
    )
    expect(listeners(socket)).toEqual([0, 1, 2, 3])
  })

  test('another query client takes over', async () => {
    const { io, queryClient, socket } = await startAll()
    const other = createClient()
    other.setQueryData(listKey('a'), [])
    const view = render(<App queryClient={queryClient} socket={socket} />)
    view.rerender(<App queryClient={other} socket={socket} />)
    await send(io, socket, ONE)
    expect([ids(queryClient), ids(other)]).toEqual([[], [1]])
    expect(queryClient.getQueryCache().hasListeners()).toBe(false)
  })

  test('an updater is told the viewer of the moment', async () => {
    const { io, queryClient, socket } = await startAll()
    const viewers: unknown[] = []
    const watching = onNewTodo({
      ...PREPEND,
      updater: (old: unknown, _: Todo, { viewer }) => {
        viewers.push(viewer)
        return old
      },
    })
    const props = { queryClient, socket, rules: watching }
    const view = render(<App {...props} viewer="ada" />)
    await send(io, socket, ONE)
    view.rerender(<App {...props} viewer="bob" />)
    queryClient.setQueryData(listKey('a'), [])
    await send(io, socket, TWO)
    expect(viewers).toEqual(['ada', 'bob'])
  })

  test('a viewer that is made anew for each render is the same, and the engine goes on', async () => {
    const { queryClient, socket } = await startAll()
    const sent: string[] = []
    socket.onAnyOutgoing((event: string) => sent.push(event))
    const app = () => <App queryClient={queryClient} socket={socket} viewer={{ id: 'ada' }} />
    const { rerender } = render(app())
    const before = [...sent]
    for (let time = 0; time < 5; time++) rerender(app())
    expect(sent).toEqual(before)
  })

  test('another viewer finds nothing of the one before', async () => {
    const { queryClient, socket } = await startAll()
    const view = render(<App queryClient={queryClient} socket={socket} viewer="ada" />)
    queryClient.setQueryData(listKey('a'), [ONE])
    queryClient.setQueryData(['of no rule'], 'stays')
    view.rerender(<App queryClient={queryClient} socket={socket} viewer="bob" />)
    expect(ids(queryClient)).toBeUndefined()
    expect(queryClient.getQueryData(['of no rule'])).toBe('stays')
  })

  test('another viewer finds nothing of the one before, also under a plain query key', async () => {
    const { queryClient, socket } = await startAll()
    const plain = onNewTodo({ queryKey: ['todos'], action: 'invalidate' })
    const props = { queryClient, socket, rules: plain }
    const view = render(<App {...props} viewer="ada" />)
    queryClient.setQueryData(['todos', 1], [ONE])
    view.rerender(<App {...props} viewer="bob" />)
    expect(queryClient.getQueryData(['todos', 1])).toBeUndefined()
  })

  test('an error goes to the onError of the last render', async () => {
    const { io, queryClient, socket } = await startAll()
    const failing = onNewTodo({
      ...PREPEND,
      updater: () => {
        throw new Error('no such field')
      },
    })
    const told: string[] = []
    const tell = (name: string) => (error: SyncError) => told.push(`${name}: ${error.code}`)
    const props = { queryClient, socket, rules: failing }
    const view = render(<App {...props} onError={tell('first')} />)
    view.rerender(<App {...props} onError={tell('second')} />)
    await send(io, socket, ONE)
    expect(told).toEqual(['second: updater-failed'])
  })
})

describe('two providers on one client', () => {
  test('apply an event once, with one listener, until the last is gone', async () => {
    const { io, queryClient, socket } = await startAll()
    const first = render(<App queryClient={queryClient} socket={socket} />)
    const second = render(<App queryClient={queryClient} socket={socket} />)
    expect(socket.listeners('todo:new')).toHaveLength(1)
    await send(io, socket, ONE)
    expect(ids(queryClient)).toEqual([1])
    first.unmount()
    await send(io, socket, TWO)
    expect(ids(queryClient)).toEqual([2, 1])
    second.unmount()
    await send(io, socket, THREE)
    expect(ids(queryClient)).toEqual([2, 1])
    expect(listeners(socket)).toEqual([0, 0, 0, 0])
  })

  test('may stand one inside the other', async () => {
    const { io, queryClient, socket } = await startAll()
    render(
      <App queryClient={queryClient} socket={socket}>
        <SyncProvider rules={rules} socket={socket} onError={() => {}} />
      </App>,
    )
    await send(io, socket, ONE)
    expect(ids(queryClient)).toEqual([1])
  })
})

describe('an event that arrives while the first fetch of a child starts', () => {
  const counting = onNewTodo({ queryKey: ['counts'], action: 'invalidate' })

  /** Renders a child that fetches, and has an event arrive the moment it does. */
  async function renderFetching(Child: (props: { fetch: () => Promise<string> }) => ReactNode) {
    const { queryClient, socket } = await startAll()
    queryClient.setQueryData(['counts'], 1)
    let fetches = 0
    const fetch = async () => {
      fetches++
      for (const listener of socket.listeners('todo:new')) listener(ONE, { e: 'x', i: 'x1' })
      return 'fetched'
    }
    render(
      <App queryClient={queryClient} socket={socket} rules={counting}>
        <Child fetch={fetch} />
      </App>,
    )
    await until(() => expect(fetches).toBe(1))
    return stateOf(queryClient, ['counts']).isInvalidated
  }

  test('is seen, where the child uses a query', async () => {
    function Child({ fetch }: { fetch: () => Promise<string> }) {
      const { data } = useQuery({ queryKey: ['child'], queryFn: fetch })
      return data
    }
    expect(await renderFetching(Child)).toBe(true)
  })

  test('is seen, where the child fetches as early as an effect may', async () => {
    function Child({ fetch }: { fetch: () => Promise<string> }) {
      useLayoutEffect(() => void fetch(), [fetch])
      return null
    }
    expect(await renderFetching(Child)).toBe(true)
  })
})

describe('useSync', () => {
  function Status({ seen }: { readonly seen?: SyncValue[] }) {
    const sync = useSync()
    seen?.push(sync)
    return <p role="status">{sync.connected ? 'online' : 'offline'}</p>
  }
  const status = () => screen.getByRole('status').textContent

  test('follows the connection of the socket', async () => {
    const { queryClient, socket } = await startAll()
    socket.disconnect()
    render(
      <App queryClient={queryClient} socket={socket}>
        <Status />
      </App>,
    )
    expect(status()).toBe('offline')
    socket.connect()
    await until(() => expect(status()).toBe('online'))
    socket.disconnect()
    await until(() => expect(status()).toBe('offline'))
  })

  test('hydrates what the server rendered, and then tells the connection', async () => {
    const printed = captureConsole('error')
    const { queryClient, socket } = await startAll()
    const app = (
      <App queryClient={queryClient} socket={socket}>
        <Status />
      </App>
    )
    const container = document.body.appendChild(document.createElement('div'))
    container.innerHTML = renderToString(app)
    expect(status()).toBe('offline')
    render(app, { container, hydrate: true })
    expect(status()).toBe('online')
    expect(printed).toEqual([])
  })

  test('is not connected without a socket', () => {
    render(
      <App queryClient={createClient()} socket={null}>
        <Status />
      </App>,
    )
    expect(status()).toBe('offline')
  })

  test('returns the provider’s socket', async () => {
    const { queryClient, socket } = await startAll()
    const seen: SyncValue[] = []
    render(
      <App queryClient={queryClient} socket={socket}>
        <Status seen={seen} />
      </App>,
    )
    expect(seen.at(-1)?.socket).toBe(socket)
    expect(seen.at(-1)?.connected).toBe(true)
  })

  test('returns the same object as long as nothing changes', async () => {
    const { queryClient, socket } = await startAll()
    const seen: SyncValue[] = []
    const app = () => (
      <App queryClient={queryClient} socket={socket}>
        <Status seen={seen} />
      </App>
    )
    const view = render(app())
    view.rerender(app())
    view.rerender(app())
    expect(seen).toHaveLength(3)
    expect(new Set(seen).size).toBe(1)
  })

  test('outside of a provider says what to do', () => {
    captureConsole('error')
    expect(() => render(<Status />)).toThrow(
      'useSync() was called outside a SyncProvider. ' +
        'Wrap this component in <SyncProvider rules={…} socket={…}>.',
    )
  })
})
