/**
 * What the types infer, and what they refuse: nobody should have to cast, annotate or repeat.
 */

import type { InfiniteData } from '@tanstack/query-core'
import { QueryClient } from '@tanstack/query-core'
import { initTRPC, type inferRouterOutputs } from '@trpc/server'
import { Server, type Namespace } from 'socket.io'
import { io as connectTo, type Socket } from 'socket.io-client'
import { describe, expectTypeOf, test } from 'vitest'
import {
  defineSyncRules,
  mergeSyncRules,
  prependToFirstPage,
  type ActionContext,
  type CacheAction,
  type QueryInput,
  type SyncError,
  type SyncRule,
  type SyncRules,
} from '@iron-stack/sync'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { SyncServer, type AutoJoinOutcome } from '@iron-stack/sync/server'

interface Message {
  readonly id: string
  readonly conversationId: string
}

interface Events {
  'message:new': Message
  'message:removed': { readonly id: string }
}

const rules = defineSyncRules<Events>({
  'message:new': {
    room: (message) => `conversation:${message.conversationId}`,
    actions: [{ procedure: ['conversation', 'list'], action: 'invalidate' }],
  },
  'message:removed': { room: () => ['a', 'b'], actions: [] },
})

describe('a rule', () => {
  test('types the data of its event in room, match and updater, without annotation', () => {
    defineSyncRules<Events>({
      'message:new': {
        room: (message) => {
          expectTypeOf(message).toEqualTypeOf<Message>()
          return `conversation:${message.conversationId}`
        },
        actions: [
          {
            procedure: ['message', 'list'],
            action: 'direct',
            infinite: true,
            match: (message, input, context) => {
              expectTypeOf(message).toEqualTypeOf<Message>()
              expectTypeOf(input).toEqualTypeOf<Record<string, unknown> | undefined>()
              expectTypeOf(context).toEqualTypeOf<ActionContext>()
              return input?.conversationId === message.conversationId
            },
            updater: (old, message, context) => {
              expectTypeOf(old).toEqualTypeOf<unknown>()
              expectTypeOf(message).toEqualTypeOf<Message>()
              expectTypeOf(context.input).toEqualTypeOf<QueryInput>()
              expectTypeOf(context.viewer).toEqualTypeOf<unknown>()
              expectTypeOf(context.queryKey).toEqualTypeOf<readonly unknown[]>()
              return prependToFirstPage(old, message)
            },
          },
        ],
      },
      'message:removed': {
        room: (removed) => removed.id,
        actions: [
          {
            queryKey: ['messages'],
            action: 'remove',
            match: (removed) => {
              expectTypeOf(removed).toEqualTypeOf<{ readonly id: string }>()
              return true
            },
          },
        ],
      },
    })
  })

  test('lets an updater name what it knows `old` to be', () => {
    defineSyncRules<{ 'message:new': Message }>({
      'message:new': {
        room: () => 'lobby',
        actions: [
          {
            queryKey: ['messages'],
            action: 'direct',
            updater: (old: Message[] | undefined, message) => {
              expectTypeOf(message).toEqualTypeOf<Message>()
              return [message, ...(old ?? [])]
            },
          },
          {
            queryKey: ['pages'],
            action: 'direct',
            infinite: true,
            updater: (old: InfiniteData<Message[]>, message: Message) =>
              prependToFirstPage(old, message),
          },
        ],
      },
    })
  })

  test('takes prependToFirstPage bare', () => {
    defineSyncRules<{ 'message:new': Message }>({
      'message:new': {
        room: () => 'lobby',
        actions: [{ procedure: ['message'], action: 'direct', updater: prependToFirstPage }],
      },
    })
  })

  test('refuses `direct` without an updater', () => {
    defineSyncRules<{ 'message:new': Message }>({
      'message:new': {
        room: () => 'lobby',
        // @ts-expect-error - `direct` needs an updater
        actions: [{ procedure: ['message', 'list'], action: 'direct' }],
      },
    })
  })

  test('refuses an updater on `invalidate` and `remove`', () => {
    defineSyncRules<{ 'message:new': Message }>({
      'message:new': {
        room: () => 'lobby',
        actions: [
          // @ts-expect-error - it would never be called
          { procedure: ['message'], action: 'invalidate', updater: (old: unknown) => old },
          // @ts-expect-error - it would never be called
          { procedure: ['message'], action: 'remove', updater: (old: unknown) => old },
        ],
      },
    })
  })

  test('refuses an unknown action, an unknown option, and two targets or none', () => {
    defineSyncRules<{ 'message:new': Message }>({
      'message:new': {
        room: () => 'lobby',
        actions: [
          // @ts-expect-error - there is no such action
          { procedure: ['message', 'list'], action: 'refresh' },
          // @ts-expect-error - there is no such option
          { procedure: ['message', 'list'], action: 'invalidate', matches: () => true },
          // @ts-expect-error - either a procedure or a query key
          { procedure: ['message', 'list'], queryKey: ['messages'], action: 'invalidate' },
          // @ts-expect-error - a procedure or a query key
          { action: 'invalidate' },
        ],
      },
    })
  })

  test('refuses what its event does not have', () => {
    defineSyncRules<{ 'message:new': Message }>({
      'message:new': {
        // @ts-expect-error - a message has no channel
        room: (message) => message.channel,
        actions: [],
      },
    })
  })

  test('is demanded for each event, and for no other', () => {
    // @ts-expect-error - 'message:removed' has no rule
    defineSyncRules<Events>({ 'message:new': { room: () => 'lobby', actions: [] } })
    defineSyncRules<{ 'message:new': Message }>({
      'message:new': { room: () => 'lobby', actions: [] },
      // @ts-expect-error - not an event
      'message:old': { room: () => 'lobby', actions: [] },
    })
  })
})

