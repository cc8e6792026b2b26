/**
 * The board's own server and database without its pages, and windows without components: a cache
 * that is kept live over a real socket, and somebody who looks at queries in it.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InfiniteQueryObserver, QueryClient, QueryObserver } from '@tanstack/query-core'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import { createSyncEngine } from '@iron-stack/sync/engine'
import type { SyncError } from '@iron-stack/sync'
import type { SyncServer } from '@iron-stack/sync/server'
import { io as connectTo } from 'socket.io-client'
import superjson from 'superjson'
import { onTestFinished } from 'vitest'
import type { Database } from '../../../examples/board/server/database.ts'
import { draftPosts } from '../../../examples/board/server/draft-posts.ts'
import { countPosts } from '../../../examples/board/server/posts.ts'
import { appRouter } from '../../../examples/board/server/router.ts'
import { boards, people, posts, type Person } from '../../../examples/board/server/schema.ts'
import { startSession } from '../../../examples/board/server/session.ts'
import { createSockets } from '../../../examples/board/server/sockets.ts'
import { rules } from '../../../examples/board/shared/rules.ts'
import type { BoardEvents, Sort, Status } from '../../../examples/board/shared/types.ts'

const DAY_MS = 24 * 60 * 60 * 1000

export interface BoardRef {
  readonly orgId: string
  readonly boardId: number
}

interface ListInput extends BoardRef {
  readonly status?: Status
  readonly sort: Sort
}

export interface BoardServer {
  readonly sync: SyncServer<BoardEvents>
  /** The API, called as one of the seeded people. */
  readonly as: (personId: string) => Promise<Caller>
  readonly open: (personId: string) => Promise<BoardWindow>
}

export type Caller = ReturnType<typeof appRouter.createCaller>
export type BoardWindow = Awaited<ReturnType<typeof openWindow>>

/** Closed when the test ends. */
export async function startBoardServer(db: Database): Promise<BoardServer> {
  const http = createServer()
  const sync = createSockets(http, db)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  onTestFinished(async () => {
    await sync.close()
    await sync.getIO().close()
  })
  const contextOf = async (personId: string) => ({
    db,
    sync,
    viewer: await findPerson(db, personId),
  })
  return {
    sync,
    as: async (personId) => appRouter.createCaller(await contextOf(personId)),
    open: async (personId) => openWindow(`http://127.0.0.1:${port}`, await contextOf(personId)),
  }
}

/** A board of its own, with as many posts as are drawn by lot: the same ones each time. */
export async function makeBoard(
  db: Database,
  { orgId = 'fernway', count }: { orgId?: string; count: number },
): Promise<BoardRef> {
  const [board] = await db.insert(boards).values({ orgId, name: 'Test', about: '' }).returning()
  if (board === undefined) throw new Error('No board was made.')
  const authorIds = ['nora', 'mei']
  const to = Date.now() - DAY_MS
  const drawing = { orgId, boardId: board.id, authorIds, count, seed: 1 }
  const drafts = draftPosts({ ...drawing, from: to - 100 * DAY_MS, to })
  await db.insert(posts).values(drafts)
  const closed = drafts.filter(({ status }) => status === 'closed').length
  await countPosts(db, board.id, { open: count - closed, closed })
  return { orgId, boardId: board.id }
}

async function openWindow(
  url: string,
  ctx: { db: Database; sync: SyncServer<BoardEvents>; viewer: Person },
) {
  const { db, viewer } = ctx
  const queryClient = new QueryClient({
    defaultOptions: { queries: { staleTime: Infinity, retry: false } },
  })
  const requests: string[] = []
  queryClient.getQueryCache().subscribe((told) => {
    if (told.type !== 'updated' || told.action.type !== 'fetch') return
    requests.push(String(told.query.queryKey[0]).replace(',', '.'))
  })
  const trpc = createTRPCOptionsProxy({ router: appRouter, ctx, queryClient })

  const cookie = (await startSession(db, viewer.id))?.split(';')[0] ?? ''
  const socket = connectTo(url, {
    transports: ['websocket'],
    forceNew: true,
    extraHeaders: { cookie },
  })
  const heard: string[] = []
  socket.onAny((event: string) => heard.push(event))
  const rooms = new Map<string, string>()
  const errors: SyncError[] = []
  const stop = createSyncEngine(queryClient, socket, rules, {
    viewer: viewer.id,
    transformer: superjson,
    onError: (error) => errors.push(error),
    onEvent: ({ room, outcome }) => rooms.set(room, outcome),
  })
  onTestFinished(() => {
    stop()
    socket.disconnect()
    queryClient.clear()
  })

  return {
    trpc,
    /** What was asked of the API, as procedures, in order. */
    requests,
    /** The names of the events that have come over the socket. */
    heard,
    errors,
    /** What became of each room it has asked for, or was put in. */
    rooms,
    isFetching: () => queryClient.isFetching() > 0,

    /** Looks at a list until the test ends; says which posts are on the screen. */
    list(input: ListInput) {
      const options = trpc.post.list.infiniteQueryOptions(input, {
        getNextPageParam: (page) => page.nextCursor,
      })
      const observer = new InfiniteQueryObserver(queryClient, options)
      onTestFinished(observer.subscribe(() => {}))
      return {
        posts: () =>
          observer.getCurrentResult().data?.pages.flatMap(({ items }) => items) ?? [],
        error: () => observer.getCurrentResult().error,
        loadMore: () => observer.fetchNextPage(),
      }
    },

    recentlyClosed(input: BoardRef & { limit: number }) {
      const observer = new QueryObserver(
        queryClient,
        trpc.post.recentlyClosed.queryOptions(input),
      )
      onTestFinished(observer.subscribe(() => {}))
      return { posts: () => observer.getCurrentResult().data ?? [] }
    },

    post(input: BoardRef & { postId: number }) {
      const observer = new QueryObserver(queryClient, trpc.post.byId.queryOptions(input))
      onTestFinished(observer.subscribe(() => {}))
      return { post: () => observer.getCurrentResult().data }
    },

    comments(input: { orgId: string; postId: number }) {
      const observer = new QueryObserver(queryClient, trpc.comment.list.queryOptions(input))
      const stopLooking = observer.subscribe(() => {})
      onTestFinished(stopLooking)
      return { comments: () => observer.getCurrentResult().data, stopLooking }
    },
  }
}

async function findPerson(db: Database, personId: string): Promise<Person> {
  const person = (await db.select().from(people)).find(({ id }) => id === personId)
  if (person === undefined) throw new Error(`Nobody is called ${personId}.`)
  return person
}
