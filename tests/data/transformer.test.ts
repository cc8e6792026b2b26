/** A transformer, over a real Socket.IO server: data is in the cache what it was at `broadcast`. */

import { QueryClient } from '@tanstack/query-core'
import { defineSyncRules, type SyncError, type Transformer } from '@iron-stack/sync'
import { createSyncEngine, type SyncEngineOptions } from '@iron-stack/sync/engine'
import { memoryLog, SyncServer, type SyncServerOptions } from '@iron-stack/sync/server'
import type { Socket } from 'socket.io-client'
import superjson, { deserialize, serialize } from 'superjson'
import { expect, onTestFinished, test } from 'vitest'
import { joined } from '../support/chat-server.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { startTwoNodes } from '../support/two-nodes.ts'
import { until } from '../support/until.ts'

interface Shot {
  readonly id: number
  readonly at: Date
  readonly votes: Map<string, Date>
  readonly tags: Set<string>
  readonly size: bigint
  readonly image?: Uint8Array
  readonly thumbs?: Map<string, Uint8Array>
}

interface Events {
  'shot:taken': Shot
  'file:sent': Uint8Array
}

const rules = defineSyncRules<Events>({
  'shot:taken': {
    room: () => 'shots',
    actions: [
      {
        queryKey: ['shots'],
        action: 'direct',
        updater: (old: readonly Shot[], shot) => [
          ...old.filter(({ id }) => id !== shot.id),
          shot,
        ],
      },
    ],
  },
  'file:sent': {
    room: () => 'shots',
    actions: [{ queryKey: ['file'], action: 'direct', updater: (_, file) => file }],
  },
})

const SHOT: Shot = {
  id: 1,
  at: new Date('2026-11-26T10:00:00.000Z'),
  votes: new Map([['ada', new Date(7)]]),
  tags: new Set(['sea', 'sky']),
  size: 12_345_678_901_234_567_890n,
}

interface Options {
  readonly server?: Partial<SyncServerOptions<Events>>
  readonly engine?: SyncEngineOptions
}

async function start({ server = { transformer: superjson }, engine }: Options = {}) {
  const { io, connect } = await startSocketServer()
  const log = memoryLog()
  const sync = new SyncServer<Events>({ io, rules, log, rooms: () => ['shots'], ...server })
  const socket = await connect('ada')
  socket.io.reconnectionDelay(20)
  const queryClient = new QueryClient()
  queryClient.setQueryData(['shots'], [])
  queryClient.setQueryData(['file'], 'none')
  const errors: SyncError[] = []
  const stop = createSyncEngine(queryClient, socket, rules, {
    onError: (error) => errors.push(error),
    transformer: superjson,
    random: () => 0,
    ...engine,
  })
  onTestFinished(() => {
    stop()
    queryClient.clear()
    void sync.close()
  })
  await joined(io, 'shots', socket)
  const plain: unknown[][] = []
  socket.on('shot:taken', (...args: unknown[]) => plain.push(args))
  return {
    io,
    log,
    sync,
    socket,
    queryClient,
    errors,
    plain,
    shots: () => queryClient.getQueryData<Shot[]>(['shots']) ?? [],
    /** What the log holds, as any log is given it. */
    async logged() {
      const questions = [{ room: 'shots', since: 0 }]
      const { events } = await log.read({ questions, maxEvents: 100, maxBytes: 1e6 })
      return events.map(([, data]) => data)
    },
  }
}

/** Ends the connection as a network does that is gone, and waits until the server has noticed. */
async function cut(socket: Socket, io: { sockets: { sockets: Map<string, unknown> } }) {
  const { transport } = socket.io.engine as unknown as {
    transport: { ws: { terminate: () => void } }
  }
  transport.ws.terminate()
  await until(() => expect(io.sockets.sockets.size).toBe(0))
}

const bytes = (value: unknown) => [...new Uint8Array(value as ArrayBuffer)]