describe('the types of v1.1.0', () => {
  test('stand without type arguments', () => {
    const action: CacheAction = { procedure: ['message', 'list'], action: 'invalidate' }
    const rule: SyncRule = { room: () => 'lobby', actions: [action] }
    const some: SyncRules = { 'message:new': rule }
    expectTypeOf(some).toEqualTypeOf<SyncRules<Record<string, unknown>>>()
  })

  test('hold rules of particular events', () => {
    const rule: SyncRule<Message> = rules['message:new']
    const some: SyncRules = rules
    expectTypeOf(some['message:new']).toEqualTypeOf<SyncRule | undefined>()
    expectTypeOf(rule.actions).toEqualTypeOf<readonly CacheAction<Message>[]>()
  })

  test('show what a rule does not know as unknown, never as any', () => {
    const rule: SyncRule = {
      room: (event) => {
        expectTypeOf(event).toEqualTypeOf<unknown>()
        return 'lobby'
      },
      actions: [
        {
          queryKey: ['messages'],
          action: 'direct',
          updater: (old, event) => {
            expectTypeOf(old).toEqualTypeOf<unknown>()
            expectTypeOf(event).toEqualTypeOf<unknown>()
            return old
          },
        },
      ],
    }
    expectTypeOf(rule.room).returns.toEqualTypeOf<string | readonly string[]>()
  })
})

test('mergeSyncRules has the events of both', () => {
  const merged = mergeSyncRules(
    rules,
    defineSyncRules<{ 'clock:tick': number }>({
      'clock:tick': { room: () => 'clock', actions: [] },
    }),
  )
  expectTypeOf(merged['clock:tick']).toEqualTypeOf<SyncRule<number>>()
  expectTypeOf(merged['message:new']).toEqualTypeOf<SyncRule<Message>>()
  const sync = new SyncServer({ io: new Server(), rules: merged })
  expectTypeOf<
    Parameters<typeof sync.broadcast<'clock:tick'>>[0]
  >().toEqualTypeOf<'clock:tick'>()
  expectTypeOf<Parameters<typeof sync.broadcast<'clock:tick'>>[1]>().toEqualTypeOf<number>()
})

test('prependToFirstPage returns what it was given', () => {
  const data: InfiniteData<Message[]> | undefined = undefined
  const message: Message = { id: 'm1', conversationId: 'c1' }
  expectTypeOf(
    prependToFirstPage<InfiniteData<Message[]> | undefined>(data, message),
  ).toEqualTypeOf<InfiniteData<Message[]> | undefined>()
  // @ts-expect-error - no message
  prependToFirstPage<InfiniteData<Message[]>>({ pages: [], pageParams: [] }, {})
})

