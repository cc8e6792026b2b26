/**
 * Lists of todos behind a real tRPC API and a real Socket.IO server, over HTTP. The log is that of a
 * cluster: an event is in it as soon as it is broadcast, and sent when a test says so.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { QueryClient, QueryObserver, type QueryKey } from '@tanstack/query-core'
import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  type TRPCClient,
  type TRPCLink,
} from '@trpc/client'
import { initTRPC, TRPCError } from '@trpc/server'
import {
  createHTTPHandler,
  type CreateHTTPContextOptions,
} from '@trpc/server/adapters/standalone'
import { createTRPCOptionsProxy, type TRPCOptionsProxy } from '@trpc/tanstack-react-query'
import { Server } from 'socket.io'
import { io as connectTo, type Socket } from 'socket.io-client'
import {
  defineSyncRules,
  updateItem,
  upsertItem,
  type CacheAction,
  type SyncError,
} from '@iron-stack/sync'
import {
  createSyncEngine,
  type SyncEngineOptions,
  type SyncReport,
} from '@iron-stack/sync/engine'
import { SyncServer, type EventLog, type RequestStamp } from '@iron-stack/sync/server'
import { syncStampLink } from '@iron-stack/sync/stamps'
import { createMemoryHub, type HubLog } from '@iron-stack/sync/testing'
import { expect, onTestFinished } from 'vitest'
import { z } from 'zod'
import { defer, type Deferred } from '../support/defer.ts'
import { until } from '../support/until.ts'

interface Todo {
  readonly id: number
  readonly listId: string
}

interface Events {
  'todo:new': Todo
  'list:renamed': { readonly listId: string }
}

const LIST = 'list:{listId}'

const countingOf = (name: string): CacheAction<Todo> => ({
  procedure: ['todo', name],
  action: 'direct',
  match: 'listId',
  updater: (old: { count: number }) => ({ count: old.count + 1 }),
})

/** Counting is not replay-stable: what is counted twice stays wrong. */
const rules = defineSyncRules<Events>({
  'todo:new': {
    room: LIST,
    actions: [
      {
        procedure: ['todo', 'list'],
        action: 'direct',
        match: 'listId',
        updater: upsertItem({ compare: (a, b) => a.id - b.id, limit: Infinity }),
      },
      {
        procedure: ['todo', 'pages'],
        action: 'direct',
        infinite: true,
        match: 'listId',
        updater: updateItem(),
      },
      countingOf('count'),
      countingOf('exactCount'),
      {
        procedure: ['todo', 'total'],
        action: 'direct',
        match: 'listId',
        updater: (old: number) => old + 1,
      },
    ],
  },
  'list:renamed': {
    room: LIST,
    actions: [{ procedure: ['todo', 'name'], action: 'invalidate', match: 'listId' }],
  },
})

const t = initTRPC.context<{ stamp: RequestStamp }>().create()
const listInput = z.object({ listId: z.string() })

/** What requests wait for, before and after they read: one that a test sets, for the next of them. */
interface Gate {
  before: Promise<void>
  after: Promise<void>
}

function createRouter(todos: Map<string, Todo[]>, names: Map<string, number>, gate: Gate) {
  const rowsOf = (listId: string) => [...(todos.get(listId) ?? [])]

  async function answer<Data>(read: () => Data): Promise<Data> {
    const { before, after } = gate
    await before
    const data = read()
    await after
    return data
  }

  return t.router({
    todo: t.router({
      list: t.procedure
        .input(listInput)
        .query(({ input }) => answer(() => rowsOf(input.listId))),
      count: t.procedure
        .input(listInput)
        .query(({ input }) => answer(() => ({ count: rowsOf(input.listId).length }))),
      total: t.procedure
        .input(listInput)
        .query(({ input }) => answer(() => rowsOf(input.listId).length)),
      name: t.procedure
        .input(listInput)
        .query(({ input }) => answer(() => ({ name: names.get(input.listId) ?? 0 }))),
      /** The same count, read in one snapshot with the log. */
      exactCount: t.procedure.input(listInput).query(({ ctx, input, path, batchIndex }) =>
        answer(() => {
          void ctx.stamp.readIn('a transaction', { path, batchIndex })
          return { count: rowsOf(input.listId).length }
        }),
      ),
      pages: t.procedure
        .input(listInput.extend({ cursor: z.number().optional() }))
        .query(({ input: { listId, cursor = 0 } }) =>
          answer(() => ({
            items: rowsOf(listId).slice(cursor, cursor + 2),
            next: cursor + 2 < rowsOf(listId).length ? cursor + 2 : null,
          })),
        ),
      secret: t.procedure.input(listInput).query(() => {
        throw new TRPCError({ code: 'FORBIDDEN' })
      }),
    }),
  })
}

export type AppRouter = ReturnType<typeof createRouter>

export const LINKS = {
  httpLink: (url: string): TRPCLink<AppRouter> => httpLink({ url }),
  httpBatchLink: (url: string): TRPCLink<AppRouter> => httpBatchLink({ url }),
  httpBatchStreamLink: (url: string): TRPCLink<AppRouter> => httpBatchStreamLink({ url }),
}
export type LinkName = keyof typeof LINKS

export interface StampedApi {
  readonly url: string
  readonly sync: SyncServer<Events>
  readonly log: HubLog
  readonly errors: SyncError[]
  /** How many HTTP requests were made of the API. */
  readonly requests: () => number
  /** Commits a todo, and broadcasts it. */
  readonly add: (listId: string, id: number) => Promise<void>
  /** Renames a list, and broadcasts that. */
  readonly rename: (listId: string) => Promise<void>
  /** Holds the next requests, until the tests lets them read, and then answer. */
  readonly hold: () => { readonly read: () => void; readonly answer: () => void }
  /** Another life of the log. */
  readonly flush: () => void
  readonly close: () => void
}

