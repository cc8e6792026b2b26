// @vitest-environment happy-dom

/** The documentation of v1.1.0: its three blocks as they stand, on real parts. */

import {
  QueryClient,
  QueryClientProvider,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query'
import { cleanup, render, screen } from '@testing-library/react'
import { initTRPC } from '@trpc/server'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import type { ReactNode } from 'react'
import type { Server } from 'socket.io'
import type { Socket } from 'socket.io-client'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { defineSyncRules, prependToFirstPage } from '@iron-stack/sync'
import { createSyncEngine, SyncProvider } from '@iron-stack/sync/client'
import { SyncServer } from '@iron-stack/sync/server'
import { captureConsole } from './support/console.ts'
import { watchRejections } from './support/rejections.ts'
import { eventOf, startSocketServer } from './support/socket-io.ts'
import { until } from './support/until.ts'

afterEach(cleanup)

interface Message {
  id: string
  conversationId: string
  text: string
}

const FIRST: Message = { id: 'm1', conversationId: 'c1', text: 'first' }
const SECOND: Message = { id: 'm2', conversationId: 'c1', text: 'second' }

// 1. Define sync rules (shared)
const syncRules = defineSyncRules<{
  'message:new': Message
  'message:updated': Message
}>({
  'message:new': {
    room: (msg) => `conversation:${msg.conversationId}`,
    actions: [
      {
        procedure: ['message', 'list'],
        action: 'direct',
        infinite: true,
        match: (msg, input) => input?.conversationId === msg.conversationId,
        updater: (old, msg) => prependToFirstPage(old, msg),
      },
      {
        procedure: ['conversation', 'list'],
        action: 'invalidate',
      },
    ],
  },
  'message:updated': {
    room: (msg) => `conversation:${msg.conversationId}`,
    actions: [{ procedure: ['message', 'list'], action: 'invalidate' }],
  },
})

interface Surroundings {
  readonly io: Server
  readonly getUserConversationIds: (userId: string) => Promise<string[]>
}

function serve({ io, getUserConversationIds }: Surroundings) {
  // 2. Server -- broadcast events
  const sync = new SyncServer({ io, rules: syncRules })
  function send(newMessage: Message) {
    // Broadcast to the room defined in rules
    // oxlint-disable-next-line typescript/no-floating-promises -- as documented
    sync.broadcast('message:new', newMessage)
  }
  // Auto-join users to rooms on connect
  io.on('connection', async (socket) => {
    await sync.autoJoinRooms(socket, async (userId) => {
      const ids = await getUserConversationIds(userId)
      return ids.map((id) => `conversation:${id}`)
    })
  })
  return { sync, send }
}

function createApp(socket: Socket, YourApp: () => ReactNode) {
  // 3. Client -- automatic cache updates
  function App() {
    return (
      <SyncProvider rules={syncRules} socket={socket}>
        <YourApp />
      </SyncProvider>
    )
  }
  return App
}

const MEMBERS: Record<string, string[]> = { ada: ['c1'], bob: ['c2'] }

async function startDocumentedServer() {
  const server = await startSocketServer()
  const documented = serve({
    io: server.io,
    getUserConversationIds: async (userId) => MEMBERS[userId] ?? [],
  })
  return { ...server, ...documented }
}

function isInRoom(io: Server, room: string, socket: Socket): Promise<void> {
  return until(() => {
    expect(io.of('/').adapter.rooms.get(room)).toContain(socket.id)
  })
}

test('a new message appears in the infinite list without a request, and the conversations refetch once', async () => {
  const { io, connect, send } = await startDocumentedServer()
  const socket = await connect('ada')
  await isInRoom(io, 'conversation:c1', socket)

  const requests: string[] = []
  const { router, procedure } = initTRPC.create()
  const appRouter = router({
    message: {
      list: procedure
        .input(z.object({ conversationId: z.string(), cursor: z.string().nullish() }))
        .query(({ input }) => {
          requests.push(`message.list ${input.conversationId}`)
          return { items: input.conversationId === 'c1' ? [FIRST] : [], nextCursor: null }
        }),
    },
    conversation: {
      list: procedure.query(() => {
        requests.push('conversation.list')
        return ['c1', 'c2']
      }),
    },
  })
  const queryClient = new QueryClient()
  const trpc = createTRPCOptionsProxy({ router: appRouter, ctx: {}, queryClient })

  function Messages({ conversationId }: { conversationId: string }) {
    const { data } = useInfiniteQuery(
      trpc.message.list.infiniteQueryOptions(
        { conversationId },
        { getNextPageParam: (page) => page.nextCursor },
      ),
    )
    const texts = data?.pages.flatMap((page) => page.items.map((message) => message.text))
    return <p data-testid={conversationId}>{texts?.join(', ')}</p>
  }
  function YourApp() {
    const { data } = useQuery(trpc.conversation.list.queryOptions())
    return data?.map((id) => <Messages key={id} conversationId={id} />)
  }
  const App = createApp(socket, YourApp)
  render(
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>,
  )
  await until(() => expect(screen.getByTestId('c1').textContent).toBe('first'))
  expect(requests).toEqual(['conversation.list', 'message.list c1', 'message.list c2'])

  requests.length = 0
  send(SECOND)
  await until(() => expect(screen.getByTestId('c1').textContent).toBe('second, first'))
  await until(() => expect(queryClient.isFetching()).toBe(0))
  expect(screen.getByTestId('c2').textContent).toBe('')
  expect(requests).toEqual(['conversation.list'])
})

test('members of another conversation receive nothing', async () => {
  const { io, connect, send } = await startDocumentedServer()
  const ada = await connect('ada')
  const bob = await connect('bob')
  await isInRoom(io, 'conversation:c1', ada)
  await isInRoom(io, 'conversation:c2', bob)
  const received: string[] = []
  bob.onAny((event: string) => received.push(event))

  const arrived = eventOf(ada, 'message:new')
  send(SECOND)
  await arrived
  // A connection keeps its order: what was sent to Bob before this, he has by now.
  const last = eventOf(bob, 'last')
  io.to('conversation:c2').emit('last')
  await last
  expect(received).toEqual(['last'])
})

test('a plain listener sees exactly the data first, and an object behind it', async () => {
  const { io, connect, send } = await startDocumentedServer()
  const ada = await connect('ada')
  await isInRoom(io, 'conversation:c1', ada)
  const seen: unknown[] = []
  ada.on('message:new', (data) => seen.push(data))

  const arrival = eventOf(ada, 'message:new')
  send(SECOND)
  const [data, meta] = await arrival
  expect(data).toEqual({ id: 'm2', conversationId: 'c1', text: 'second' })
  expect(meta).toBeTypeOf('object')
  expect(meta).not.toBeNull()
  expect(seen).toEqual([{ id: 'm2', conversationId: 'c1', text: 'second' }])
})

test('the documented handler outlives a resolver that fails', async () => {
  const rejections = watchRejections()
  const printed = captureConsole('error')
  const { io, connect } = await startSocketServer()
  let asked = 0
  serve({
    io,
    getUserConversationIds: async () => {
      asked++
      throw new Error('database is down')
    },
  })
  const ada = await connect('ada')
  await until(() => expect(printed).toHaveLength(1))

  expect(asked).toBe(1)
  expect(ada.connected).toBe(true)
  expect(await rejections.reasons()).toEqual([])
  expect(String(printed[0])).toBe(
    'SyncError: The resolver given to autoJoinRooms failed: Error: database is down. ' +
      'The socket joined none of its rooms; it tries again when it reconnects.',
  )
})

test('createSyncEngine does without React, through reconnects, until it is cleaned up', async () => {
  const { io, connect, send } = await startDocumentedServer()
  const socket = await connect('ada')
  const queryClient = new QueryClient()
  const queryKey = [['message', 'list'], { input: { conversationId: 'c1' }, type: 'infinite' }]
  queryClient.setQueryData(queryKey, { pages: [{ items: [FIRST] }], pageParams: [null] })
  const texts = () =>
    queryClient
      .getQueryData<{ pages: { items: Message[] }[] }>(queryKey)
      ?.pages.flatMap(({ items }) => items.map(({ text }) => text))

  const stop = createSyncEngine(queryClient, socket, syncRules)
  await isInRoom(io, 'conversation:c1', socket)
  send(SECOND)
  await until(() => expect(texts()).toEqual(['second', 'first']))

  socket.disconnect()
  const back = eventOf(socket, 'connect')
  socket.connect()
  await back
  await isInRoom(io, 'conversation:c1', socket)
  send({ ...SECOND, id: 'm3', text: 'third' })
  await until(() => expect(texts()).toEqual(['third', 'second', 'first']))

  stop()
  const arrived = eventOf(socket, 'message:new')
  send({ ...SECOND, id: 'm4', text: 'fourth' })
  await arrived
  expect(texts()).toEqual(['third', 'second', 'first'])
})

test('joinRoom lets the connected sockets of a user hear a room from then on', async () => {
  const { connect, io, send, sync } = await startDocumentedServer()
  const bob = await connect('bob')
  await isInRoom(io, 'conversation:c2', bob)

  await sync.joinRoom('conversation:c1', ['bob'])
  const arrival = eventOf(bob, 'message:new')
  send(SECOND)
  expect((await arrival)[0]).toEqual(SECOND)
})

test('getIO returns the Socket.IO server that was given', async () => {
  const { io, sync } = await startDocumentedServer()
  expect(sync.getIO()).toBe(io)
})
