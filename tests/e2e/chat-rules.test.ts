/**
 * The chat's rules against the chat's server: whenever in a history a list was read, the events of
 * the whole history put over it make it what the server says in the end.
 */

import type { QueryClient } from '@tanstack/query-core'
import { SyncServer } from '@iron-stack/sync/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listConversationIds } from '../../examples/chat/server/conversations.ts'
import { openDatabase, type OpenDatabase } from '../../examples/chat/server/database.ts'
import { appRouter } from '../../examples/chat/server/router.ts'
import { rules } from '../../examples/chat/shared/rules.ts'
import { conversationRoom } from '../../examples/chat/shared/rooms.ts'
import type { MessagePage, Person } from '../../examples/chat/shared/types.ts'
import { defer } from '../support/defer.ts'
import { startEngine } from '../support/engine.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'

const MAYA: Person = { id: 'maya', name: 'Maya Lindqvist', title: 'Product lead' }
const JONAS: Person = { id: 'jonas', name: 'Jonas Weber', title: 'Backend engineer' }

let database: OpenDatabase
beforeAll(async () => {
  database = await openDatabase()
})
afterAll(() => database.close())

type Caller = ReturnType<typeof appRouter.createCaller>

interface Actors {
  readonly conversationId: number
  readonly maya: Caller
  readonly jonas: Caller
  /** Sends a message; resolves to its id. */
  readonly say: (caller: Caller, text: string) => Promise<number>
}

interface History<Answer> {
  /** What the server answers Maya at the start, and after each step. */
  readonly answers: readonly Answer[]
  /** What her socket has received, in this order. */
  readonly events: readonly (readonly [event: string, data: unknown])[]
  readonly conversationId: number
}

/** Plays steps on the real server, while Maya asks and listens. */
async function play<Answer>(
  steps: readonly ((actors: Actors) => Promise<unknown>)[],
  ask: (actors: Actors) => Promise<Answer>,
): Promise<History<Answer>> {
  const { db } = database
  const { io, connect } = await startSocketServer()
  const sync = new SyncServer({ io, rules })
  const maya = appRouter.createCaller({ db, sync, viewer: MAYA })
  const jonas = appRouter.createCaller({ db, sync, viewer: JONAS })
  const { id: conversationId } = await jonas.conversation.create({
    title: 'History',
    topic: '',
    personIds: [MAYA.id],
  })
  const joined = defer<unknown>()
  io.on('connection', (socket) => {
    const rooms = async (personId: string) => {
      const ids = await listConversationIds(db, personId)
      return ids.map((id) => conversationRoom({ conversationId: id }))
    }
    void sync.autoJoinRooms(socket, rooms).then(joined.resolve)
  })
  const events: [string, unknown][] = []
  const socket = await connect(MAYA.id)
  socket.onAny((event: string, data: unknown) => events.push([event, data]))
  await joined.promise

  const actors: Actors = {
    conversationId,
    maya,
    jonas,
    async say(caller, text) {
      const nonce = crypto.randomUUID()
      return (await caller.message.send({ conversationId, nonce, text })).id
    },
  }
  const answers = [await ask(actors)]
  for (const step of steps) {
    await step(actors)
    answers.push(await ask(actors))
  }
  // What is sent last arrives last.
  io.emit('history:end')
  await until(() => expect(events.at(-1)?.[0]).toBe('history:end'))
  return { answers, events: events.slice(0, -1), conversationId }
}

/** Delivers all events during a fetch that then brings `answer`; what the query holds after. */
async function replayOver<Answer>(
  answer: Answer,
  events: History<unknown>['events'],
  fetch: (client: QueryClient, queryFn: () => Promise<Answer>) => Promise<unknown>,
): Promise<unknown> {
  const { queryClient, errors, send } = startEngine(rules, { viewer: MAYA.id })
  const response = defer<Answer>()
  const fetched = fetch(queryClient, () => response.promise)
  for (const [event, data] of events) send(event, data)
  response.resolve(answer)
  const data = await fetched
  const [query] = queryClient.getQueryCache().getAll()
  expect(query?.state).toMatchObject({ data, isInvalidated: false, fetchStatus: 'idle' })
  expect(errors).toEqual([])
  return data
}

const key = (path: string[], type: 'query' | 'infinite', input?: unknown) => [
  path,
  input === undefined ? { type } : { input, type },
]