export interface ApiOptions {
  /** Whether the log can say how far it is in a transaction's snapshot. */
  readonly hasSnapshots?: boolean
  /** Which of the rooms a streamed answer is about may be told of. */
  readonly authorize?: (rooms: readonly string[]) => readonly string[]
  /** Whether answers are stamped at all. */
  readonly isStamping?: boolean
  readonly maxEventsPerRoom?: number
}

export async function startApi(options: ApiOptions = {}): Promise<StampedApi> {
  const { hasSnapshots = false, authorize, isStamping = true, maxEventsPerRoom } = options
  const hub = createMemoryHub({ maxEventsPerRoom, now: sinceAMinute() })
  const log = hub.join()
  // Commits and appends are one step here, as they are in a transaction.
  const headsIn: EventLog['headsIn'] = (_tx, rooms) => log.heads(rooms)
  const todos = new Map<string, Todo[]>()
  const names = new Map<string, number>()
  const open = { before: Promise.resolve(), after: Promise.resolve() }
  const gate: Gate = { ...open }
  const errors: SyncError[] = []
  let requests = 0

  const api = createHTTPHandler({
    router: createRouter(todos, names, gate),
    async createContext({ info }: CreateHTTPContextOptions) {
      requests++
      const stamp = isStamping ? sync.stampRequest(info, { authorize }) : sync.stampRooms([])
      return { stamp: await stamp }
    },
    responseMeta: ({ ctx, data }) => ({ headers: { ...ctx?.stamp.headers(data) } }),
  })
  const http = createServer(api)
  const io = new Server(http, { transports: ['websocket'] })
  io.use((socket, next) => {
    socket.data.userId = 'ada'
    next()
  })
  const sync: SyncServer<Events> = new SyncServer({
    io,
    rules,
    log: hasSnapshots ? Object.assign(log, { headsIn }) : log,
    authorize: (_socket, rooms) => rooms,
    onError: (error) => errors.push(error),
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const close = async () => {
    await sync.close()
    await io.close()
  }
  onTestFinished(close)

  return {
    url: `http://127.0.0.1:${port}`,
    sync,
    log,
    errors,
    requests: () => requests,

    add(listId, id) {
      const todo = { id, listId }
      todos.set(listId, [...(todos.get(listId) ?? []), todo])
      return sync.broadcast('todo:new', todo)
    },

    rename(listId) {
      names.set(listId, (names.get(listId) ?? 0) + 1)
      return sync.broadcast('list:renamed', { listId })
    },

    hold() {
      const [before, after]: Deferred<void>[] = [defer(), defer()]
      Object.assign(gate, { before: before?.promise, after: after?.promise })
      return {
        read: () => before?.resolve(),
        answer() {
          Object.assign(gate, open)
          after?.resolve()
        },
      }
    },

    flush: hub.flush,
    close: () => void close(),
  }
}

/** The time of a log that began a minute before this process, which is how old a page here may be. */
function sinceAMinute(): () => number {
  let isBegun = false
  return () => {
    const now = performance.now()
    const began = isBegun ? now : -60_000
    isBegun = true
    return began
  }
}

export interface Page {
  readonly queryClient: QueryClient
  readonly trpc: TRPCOptionsProxy<AppRouter>
  readonly client: TRPCClient<AppRouter>
  readonly reports: SyncReport[]
  readonly socket: Socket
  /** Looks at a query of this procedure until the test ends. */
  readonly look: (options: { readonly queryKey: QueryKey }) => void
  /** Resolves when all rooms are joined and caught up, and nothing fetches. */
  readonly settled: () => Promise<void>
}

export interface PageOptions {
  readonly link?: LinkName
  readonly connect?: boolean
  readonly queryClient?: QueryClient
  readonly engine?: SyncEngineOptions
}

/** A browser's page: a query client, an engine, a socket and a tRPC client with the stamp link. */
export function openPage(api: StampedApi, options: PageOptions = {}): Page {
  const { link = 'httpBatchLink', connect = true, queryClient = createClient() } = options
  const socket = connectTo(api.url, {
    transports: ['websocket'],
    forceNew: true,
    autoConnect: connect,
  })
  const reports: SyncReport[] = []
  let status = 'connecting'
  const stop = createSyncEngine(queryClient, socket, rules, {
    onEvent: (report) => reports.push(report),
    onStatus: (now) => {
      status = now
    },
    onError: (error) => {
      if (error.code !== 'unstable-updater') throw error
    },
    ...options.engine,
  })
  onTestFinished(() => {
    stop()
    socket.disconnect()
  })
  const client = createTRPCClient<AppRouter>({ links: [syncStampLink(), LINKS[link](api.url)] })
  return {
    queryClient,
    client,
    trpc: createTRPCOptionsProxy<AppRouter>({ client, queryClient }),
    reports,
    socket,
    look(query) {
      const observer = new QueryObserver(queryClient, { staleTime: Infinity, ...query })
      onTestFinished(observer.subscribe(() => {}))
    },
    settled: () =>
      until(() => {
        expect(status).toBe('live')
        expect(queryClient.isFetching()).toBe(0)
      }),
  }
}

function createClient(): QueryClient {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  onTestFinished(() => queryClient.clear())
  return queryClient
}
