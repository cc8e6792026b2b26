/** What was missed, as bytes: for clients that take it so, out of logs that keep data as text. */

import { EventEmitter } from 'node:events'
import { QueryClient } from '@tanstack/query-core'
import { defineSyncRules, upsertItem } from '@iron-stack/sync'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { memoryLog, SyncServer } from '@iron-stack/sync/server'
import type { AddressInfo } from 'node:net'
import type { ServerOptions } from 'socket.io'
import { io as connectTo, type ManagerOptions } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { PULL, type PackedAnswer, type PullAnswer } from '../../src/control.ts'
import { decodeReplay } from '../../src/engine/rooms/decode-replay.ts'
import { encodeReplay } from '../../src/server/control/encode-replay.ts'
import { pack } from '../../src/server/packed.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { startBareClient } from './support/bare-client.ts'

interface Row {
  readonly id: number
  readonly text: string
  readonly bytes?: Uint8Array
}

interface Events {
  readonly 'row:new': Row
  readonly 'row:edited': Row
}

const KEY = ['rows']
const rows = {
  room: 'rows',
  actions: [{ queryKey: KEY, action: 'direct', updater: upsertItem({ insert: 'last' }) }],
} as const
const rules = defineSyncRules<Events>({ 'row:new': rows, 'row:edited': rows })

async function start(options: Partial<ServerOptions> = {}) {
  const server = await startSocketServer({ transports: ['websocket', 'polling'], ...options })
  const log = memoryLog()
  const sync = new SyncServer<Events>({ io: server.io, rules, rooms: () => ['rows'], log })
  onTestFinished(() => sync.close())
  return { ...server, sync, log }
}

async function askTwice(server: Awaited<ReturnType<typeof start>>) {
  const ada = await startBareClient(server, 'ada')
  const { handle } = await ada.joined('rows')
  const { e, t } = ada.hellos().at(-1)!
  const request = { e, t, q: [[handle, 0]] }
  return {
    plain: (await ada.ask(PULL, request)) as PullAnswer,
    packed: (await ada.ask(PULL, { ...request, b: 1 })) as Partial<PackedAnswer & PullAnswer>,
  }
}

test('an answer as bytes says what the other says, but for parts of milliseconds', async () => {
  const server = await start()
  await server.sync.broadcast('row:new', { id: 1, text: '"ä"\n' })
  await server.sync.broadcast('row:edited', { id: 1, text: '' })
  await server.sync.broadcast('row:new', { id: 2, text: 'two' })
  const { plain, packed } = await askTwice(server)
  expect(packed.r).toEqual(plain.r)
  expect(packed.ev).toBeUndefined()
  expect(decodeReplay(packed.b)).toEqual(
    plain.ev.map(([event, data, id, places, at]) => [event, data, id, places, Math.ceil(at)]),
  )
})

test('without events, or where data has bytes in it, it is no text', async () => {
  const server = await start()
  expect(await askTwice(server)).toMatchObject({ packed: { ev: [] } })
  await server.sync.broadcast('row:new', { id: 1, text: '', bytes: new Uint8Array([7]) })
  const { packed } = await askTwice(server)
  const data = packed.ev?.map(([, each]) => each)
  expect(data).toEqual([{ id: 1, text: '', bytes: Buffer.from([7]) }])
  expect(packed.b).toBeUndefined()
})

test('the form of data goes along, and an id of another beginning', () => {
  const form = { v: 3 }
  const text = JSON.stringify(pack({ id: 1 }, form))
  const places = [['3', 7]] as const
  const common = { event: 'said', places, at: 1.2 }
  const events = [
    { ...common, text, id: 'life.1' },
    { ...common, text: '{}', id: 'other.1' },
  ]
  const read = decodeReplay(encodeReplay(events, 'life'))
  expect(read).toEqual([
    ['said', { id: 1 }, 'life.1', places, 2, form],
    ['said', {}, 'other.1', places, 2],
  ])
  expect(decodeReplay(encodeReplay(events, 'life'))).toEqual(read)
})

test.each([undefined, 'text', 7, {}, new Uint8Array([255]), Buffer.from('[[],"",7]')])(
  'what is no such answer is none: %j',
  (bytes) => {
    expect(decodeReplay(bytes)).toBeUndefined()
  },
)

/** Like `socket.io-json-parser`: packets are JSON, and bytes do not come through. */
class Encoder {
  encode(packet: unknown): string[] {
    return [JSON.stringify(packet)]
  }
}
class Decoder extends EventEmitter {
  add(chunk: string): void {
    this.emit('decoded', JSON.parse(chunk))
  }
  destroy(): void {
    this.removeAllListeners()
  }
}

interface Wire {
  readonly server?: Partial<ServerOptions>
  readonly client?: Partial<ManagerOptions>
  /** How many questions it takes. */
  readonly pulls: number
}

const WIRES: Record<string, Wire> = {
  'by websocket': { client: { transports: ['websocket'] }, pulls: 1 },
  'by polling': { client: { transports: ['polling'] }, pulls: 1 },
  'where bytes do not come through, by a second question': {
    server: { parser: { Encoder, Decoder } },
    client: { transports: ['websocket'], parser: { Encoder, Decoder } },
    pulls: 2,
  },
}

test.each(Object.entries(WIRES))('an engine catches up %s', async (_name, wire) => {
  const { io, sync } = await start(wire.server)
  let pulls = 0
  io.on('connection', (socket) => {
    socket.onAny((event) => {
      if (event === PULL) pulls++
    })
  })
  const queryClient = new QueryClient()
  const { port } = io.httpServer.address() as AddressInfo
  const socket = connectTo(`http://127.0.0.1:${port}/`, {
    forceNew: true,
    auth: { userId: 'ada' },
    ...wire.client,
  })
  const outcomes: string[] = []
  const stop = createSyncEngine(queryClient, socket, rules, {
    onEvent: ({ room, outcome }) => outcomes.push(`${room} ${outcome}`),
  })
  onTestFinished(() => {
    stop()
    queryClient.clear()
    socket.disconnect()
  })
  await until(() => expect(outcomes).toContain('rows joined'))
  queryClient.setQueryData(KEY, [])
  socket.disconnect()
  await until(() => expect(io.of('/').sockets.size).toBe(0))
  await sync.broadcast('row:new', { id: 1, text: 'missed' })
  pulls = 0
  socket.connect()
  await until(() => expect(outcomes).toContain('rows replayed'))
  expect(queryClient.getQueryData(KEY)).toEqual([{ id: 1, text: 'missed' }])
  expect(pulls).toBe(wire.pulls)
})
