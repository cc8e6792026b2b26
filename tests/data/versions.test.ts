/** Versions of an event's data: what was broadcast before a deploy is read after it, and by whom not. */

import { QueryClient } from '@tanstack/query-core'
import { defineSyncRules, type SyncError, type SyncRules } from '@iron-stack/sync'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { memoryLog, SyncServer } from '@iron-stack/sync/server'
import { serialize, deserialize } from 'superjson'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { joined } from '../support/chat-server.ts'
import { captureConsole } from '../support/console.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { listKey, ROOM, startBoards, UPSERT, type Note } from './support.ts'

/** What a note was, is, and will be. */
interface Version1 {
  readonly id: number
  readonly boardId: string
  readonly name: string
}
interface Version2 extends Note {
  readonly title: string
}
interface Version3 extends Version2 {
  readonly pinned: boolean
}

const version1 = defineSyncRules<{ 'note:new': Version1 }>({
  'note:new': { room: ROOM, actions: [UPSERT] },
})
const version2 = defineSyncRules<{ 'note:new': Version2 }>({
  'note:new': {
    room: ROOM,
    version: 2,
    upcast: { 1: ({ name, ...note }: Version1) => ({ ...note, title: name }) },
    actions: [UPSERT],
  },
})
const version3 = defineSyncRules<{ 'note:new': Version3 }>({
  'note:new': {
    room: ROOM,
    version: 3,
    upcast: {
      ...version2['note:new'].upcast,
      2: (note: Version2) => ({ ...note, pinned: false }),
    },
    actions: [UPSERT],
  },
})

const ONE: Version1 = { id: 1, boardId: 'a', name: 'one' }
const TWO: Version2 = { id: 2, boardId: 'a', title: 'two' }

describe('a client with newer rules', () => {
  test('reads older events, live and replayed, step by step', async () => {
    const { network, send, list, requests, errors, away, tap } = startBoards({
      server: version1,
      client: version3,
    })
    const heard: unknown[] = []
    tap('note:new', (data) => heard.push(data))
    await network.quiet()
    await send('note:new', ONE)
    await network.quiet()
    await away(() => send('note:new', { ...ONE, id: 2 }))
    const title = 'one'
    const read = [1, 2].map((id) => ({ id, boardId: 'a', title, pinned: false }))
    expect(list('a')).toEqual(read)
    expect(heard).toEqual(read)
    expect(requests).toEqual({ a: 1, b: 1 })
    expect(errors).toEqual([])
  })

  test('starts at the version that was sent', async () => {
    const { network, send, list } = startBoards({ server: version2, client: version3 })
    await network.quiet()
    await send('note:new', TWO)
    await network.quiet()
    expect(list('a')).toEqual([{ ...TWO, pinned: false }])
  })

  test('puts them over a response, too', async () => {
    const { network, send, list, queryClient } = startBoards({
      server: version1,
      client: version2,
      latencyMs: 50,
    })
    await network.quiet()
    const refetch = queryClient.refetchQueries()
    await network.advance(20)
    await send('note:new', ONE)
    await network.quiet()
    await refetch
    expect(list('a')).toEqual([{ id: 1, boardId: 'a', title: 'one' }])
  })

  test('decodes first, and validates last', async () => {
    const transformer = { serialize, deserialize }
    const dated = defineSyncRules<{ 'note:new': { id: number; boardId: string; at: Date } }>({
      'note:new': { room: ROOM, actions: [] },
    })
    const timed = defineSyncRules({
      'note:new': {
        schema: z.object({ id: z.number(), boardId: z.string(), time: z.number() }),
        room: ROOM,
        version: 2,
        upcast: {
          1: ({ at, ...note }: { readonly at: Date }) => ({ ...note, time: at.getTime() }),
        },
        actions: [UPSERT],
      },
    })
    const { network, send, list, errors } = startBoards({
      server: dated,
      client: timed,
      network: { transformer },
      engine: { transformer, validate: true },
    })
    await network.quiet()
    await send('note:new', { id: 1, boardId: 'a', at: new Date(7) })
    await network.quiet()
    expect(list('a')).toEqual([{ id: 1, boardId: 'a', time: 7 }])
    expect(errors).toEqual([])
  })

  test.each<[string, SyncRules<{ 'note:new': Version2 }>, string]>([
    [
      'that knows no way up',
      { 'note:new': { room: ROOM, version: 2, actions: [UPSERT] } },
      'note:new: it came in version 1, from which nothing leads up to 2. ' +
        'It was not applied, and its queries are refetched. ' +
        'Give its rule `upcast` from 1 on.',
    ],
    [
      'whose `upcast` throws',
      {
        'note:new': {
          room: ROOM,
          version: 2,
          upcast: {
            1: () => {
              throw new Error('no name')
            },
          },
          actions: [UPSERT],
        },
      },
      'note:new: `upcast` from version 1 threw Error: no name. ' +
        'It was not applied, and its queries are refetched. See `cause` for the place.',
    ],
  ])('%s refetches its room, and says so once', async (_, client, message) => {
    const setup = { server: version1, client }
    const { network, send, list, rows, requests, errors, away } = startBoards(setup)
    await network.quiet()
    rows['a'] = [TWO]
    await send('note:new', ONE)
    await network.quiet()
    expect(list('a')).toEqual([TWO])
    expect(requests).toEqual({ a: 2, b: 1 })
    await away(() => send('note:new', ONE))
    expect(requests).toEqual({ a: 3, b: 1 })
    expect(errors.map((error) => [error.code, error.message])).toEqual([
      ['unreadable-event', message],
    ])
  })
})

