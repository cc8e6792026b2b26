// @vitest-environment happy-dom

/** How often components render: an event costs one render where it is shown, and none elsewhere. */

import { defineSyncRules, prependToFirstPage, updateItem, upsertItem } from '@iron-stack/sync'
import { SyncProvider } from '@iron-stack/sync/client'
import { QueryClientProvider, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { SyncServer } from '@iron-stack/sync/server'
import { act, cleanup, render, screen } from '@testing-library/react'
import { Profiler, type ReactNode } from 'react'
import { afterEach, expect, test } from 'vitest'
import { createClient } from '../support/engine.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'

afterEach(cleanup)

interface Message {
  readonly id: number
  readonly room: string
  readonly text: string
}

interface Room {
  readonly id: string
  readonly last: number
}

interface Page {
  readonly items: readonly Message[]
}

const rules = defineSyncRules<{ 'message:new': Message }>({
  'message:new': {
    room: 'room:{room}',
    actions: [
      {
        queryKey: ['messages'],
        action: 'direct',
        infinite: true,
        match: 'room',
        updater: prependToFirstPage,
      },
      {
        queryKey: ['latest'],
        action: 'direct',
        match: 'room',
        updater: upsertItem({ insert: 'first' }),
      },
      {
        queryKey: ['rooms'],
        action: 'direct',
        updater: updateItem({
          eventId: ({ room }) => room,
          version: (room: Room) => room.last,
          change: (room, { id }) => ({ ...room, last: id }),
        }),
      },
    ],
  },
})

const first = (room: string): Message => ({ id: 1, room, text: 'first' })

/** What the server has said since, newest first: a fetch returns it too. */
let said: Message[] = []

const messagesOf = (room: string): Message[] => [
  ...said.filter((message) => message.room === room && message.id > 1),
  first(room),
]

/** Each render of each component, by the component's name. */
let renders: string[] = []

const staleTime = Infinity

function useMessages(room: string): string {
  const { data } = useInfiniteQuery({
    queryKey: ['messages', { room }],
    queryFn: (): Page => ({ items: messagesOf(room) }),
    initialPageParam: 0,
    getNextPageParam: () => null,
    staleTime,
  })
  return textOf(data?.pages.flatMap(({ items }) => items))
}

function useLatest(room: string): string {
  const queryKey = ['latest', { room }]
  return textOf(useQuery({ queryKey, queryFn: () => messagesOf(room), staleTime }).data)
}

function useRooms(): string {
  const { data } = useQuery({
    queryKey: ['rooms'],
    queryFn: () => ['a', 'b'].map((id): Room => ({ id, last: messagesOf(id)[0]?.id ?? 0 })),
    staleTime,
  })
  return data?.map(({ id, last }) => `${id} at ${last}`).join(', ') ?? ''
}

function textOf(messages: readonly Message[] | undefined): string {
  return messages?.map(({ text }) => text).join(', ') ?? ''
}

function Messages({ room }: { room: string }) {
  renders.push(`messages of ${room}`)
  return <p>{`messages of ${room}: ${useMessages(room)}`}</p>
}

function Latest({ room }: { room: string }) {
  renders.push(`latest of ${room}`)
  return <p>{`latest of ${room}: ${useLatest(room)}`}</p>
}

function Rooms() {
  renders.push('rooms')
  return <p>{`rooms: ${useRooms()}`}</p>
}

function Everything() {
  renders.push('everything')
  return <p>{`everything: ${useMessages('a')}; ${useLatest('a')}; ${useRooms()}`}</p>
}

const LOG_AGE_MS = 500

/** Renders children inside a provider on a real socket, and waits until they show their data. */
async function show(children: ReactNode, lastLoaded: string) {
  const { io, connect } = await startSocketServer()
  const sync = new SyncServer({ io, rules })
  said = []
  // A log that is hardly older than a page proves nothing of it: the page would be fetched again.
  await new Promise((resolve) => setTimeout(resolve, LOG_AGE_MS))
  const hasJoined = new Promise((resolve) => {
    io.on('connection', (socket) => {
      void sync.autoJoinRooms(socket, () => ['room:a', 'room:b']).then(resolve)
    })
  })
  const socket = await connect('ada')
  await hasJoined
  let commits = 0
  const queryClient = createClient()
  render(
    <QueryClientProvider client={queryClient}>
      <SyncProvider rules={rules} socket={socket}>
        <Profiler id="app" onRender={() => commits++}>
          {children}
        </Profiler>
      </SyncProvider>
    </QueryClientProvider>,
  )
  await until(() => screen.getByText(lastLoaded))
  // The others' data have come; React may still have to render them.
  await until(() => expect(queryClient.isFetching()).toBe(0))
  await act(async () => {})
  renders = []
  commits = 0
  return {
    send(message: Message) {
      said.unshift(message)
      return sync.broadcast('message:new', message)
    },
    commits: () => commits,
  }
}

const SECOND: Message = { id: 2, room: 'a', text: 'second' }

test('one event that changes three queries renders a component that shows them once', async () => {
  const { send } = await show(<Everything />, 'everything: first; first; a at 1, b at 1')
  await send(SECOND)
  await until(() =>
    screen.getByText('everything: second, first; second, first; a at 2, b at 1'),
  )
  expect(renders).toEqual(['everything'])
})

test('one event that changes three queries is one commit for the components that show them', async () => {
  const { send, commits } = await show(
    <>
      <Messages room="a" />
      <Latest room="a" />
      <Rooms />
    </>,
    'rooms: a at 1, b at 1',
  )
  await send(SECOND)
  await until(() => screen.getByText('rooms: a at 2, b at 1'))
  expect(renders).toEqual(['messages of a', 'latest of a', 'rooms'])
  expect(commits()).toBe(1)
})

test('an event renders nothing that it does not concern', async () => {
  const { send } = await show(
    <>
      <Messages room="a" />
      <Latest room="a" />
      <Messages room="b" />
    </>,
    'messages of b: first',
  )
  await send({ ...SECOND, room: 'b' })
  await until(() => screen.getByText('messages of b: second, first'))
  expect(renders).toEqual(['messages of b'])
})

test('an event that is known already renders nothing', async () => {
  const { send } = await show(<Everything />, 'everything: first; first; a at 1, b at 1')
  await send(first('a'))
  await send(SECOND)
  await until(() =>
    screen.getByText('everything: second, first; second, first; a at 2, b at 1'),
  )
  expect(renders).toEqual(['everything'])
})