test('dates, maps, sets and bigints arrive as themselves, live and replayed', async () => {
  const { io, sync, socket, shots, errors } = await start()
  await sync.broadcast('shot:taken', SHOT)
  await until(() => expect(shots()).toEqual([SHOT]))
  await cut(socket, io)
  const later = { ...SHOT, id: 2, at: new Date(8), size: 1n }
  await sync.broadcast('shot:taken', later)
  await until(() => expect(shots()).toEqual([SHOT, later]))
  expect(shots()[1]?.at).toBeInstanceOf(Date)
  expect(errors).toEqual([])
})

test('bytes pass as they are, beside dates, inside maps and alone; live and replayed', async () => {
  const { io, sync, socket, queryClient, shots, logged, errors } = await start()
  const withBytes = (id: number): Shot => ({
    ...SHOT,
    id,
    image: new Uint8Array([id, 255]),
    thumbs: new Map([
      ['small', new Uint8Array([1])],
      ['large', new Uint8Array([2, 3])],
    ]),
  })
  const check = (id: number) => {
    const shot = shots().find((each) => each.id === id)
    expect(shot).toMatchObject({ at: SHOT.at, size: SHOT.size, tags: SHOT.tags })
    expect(bytes(shot?.image)).toEqual([id, 255])
    expect([...(shot?.thumbs ?? [])].map(([name, each]) => [name, bytes(each)])).toEqual([
      ['small', [1]],
      ['large', [2, 3]],
    ])
  }
  const sent = withBytes(1)
  await sync.broadcast('shot:taken', sent)
  await until(() => check(1))
  // What was broadcast is left as it was.
  expect(sent).toEqual(withBytes(1))
  await sync.broadcast('file:sent', new Uint8Array([9]))
  await until(() => expect(bytes(queryClient.getQueryData(['file']))).toEqual([9]))

  await cut(socket, io)
  await sync.broadcast('shot:taken', withBytes(2))
  await sync.broadcast('file:sent', new Uint8Array([10]))
  await until(() => expect(bytes(queryClient.getQueryData(['file']))).toEqual([10]))
  check(2)
  expect(errors).toEqual([])
  // As bytes, not as superjson's lists of numbers.
  expect(JSON.stringify(await logged())).not.toContain('[1,255]')
})

test('data is encoded once, whoever it goes to, and decoded once', async () => {
  let serialized = 0
  let deserialized = 0
  const counting: Transformer = {
    serialize(value) {
      serialized++
      return serialize(value)
    },
    deserialize(value) {
      deserialized++
      return deserialize(value as Parameters<typeof deserialize>[0])
    },
  }
  const { io, sync, socket, shots } = await start({
    server: { transformer: counting },
    engine: { transformer: counting },
  })
  await sync.broadcast('shot:taken', SHOT)
  await until(() => expect(shots()).toEqual([SHOT]))
  expect([serialized, deserialized]).toEqual([1, 1])
  await cut(socket, io)
  await sync.broadcast('shot:taken', { ...SHOT, id: 2 })
  await until(() => expect(shots()).toHaveLength(2))
  expect([serialized, deserialized]).toEqual([2, 2])
})

test('plain listeners and the log have the wire form', async () => {
  const { sync, plain, logged, shots } = await start()
  await sync.broadcast('shot:taken', SHOT)
  await until(() => expect(shots()).toEqual([SHOT]))
  const wire: unknown = JSON.parse(JSON.stringify(serialize(SHOT)))
  expect(plain).toEqual([[wire, expect.objectContaining({ t: [] })]])
  expect(await logged()).toEqual([{ 'sync:form': { t: [] }, data: wire }])
})

test('what is split for the two directions, as tRPC takes it, goes the way of outputs', async () => {
  const refuse = () => {
    throw new Error('not this way')
  }
  const split: Transformer = {
    input: { serialize: refuse, deserialize: refuse },
    output: superjson,
  }
  const { sync, shots, errors } = await start({
    server: { transformer: split },
    engine: { transformer: split },
  })
  await sync.broadcast('shot:taken', SHOT)
  await until(() => expect(shots()).toEqual([SHOT]))
  expect(errors).toEqual([])
})