describe('SyncServer', () => {
  const message: Message = { id: 'm1', conversationId: 'c1' }
  const sync = new SyncServer({ io: new Server(), rules })

  test('knows its events from the rules', () => {
    expectTypeOf(sync).toEqualTypeOf<SyncServer<Events>>()
    expectTypeOf(sync.broadcast('message:new', message)).toEqualTypeOf<Promise<void>>()
    // @ts-expect-error - there is no such event
    void sync.broadcast('message:old', message)
    // @ts-expect-error - not the data of this event
    void sync.broadcast('message:new', { id: 'm1' })
    // @ts-expect-error - an event without its data
    void sync.broadcast('message:new')
  })

  test('is given to code that knows only some of its events', () => {
    const announce = (server: SyncServer<Pick<Events, 'message:new'>>) =>
      server.broadcast('message:new', message)
    expectTypeOf(announce(sync)).toEqualTypeOf<Promise<void>>()
  })

  test('tells what became of autoJoinRooms', () => {
    const io = new Server()
    io.on('connection', async (socket) => {
      const outcome = await sync.autoJoinRooms(socket, async (userId) => {
        expectTypeOf(userId).toEqualTypeOf<string>()
        return ['lobby']
      })
      expectTypeOf(outcome).toEqualTypeOf<AutoJoinOutcome>()
      if (outcome.status === 'joined') {
        expectTypeOf(outcome.rooms).toEqualTypeOf<readonly string[]>()
      }
      if (outcome.status === 'failed') {
        expectTypeOf(outcome.error).toEqualTypeOf<SyncError>()
      }
    })
  })
})

interface ServerToClient {
  'message:new': (message: Message) => void
}
interface ClientToServer {
  typing: (conversationId: string) => void
}
interface SocketData {
  userId: string
}

describe('an application that types its Socket.IO', () => {
  const io = new Server<ClientToServer, ServerToClient, Record<string, never>, SocketData>()
  const socket: Socket<ServerToClient, ClientToServer> = connectTo('http://localhost')

  test('gives SyncServer its server, a namespace of it, and their sockets', () => {
    const sync = new SyncServer({
      io,
      rules,
      getUserId: (socket) => {
        expectTypeOf(socket.id).toEqualTypeOf<string>()
        return socket.id
      },
    })
    const chat: Namespace<ClientToServer, ServerToClient> = io.of('/chat')
    expectTypeOf(new SyncServer({ io: chat, rules })).toEqualTypeOf<SyncServer<Events>>()
    io.on('connection', async (socket) => {
      await sync.autoJoinRooms(socket, () => [])
    })
  })

  test('gives the engine its client socket', () => {
    const stop = createSyncEngine(new QueryClient(), socket, rules)
    expectTypeOf(stop).toEqualTypeOf<() => void>()
  })
})

describe('the full circle', () => {
  // rules → router → context with the server → rules, with the events from the router's outputs
  interface Context {
    readonly sync: SyncServer<CircleEvents>
  }
  const { router, procedure } = initTRPC.context<Context>().create()
  const appRouter = router({
    message: router({
      list: procedure.query(() => [{ id: 'm1', conversationId: 'c1' }]),
      send: procedure.mutation(async ({ ctx }) => {
        const sent = { id: 'm1', conversationId: 'c1' }
        await ctx.sync.broadcast('message:new', sent)
        void ctx.sync.broadcast('message:new', sent)
        return sent
      }),
    }),
  })
  type AppRouter = typeof appRouter
  interface CircleEvents {
    'message:new': inferRouterOutputs<AppRouter>['message']['send']
  }
  const circleRules = defineSyncRules<CircleEvents, AppRouter>()({
    'message:new': {
      room: 'conversation:{conversationId}',
      actions: [
        {
          procedure: ['message', 'list'],
          action: 'direct',
          updater: (old, message) => {
            expectTypeOf(old).toEqualTypeOf<{ id: string; conversationId: string }[]>()
            return [...old, message]
          },
        },
      ],
    },
  })
  const sync: SyncServer<CircleEvents> = new SyncServer({
    io: new Server(),
    rules: circleRules,
  })

  test('compiles, and loses no type', () => {
    expectTypeOf<Parameters<typeof sync.broadcast<'message:new'>>[1]>().toEqualTypeOf<{
      id: string
      conversationId: string
    }>()
    expectTypeOf(appRouter.createCaller({ sync }).message.send).returns.resolves.toEqualTypeOf<{
      id: string
      conversationId: string
    }>()
  })
})
