/**
 * The board's rules on the board's own server and database, with real sockets and the real
 * query-core: what changes is right in every list, and costs no request where that can be proven.
 */

import type { QueryClient } from '@tanstack/query-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDatabase, type OpenDatabase } from '../../examples/board/server/database.ts'
import { importPosts } from '../../examples/board/server/import-posts.ts'
import { boardRoom, postRoom } from '../../examples/board/shared/rooms.ts'
import { rules } from '../../examples/board/shared/rules.ts'
import type { Post, PostCursor, PostPage, Sort } from '../../examples/board/shared/types.ts'
import { defer } from '../support/defer.ts'
import { startEngine } from '../support/engine.ts'
import { until } from '../support/until.ts'
import {
  makeBoard,
  startBoardServer,
  type BoardRef,
  type BoardWindow,
  type Caller,
} from './support/board-server.ts'

let database: OpenDatabase
beforeAll(async () => {
  database = await openDatabase()
}, 90_000)
afterAll(() => database.close())

const titlesOf = (posts: readonly Post[]) => posts.map(({ title }) => title)

/** Resolves when all that the window looks at is there, and live. */
async function settled(window: BoardWindow, board: BoardRef): Promise<void> {
  await until(() => {
    expect(window.rooms.get(boardRoom(board))).toMatch(/replayed|nothing-missed/)
    expect(window.isFetching()).toBe(false)
  })
}

/** Looks at a board of a hundred posts: open by votes, closed by title, all by age, and the last five closed. */
async function lookAtAll() {
  const server = await startBoardServer(database.db)
  const board = await makeBoard(database.db, { count: 100 })
  const window = await server.open('mei')
  const open = window.list({ ...board, status: 'open', sort: 'votes' })
  const closed = window.list({ ...board, status: 'closed', sort: 'title' })
  const all = window.list({ ...board, sort: 'newest' })
  const recent = window.recentlyClosed({ ...board, limit: 5 })
  await settled(window, board)
  const nora = await server.as('nora')
  const before = window.requests.length

  /** Each list, up to the last post it holds, beside what the API says. */
  async function expectAsServed(): Promise<void> {
    await until(() => expect(window.isFetching()).toBe(false))
    for (const [posts, input] of [
      [open.posts(), { ...board, status: 'open', sort: 'votes' }],
      [closed.posts(), { ...board, status: 'closed', sort: 'title' }],
      [all.posts(), { ...board, sort: 'newest' }],
    ] as const) {
      expect(posts.length).toBeGreaterThan(20)
      expect(posts).toEqual((await readAll(nora, input)).slice(0, posts.length))
    }
    expect(recent.posts()).toEqual(await nora.post.recentlyClosed({ ...board, limit: 5 }))
  }

  return {
    board,
    sync: server.sync,
    window,
    nora,
    open,
    closed,
    all,
    recent,
    expectAsServed,
    /** What was asked since everything was there. */
    asked: () => window.requests.slice(before),
  }
}

type ListInput = Parameters<Caller['post']['list']>[0]

async function readAll(caller: Caller, input: ListInput): Promise<Post[]> {
  const { items, nextCursor } = await caller.post.list(input)
  if (nextCursor === null) return items
  return [...items, ...(await readAll(caller, { ...input, cursor: nextCursor }))]
}