describe('a client with older rules', () => {
  test('ignores newer events, refetches their room, and says so once', async () => {
    const { network, send, list, rows, requests, errors, away, tap } = startBoards({
      server: version2,
      client: version1,
    })
    const heard: unknown[] = []
    tap('note:new', (data) => heard.push(data))
    await network.quiet()
    rows['a'] = [TWO]
    await send('note:new', TWO)
    await network.quiet()
    expect(list('a')).toEqual([TWO])
    expect(requests).toEqual({ a: 2, b: 1 })
    rows['b'] = [{ ...TWO, boardId: 'b' }]
    await away(() => send('note:new', { ...TWO, boardId: 'b' }))
    expect(list('b')).toEqual(rows['b'])
    expect(requests).toEqual({ a: 2, b: 2 })
    expect(heard).toEqual([])
    expect(errors).toMatchObject([
      {
        code: 'unreadable-event',
        message:
          'note:new: it came in version 2, and the rules here know 1. ' +
          'It was not applied, and its queries are refetched. ' +
          'The page needs the newer rules: reload it.',
      },
    ])
  })

  test('refetches all that its rule means, where that names its rooms otherwise', async () => {
    const elsewhere = defineSyncRules<{ 'note:new': Version1 }>({
      'note:new': { room: 'notes:{boardId}', actions: [UPSERT] },
    })
    const { network, send, requests } = startBoards({ server: version2, client: elsewhere })
    await network.quiet()
    const [end] = network.io.sockets.values()
    end?.join('board:a')
    await network.quiet()
    await send('note:new', TWO)
    await network.quiet()
    expect(requests).toEqual({ a: 2, b: 2 })
  })

  test('does not take a version for one that it is not', async () => {
    const { network, requests, errors } = startBoards({ server: version1, client: version2 })
    await network.quiet()
    for (const [at, v] of ['x', {}, 0, 1.5, -1].entries()) {
      network.io.to('board:a').emit('note:new', ONE, { e: 'x', i: `x${at}`, v })
      await network.quiet()
    }
    expect(requests['a']).toBe(6)
    expect(errors.every(({ code }) => code === 'unreadable-event')).toBe(true)
  })
})

test('a rule without a version says nothing of one on the wire', async () => {
  const { network, send, socket } = startBoards({ server: version1, client: version1 })
  const metas: unknown[] = []
  socket.on('note:new', (_, meta) => metas.push(meta))
  await network.quiet()
  await send('note:new', ONE)
  await network.quiet()
  expect(metas.map((meta) => Object.keys(meta as object))).toEqual([['e', 'i', 'p']])
})