test('changes of membership are not transformed', async () => {
  const reports: string[] = []
  const { sync, queryClient, errors } = await start({
    engine: { onEvent: ({ room, outcome }) => reports.push(`${room} ${outcome}`) },
  })
  await until(() => expect(reports.join()).toContain('shots '))
  await sync.leaveRoom('shots', ['ada'])
  await until(() => expect(reports).toContain('shots revoked'))
  expect(errors).toEqual([])
  expect(queryClient.getQueryData(['shots'])).toBeUndefined()
})

test('volatile events, and those of a server without a log, are transformed, too', async () => {
  const [here, there] = await startTwoNodes()
  const volatile = defineSyncRules<Pick<Events, 'shot:taken'>>({
    'shot:taken': { ...rules['shot:taken'], volatile: true },
  })
  const options = { transformer: superjson, onError: () => {} }
  const logless = new SyncServer({ ...options, io: here.io, rules, rooms: () => ['shots'] })
  const socket = await there.connect('ada')
  there.io.in(socket.id ?? '').socketsJoin('shots')
  const heard: unknown[][] = []
  socket.on('shot:taken', (...args: unknown[]) => heard.push(args))
  await logless.broadcast('shot:taken', SHOT)
  await logless.close()
  const fleeting = new SyncServer({ ...options, io: here.io, rules: volatile })
  onTestFinished(() => fleeting.close())
  await fleeting.broadcast('shot:taken', { ...SHOT, id: 2 })
  await until(() => expect(heard).toHaveLength(2))
  for (const [data, meta] of heard) {
    expect(meta).toMatchObject({ t: [] })
    expect(deserialize(data as never)).toMatchObject({ at: SHOT.at })
  }
})

test('data that the transformer refuses is not sent', async () => {
  const cause = new Error('no such class')
  const { sync, plain, shots } = await start({
    server: {
      onError: () => {},
      transformer: {
        deserialize,
        serialize(value) {
          if ((value as Shot).id === 2) throw cause
          return serialize(value)
        },
      },
    },
  })
  await expect(sync.broadcast('shot:taken', { ...SHOT, id: 2 })).rejects.toMatchObject({
    code: 'invalid-event',
    subject: 'shot:taken',
    cause,
    message:
      'shot:taken: the transformer could not serialize its data. Nothing was sent; see `cause`.',
  })
  await sync.broadcast('shot:taken', SHOT)
  await until(() => expect(shots()).toEqual([SHOT]))
  expect(plain).toHaveLength(1)
})

test('data of its own that looks like ours passes as it is', async () => {
  const { io, connect } = await startSocketServer()
  const log = memoryLog()
  const looks = defineSyncRules<{ odd: object }>({
    odd: {
      room: () => 'a',
      actions: [{ queryKey: ['odd'], action: 'direct', updater: (_, odd) => odd }],
    },
  })
  const sync = new SyncServer({ io, rules: looks, log, rooms: () => ['a'] })
  const socket = await connect('ada')
  const queryClient = new QueryClient()
  queryClient.setQueryData(['odd'], 0)
  const stop = createSyncEngine(queryClient, socket, looks, { random: () => 0 })
  onTestFinished(() => {
    stop()
    void sync.close()
  })
  await joined(io, 'a', socket)
  socket.io.reconnectionDelay(20)
  const odd = (t: number) => ({ 'sync:form': { t: [t], v: 7 }, data: t })
  await sync.broadcast('odd', odd(1))
  await until(() => expect(queryClient.getQueryData(['odd'])).toEqual(odd(1)))
  await cut(socket, io)
  await sync.broadcast('odd', odd(2))
  await until(() => expect(queryClient.getQueryData(['odd'])).toEqual(odd(2)))
})