describe('with the lists open, closed and all on the screen', () => {
  test('a post that is closed leaves the first, enters the second, and changes in the third, without a request', async () => {
    const { board, nora, open, closed, all, recent, asked, expectAsServed } = await lookAtAll()
    const post = all.posts().find(({ id }) => open.posts().some((other) => other.id === id))
    if (post === undefined) throw new Error('No post is in both lists.')
    await nora.post.setStatus({ orgId: board.orgId, postId: post.id, status: 'closed' })

    await until(() => expect(titlesOf(closed.posts())).toContain(post.title))
    expect(titlesOf(open.posts())).not.toContain(post.title)
    expect(all.posts().find(({ id }) => id === post.id)).toMatchObject({ status: 'closed' })
    expect(titlesOf(recent.posts())[0]).toBe(post.title)
    await expectAsServed()
    expect(asked()).toEqual([])
  })

  test('a post that is reopened leaves a full list of five, which asks once for what comes behind', async () => {
    const { board, nora, open, closed, recent, asked, expectAsServed } = await lookAtAll()
    const [, post] = recent.posts()
    if (post === undefined) throw new Error('Nothing is closed.')
    await nora.post.setStatus({ orgId: board.orgId, postId: post.id, status: 'open' })

    await until(() => expect(asked()).toEqual(['post.recentlyClosed']))
    expect(titlesOf(closed.posts())).not.toContain(post.title)
    await expectAsServed()
    expect(recent.posts()).toHaveLength(5)
    expect(open.posts().length).toBeGreaterThanOrEqual(40)
    expect(asked()).toEqual(['post.recentlyClosed'])
  })

  test('a vote moves a post in the order by votes, and a new title in the one by title', async () => {
    const { board, nora, open, closed, asked, expectAsServed } = await lookAtAll()
    const { orgId } = board
    const post = open.posts().find(({ votes }, at, { [at + 1]: next }) => votes === next?.votes)
    if (post === undefined) throw new Error('No two posts have as many votes.')
    const place = open.posts().indexOf(post)
    await nora.vote.set({ orgId, postId: post.id, isCast: true })
    await until(() => expect(open.posts().indexOf(post)).toBe(-1))
    expect(open.posts().findIndex(({ id }) => id === post.id)).toBeLessThanOrEqual(place)

    const last = closed.posts().at(-1)
    if (last === undefined) throw new Error('Nothing is closed.')
    await nora.post.edit({ orgId, postId: last.id, title: 'Aardvarks welcome', body: '' })
    await until(() => expect(titlesOf(closed.posts())[0]).toBe('Aardvarks welcome'))
    await expectAsServed()
    expect(asked()).toEqual([])
  })

  test('many posts that come at once are in each list that they belong to, in their places', async () => {
    const { board, sync, open, window, asked, expectAsServed } = await lookAtAll()
    const held = open.posts().length
    const { created } = await importPosts(database.db, { ...board, count: 300 })
    await sync.broadcastMany('post:created', created)
    await sync.broadcast('vote:cast', {
      ...board,
      postId: created[0]?.id ?? 0,
      personId: 'mei',
    })
    // A connection keeps its order.
    await until(() => expect(window.heard.at(-1)).toBe('vote:cast'))
    expect(open.posts().length).toBeGreaterThan(held)
    await expectAsServed()
    expect(asked()).toEqual([])
    expect(window.errors).toEqual([])
  })

  test('dates are dates, in what was fetched and in what an event has brought', async () => {
    const { board, nora, recent } = await lookAtAll()
    const { id } = await nora.post.create({ ...board, title: 'Dated', body: '' })
    await nora.post.setStatus({ orgId: board.orgId, postId: id, status: 'closed' })
    await until(() => expect(titlesOf(recent.posts())[0]).toBe('Dated'))
    expect(recent.posts().map(({ closedAt }) => closedAt instanceof Date)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ])
  })
})

test('a post is joined by who opens it, and no other', async () => {
  const server = await startBoardServer(database.db)
  const board = await makeBoard(database.db, { count: 60 })
  const window = await server.open('mei')
  const list = window.list({ ...board, sort: 'newest' })
  await settled(window, board)
  const { rooms } = server.sync.getIO().of('/').adapter
  const joined = () => [...rooms.keys()].filter((room) => room.includes(':post:'))
  expect(list.posts()).toHaveLength(40)
  expect(joined()).toEqual([])

  const postId = list.posts()[0]?.id ?? 0
  const { comments } = window.comments({ orgId: board.orgId, postId })
  await until(() => expect(joined()).toEqual([postRoom({ orgId: board.orgId, postId })]))
  await until(() => expect(comments()).toEqual([]))
  const nora = await server.as('nora')
  await nora.comment.create({ orgId: board.orgId, postId, body: 'Seen?' })
  await until(() => expect(comments()?.map(({ body }) => body)).toEqual(['Seen?']))
  await until(() => expect(list.posts()[0]?.commentCount).toBe(1))
})