test('many rows have their version, too', async () => {
  const { network, list } = startBoards({ server: version2, client: version3 })
  await network.quiet()
  await network.server.broadcastMany('note:new', [TWO, { ...TWO, id: 3 }])
  await network.quiet()
  expect(list('a')).toEqual([
    { ...TWO, pinned: false },
    { ...TWO, id: 3, pinned: false },
  ])
})

/** A client of one deploy, over a real connection. */
async function startClient<Events>(
  socket: Awaited<ReturnType<Connect>>,
  rules: SyncRules<Events>,
) {
  socket.io.reconnectionDelay(20)
  const queryClient = new QueryClient()
  const errors: SyncError[] = []
  const stop = createSyncEngine(queryClient, socket, rules, {
    random: () => 0,
    onError: (error) => errors.push(error),
  })
  onTestFinished(() => {
    stop()
    queryClient.clear()
  })
  await queryClient.fetchQuery({ queryKey: listKey('a'), queryFn: () => [] })
  return {
    errors,
    list: () => queryClient.getQueryData(listKey('a')),
    isOwed: () => queryClient.getQueryState(listKey('a'))?.isInvalidated,
  }
}

type Connect = Awaited<ReturnType<typeof startSocketServer>>['connect']

test('events of before a deploy are read after it, from one and the same log', async () => {
  const { io, connect } = await startSocketServer()
  const log = memoryLog()
  const rooms = () => ['board:a']
  const former = new SyncServer({ io, rules: version1, log, rooms })
  const [ada, bob] = [await connect('ada'), await connect('bob')]
  for (const socket of [ada, bob]) await joined(io, 'board:a', socket)
  const newer = await startClient(ada, version2)
  const older = await startClient(bob, version1)
  await former.broadcast('note:new', ONE)
  const one = { id: 1, boardId: 'a', title: 'one' }
  await until(() => expect(newer.list()).toEqual([one]))
  await until(() => expect(older.list()).toEqual([ONE]))

  for (const socket of io.sockets.sockets.values()) socket.conn.close()
  await until(() => expect(io.sockets.sockets.size).toBe(0))
  await former.broadcast('note:new', { ...ONE, id: 3 })
  void former.close()
  const latter = new SyncServer({ io, rules: version2, log, rooms })
  onTestFinished(() => latter.close())
  await latter.broadcast('note:new', TWO)

  await until(() => expect(newer.list()).toEqual([one, TWO, { ...one, id: 3 }]))
  await until(() => expect(older.list()).toEqual([ONE, { ...ONE, id: 3 }]))
  await until(() => expect(older.isOwed()).toBe(true))
  expect(newer.isOwed()).toBe(false)
  expect(newer.errors).toEqual([])
  expect(older.errors.map(({ code }) => code)).toEqual(['unreadable-event'])
})

describe('an event that a client has no rule for', () => {
  const more = defineSyncRules<{ 'note:gone': Note; 'note:typing': Note }>({
    'note:gone': { room: ROOM, actions: [] },
    'note:typing': { room: ROOM, volatile: true, actions: [] },
  })
  const server = { ...version1, ...more }

  test('is ignored in silence, whichever version it has', async () => {
    const { network, send, requests, errors, away } = startBoards({
      server: { ...server, 'note:gone': { ...server['note:gone'], version: 5 } },
      client: version1,
    })
    await network.quiet()
    await send('note:gone', ONE)
    await network.quiet()
    await away(() => send('note:gone', ONE))
    expect(requests).toEqual({ a: 1, b: 1 })
    expect(errors).toEqual([])
  })

  test('is printed once with `debug`, and only if it is one of ours', async () => {
    const printed = captureConsole('log')
    const engine = { debug: true }
    const { network, send, away } = startBoards({ server, client: version1, engine })
    await network.quiet()
    for (let times = 0; times < 2; times++) {
      await send('note:gone', ONE)
      await send('note:typing', ONE)
      network.io.to('board:a').emit('their:own', 1)
      await network.quiet()
    }
    await away(() => send('note:gone', ONE))
    expect(printed).toEqual([
      '[sync] note:gone → no rule here',
      '[sync] note:typing → no rule here',
    ])
  })
})