const CONVERSE = [
  ({ say, jonas }: Actors) => say(jonas, 'one'),
  ({ say, jonas }: Actors) => say(jonas, 'two'),
  async ({ jonas, conversationId }: Actors) => {
    const { items } = await jonas.message.list({ conversationId })
    const id = items.at(-1)?.id ?? 0
    await jonas.message.edit({ conversationId, id, text: 'one, edited' })
    await jonas.conversation.markRead({ conversationId, messageId: id })
  },
  ({ say, maya }: Actors) => say(maya, 'my own'),
  ({ say, jonas }: Actors) => say(jonas, 'four'),
  async ({ jonas, conversationId }: Actors) => {
    const { items } = await jonas.message.list({ conversationId })
    await jonas.message.delete({ conversationId, id: items[0]?.id ?? 0 })
  },
  async ({ maya, conversationId }: Actors) => {
    const { items } = await maya.message.list({ conversationId })
    await maya.conversation.markRead({ conversationId, messageId: items[1]?.id ?? 0 })
  },
  ({ say, jonas }: Actors) => say(jonas, 'five'),
  async ({ jonas, conversationId }: Actors) => {
    const { items } = await jonas.message.list({ conversationId })
    await jonas.message.edit({ conversationId, id: items[0]?.id ?? 0, text: 'five, edited' })
  },
  async ({ jonas, conversationId }: Actors) => {
    const { items } = await jonas.message.list({ conversationId })
    await jonas.message.delete({ conversationId, id: items[2]?.id ?? 0 })
  },
]

test('last message, unread count and order of the conversations are exact over every response', async () => {
  const { answers, events } = await play(CONVERSE, ({ maya }) => maya.conversation.list())
  expect(answers.at(-1)?.[0]).toMatchObject({
    title: 'History',
    unread: 1,
    revision: 9,
    lastMessage: { text: 'five, edited' },
  })
  for (const answer of answers) {
    const replayed = await replayOver(answer, events, (client, queryFn) =>
      client.fetchQuery({ queryKey: key(['conversation', 'list'], 'query'), queryFn }),
    )
    expect(replayed).toEqual(answers.at(-1))
  }
})

test('the messages of a conversation are exact over every response', async () => {
  const { answers, events, conversationId } = await play(CONVERSE, ({ maya, ...actors }) =>
    maya.message.list({ conversationId: actors.conversationId }),
  )
  expect(answers.at(-1)?.items.map(({ text }) => text)).toEqual([
    'five, edited',
    'my own',
    'one, edited',
  ])
  for (const answer of answers) {
    const replayed = await replayOver(answer, events, (client, queryFn) =>
      client.fetchInfiniteQuery({
        queryKey: key(['message', 'list'], 'infinite', { conversationId }),
        queryFn,
        initialPageParam: null as number | null,
        getNextPageParam: (page: MessagePage) => page.nextCursor,
      }),
    )
    expect(replayed).toEqual({ pages: [answers.at(-1)], pageParams: [null] })
  }
})

const COME_AND_GO = [
  ({ jonas, conversationId }: Actors) => jonas.member.add({ conversationId, personId: 'aiko' }),
  ({ jonas, conversationId }: Actors) => jonas.member.add({ conversationId, personId: 'zoe' }),
  ({ jonas, conversationId }: Actors) =>
    jonas.member.remove({ conversationId, personId: 'aiko' }),
  ({ jonas, conversationId }: Actors) => jonas.member.add({ conversationId, personId: 'lena' }),
  ({ jonas, conversationId }: Actors) => jonas.member.add({ conversationId, personId: 'aiko' }),
]

test('the members of a conversation are exact over every response', async () => {
  const { answers, events, conversationId } = await play(COME_AND_GO, ({ maya, ...actors }) =>
    maya.member.list({ conversationId: actors.conversationId }),
  )
  expect(answers.at(-1)?.map(({ id }) => id)).toEqual(['aiko', 'jonas', 'lena', 'maya', 'zoe'])
  for (const answer of answers) {
    const replayed = await replayOver(answer, events, (client, queryFn) =>
      client.fetchQuery({
        queryKey: key(['member', 'list'], 'query', { conversationId }),
        queryFn,
      }),
    )
    expect(replayed).toEqual(answers.at(-1))
  }
})

const LEAVE_AND_RETURN = [
  ({ say, jonas }: Actors) => say(jonas, 'Before.'),
  ({ jonas, conversationId }: Actors) =>
    jonas.member.remove({ conversationId, personId: 'maya' }),
  ({ say, jonas }: Actors) => say(jonas, 'Without Maya.'),
  ({ jonas, conversationId }: Actors) => jonas.member.add({ conversationId, personId: 'maya' }),
  ({ say, jonas }: Actors) => say(jonas, 'Welcome back.'),
]

test('a conversation that one leaves and returns to is exact over every response', async () => {
  const { answers, events } = await play(LEAVE_AND_RETURN, ({ maya }) =>
    maya.conversation.list(),
  )
  expect(answers.at(-1)?.[0]).toMatchObject({ title: 'History', unread: 1 })
  for (const answer of answers) {
    const replayed = await replayOver(answer, events, (client, queryFn) =>
      client.fetchQuery({ queryKey: key(['conversation', 'list'], 'query'), queryFn }),
    )
    expect(replayed).toEqual(answers.at(-1))
  }
})