test('a person of another organisation is refused by the API and by every room, and hears nothing', async () => {
  const server = await startBoardServer(database.db)
  const board = await makeBoard(database.db, { count: 10 })
  const theirs = await makeBoard(database.db, { orgId: 'lumen', count: 3 })
  const [nora, hanna] = await Promise.all([server.as('nora'), server.as('hanna')])
  const [first] = await readAll(nora, { ...board, sort: 'newest' })
  const ref = { orgId: board.orgId, postId: first?.id ?? 0 }

  const window = await server.open('hanna')
  const list = window.list({ ...board, sort: 'newest' })
  const { comments } = window.comments(ref)
  const own = window.list({ ...theirs, sort: 'newest' })
  await settled(window, theirs)
  await until(() => {
    expect(window.rooms.get(boardRoom(board))).toBe('refused')
    expect(window.rooms.get(postRoom(ref))).toBe('refused')
  })
  expect(list.error()?.message).toBe('There is no such organisation.')

  await nora.post.create({ ...board, title: 'Among us', body: '' })
  await nora.comment.create({ ...ref, body: 'Among us, too' })
  await hanna.post.create({ ...theirs, title: 'Among themselves', body: '' })
  await until(() => expect(titlesOf(own.posts())).toContain('Among themselves'))
  expect(comments()).toBe(undefined)
  expect(window.heard.filter((event) => !event.startsWith('sync:'))).toEqual([
    'post:created',
    'board:changed',
  ])

  const trespass = { title: 'Mine', body: 'Mine' }
  await expect(hanna.post.create({ ...board, ...trespass })).rejects.toThrow('organisation')
  await expect(
    hanna.post.create({ ...trespass, orgId: 'lumen', boardId: board.boardId }),
  ).rejects.toThrow('There is no such board.')
  await expect(
    hanna.comment.create({ ...trespass, orgId: 'lumen', postId: ref.postId }),
  ).rejects.toThrow('There is no such post.')
})

test('a comment that a post counts already is not counted again', () => {
  const { queryClient, send } = startEngine(rules)
  const ref = { orgId: 'fernway', boardId: 1 }
  const post = { ...ref, id: 7, status: 'closed', commentCount: 3, version: 5 }
  const list = [['post', 'list'], { input: { ...ref, sort: 'newest' }, type: 'infinite' }]
  const recent = [['post', 'recentlyClosed'], { input: { ...ref, limit: 5 }, type: 'query' }]
  const detail = [['post', 'byId'], { input: { ...ref, postId: 7 }, type: 'query' }]
  queryClient.setQueryData(list, {
    pages: [{ items: [post], nextCursor: null }],
    pageParams: [null],
  })
  queryClient.setQueryData(recent, [post])
  queryClient.setQueryData(detail, post)
  const held = () => [list, recent, detail].map((key) => queryClient.getQueryData(key))
  const before = held()

  send('post:commented', { ...ref, id: 7, commentCount: 3, version: 5 })
  send('post:commented', { ...ref, id: 7, commentCount: 2, version: 4 })
  expect(held()).toEqual(before)
  send('post:commented', { ...ref, id: 7, commentCount: 4, version: 6 })
  const counted = { ...post, commentCount: 4, version: 6 }
  expect(held()).toEqual([
    { pages: [{ items: [counted], nextCursor: null }], pageParams: [null] },
    [counted],
    counted,
  ])
})

/** Everything that can happen to a board, in an order in which most of it matters. */
const HISTORY: readonly ((step: Step) => Promise<unknown>)[] = [
  ({ nora, board }) => nora.post.create({ ...board, title: 'Bells', body: 'Louder ones.' }),
  ({ mei, ref }) => mei.comment.create({ ...ref('Bells'), body: 'Please.' }),
  ({ mei, ref }) => mei.vote.set({ ...ref('Bells'), isCast: true }),
  ({ nora, ref }) => nora.vote.set({ ...ref('Bells'), isCast: true }),
  ({ nora, board }) => nora.post.create({ ...board, title: 'Anchors', body: '' }),
  ({ mei, ref }) => mei.post.setStatus({ ...ref('Bells'), status: 'closed' }),
  ({ nora, ref }) => nora.comment.create({ ...ref('Bells'), body: 'That was quick.' }),
  ({ mei, ref }) => mei.vote.set({ ...ref('Bells'), isCast: false }),
  ({ nora, board }) => nora.post.create({ ...board, title: 'Zebra crossings', body: '' }),
  ({ nora, ref }) => nora.post.delete(ref('Anchors')),
  ({ mei, ref }) => mei.post.setStatus({ ...ref('Bells'), status: 'open' }),
  ({ mei, ref }) => mei.vote.set({ ...ref('Zebra crossings'), isCast: true }),
  ({ mei, ref }) => mei.post.edit({ ...ref('Bells'), title: 'Chimes', body: 'Softer ones.' }),
  ({ nora, ref }) => nora.comment.create({ ...ref('Chimes'), body: 'Even better.' }),
]

interface Step {
  readonly board: BoardRef
  readonly nora: Caller
  readonly mei: Caller
  /** The post of that title. */
  readonly ref: (title: string) => { orgId: string; postId: number }
}

/** Plays it; resolves to what Mei is answered before and after each step, and to all events. */
async function play() {
  const server = await startBoardServer(database.db)
  const board = await makeBoard(database.db, { count: 12 })
  const [nora, mei] = await Promise.all([server.as('nora'), server.as('mei')])
  const sent = vi.spyOn(server.sync, 'broadcast')
  const answers: Answers[] = []
  let all: Post[] = []
  async function ask(): Promise<void> {
    all = await readAll(mei, { ...board, sort: 'newest' })
    const chimes = all.find(({ title }) => ['Bells', 'Chimes'].includes(title))
    const ref = chimes && { orgId: board.orgId, postId: chimes.id }
    const lists = LISTS.map((list) => mei.post.list({ ...board, ...list }))
    answers.push({
      lists: await Promise.all(lists),
      boards: (await mei.board.list(board)).filter(({ id }) => id === board.boardId),
      votes: await mei.vote.mine(board),
      post: ref && (await mei.post.byId({ ...board, ...ref })),
      text: ref && (await mei.post.text(ref)),
      comments: ref && (await mei.comment.list(ref)),
    })
  }
  const ref = (title: string) => {
    const postId = all.find((post) => post.title === title)?.id
    return { orgId: board.orgId, postId: postId ?? 0 }
  }
  await ask()
  for (const step of HISTORY) {
    await step({ board, nora, mei, ref })
    await ask()
  }
  // A vote is told to its person alone.
  const events = sent.mock.calls.filter(
    ([, data]) => !('personId' in data) || data.personId === 'mei',
  )
  return { board, answers, events, chimes: ref('Chimes') }
}

const SORTS: readonly Sort[] = ['newest', 'votes', 'title']
const LISTS = SORTS.flatMap((sort) => [
  { status: 'open' as const, sort },
  { status: 'closed' as const, sort },
  { sort },
])

interface Answers {
  readonly lists: readonly PostPage[]
  readonly boards: unknown
  readonly votes: unknown
  readonly post: unknown
  readonly text: unknown
  readonly comments: unknown
}

type Events = Awaited<ReturnType<typeof play>>['events']

/** Delivers all events during a fetch that then brings `answer`; what the query holds after. */
async function replayOver<Answer>(
  answer: Answer,
  events: Events,
  fetch: (client: QueryClient, queryFn: () => Promise<Answer>) => Promise<unknown>,
): Promise<unknown> {
  const { queryClient, errors, send } = startEngine(rules, { viewer: 'mei' })
  const response = defer<Answer>()
  const fetched = fetch(queryClient, () => response.promise)
  for (const [event, data] of events) send(event, data)
  response.resolve(answer)
  const data = await fetched
  expect(errors).toEqual([])
  return data
}

test('whenever it was asked, each query is exact with the events of the whole history over it', async () => {
  const { board, answers, events, chimes } = await play()
  const last = answers.at(-1)
  expect(last?.post).toMatchObject({ title: 'Chimes', votes: 1, commentCount: 3, version: 10 })
  for (const answer of answers) {
    for (const [place, page] of answer.lists.entries()) {
      const replayed = await replayOver(page, events, (client, queryFn) =>
        client.fetchInfiniteQuery({
          queryKey: [
            ['post', 'list'],
            { input: { ...board, ...LISTS[place] }, type: 'infinite' },
          ],
          queryFn,
          // Of nothing else could the type of the cursors be known.
          initialPageParam: null as PostCursor | null,
          getNextPageParam: (page: PostPage) => page.nextCursor,
        }),
      )
      expect(replayed).toEqual({ pages: [last?.lists[place]], pageParams: [null] })
    }
    const queries = [
      [['board', 'list'], { orgId: board.orgId }, 'boards'],
      [['vote', 'mine'], board, 'votes'],
      [['post', 'byId'], { ...board, ...chimes }, 'post'],
      [['post', 'text'], chimes, 'text'],
      [['comment', 'list'], chimes, 'comments'],
    ] as const
    for (const [path, input, name] of queries) {
      if (answer[name] === undefined) continue
      const replayed = await replayOver(answer[name], events, (client, queryFn) =>
        client.fetchQuery({ queryKey: [path, { input, type: 'query' }], queryFn }),
      )
      expect(replayed).toEqual(last?.[name])
    }
  }
})
