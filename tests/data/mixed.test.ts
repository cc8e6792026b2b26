/**
 * A server and a client that are not of one deploy: what cannot be read is never in the cache, is
 * reported once, and costs its room a refetch.
 */

import { defineSyncRules, type DataTransformer } from '@iron-stack/sync'
import { deserialize, serialize } from 'superjson'
import { expect, test } from 'vitest'
import { ROOM, startBoards, UPSERT, type Note } from './support.ts'

interface Dated extends Note {
  readonly at: Date
}

const rules = defineSyncRules<{ 'note:new': Dated }>({
  'note:new': { room: ROOM, actions: [UPSERT] },
})
const transformer: DataTransformer = {
  serialize,
  deserialize,
}
const AT = new Date('2026-11-26T10:00:00.000Z')
const NOTE: Dated = { id: 1, boardId: 'a', at: AT }

test('a client with a transformer takes what a server without one sends as it is', async () => {
  const { network, send, list, errors, away } = startBoards({
    server: rules,
    client: rules,
    engine: { transformer },
  })
  await network.quiet()
  await send('note:new', NOTE)
  await network.quiet()
  await away(() => send('note:new', { ...NOTE, id: 2 }))
  const at = AT.toISOString()
  expect(list('a')).toEqual([
    { ...NOTE, at },
    { ...NOTE, at, id: 2 },
  ])
  expect(errors).toEqual([])
})

test('a client without a transformer applies nothing that one has made', async () => {
  const { network, send, list, rows, requests, errors, away, tap } = startBoards({
    server: rules,
    client: rules,
    network: { transformer },
    engine: {},
  })
  const heard: unknown[] = []
  tap('note:new', (data) => heard.push(data))
  await network.quiet()
  rows['a'] = [NOTE]
  await send('note:new', NOTE)
  await network.quiet()
  expect(list('a')).toEqual([NOTE])
  expect(requests).toEqual({ a: 2, b: 1 })
  rows['a'] = [NOTE, { ...NOTE, id: 2 }]
  await away(() => send('note:new', { ...NOTE, id: 2 }))
  expect(list('a')).toEqual(rows['a'])
  expect(requests).toEqual({ a: 3, b: 1 })
  expect(heard).toEqual([])
  expect(errors).toMatchObject([
    {
      code: 'unreadable-event',
      message:
        'note:new: the server has a transformer, and this client has none. ' +
        'It was not applied, and its queries are refetched. ' +
        'Give the provider, or the engine, the same `transformer`.',
    },
  ])
})

test.each<[string, Partial<DataTransformer>, unknown]>([
  [
    'throws',
    {
      deserialize() {
        throw new Error('unknown class')
      },
    },
    undefined,
  ],
  ['is given something else than bytes', {}, 'bytes'],
  ['is given bytes for a place that there is not', {}, [[['image'], 1]]],
  ['is given bytes for a prototype', {}, [[['__proto__', 'toString'], 1]]],
  ['is given bytes for a part of text', {}, [[['boardId', 0], 1]]],
])('where a transformer %s, its room is refetched', async (_, own, t) => {
  const { network, list, rows, requests, errors, socket, send } = startBoards({
    server: rules,
    client: rules,
    network: { transformer },
    engine: { transformer: { ...transformer, ...own } },
  })
  await network.quiet()
  rows['a'] = [NOTE]
  const heard: unknown[] = []
  socket.on('note:new', (data) => heard.push(data))
  if (t === undefined) await send('note:new', NOTE)
  else {
    const data = transformer.serialize(NOTE)
    network.io.to('board:a').emit('note:new', data, { e: 'x', i: 'x1', t })
  }
  await network.quiet()
  expect(heard).toHaveLength(1)
  expect(list('a')).toEqual([NOTE])
  expect(requests['a']).toBe(2)
  expect(errors).toMatchObject([
    {
      code: 'unreadable-event',
      message:
        'note:new: the transformer could not deserialize its data. It was not applied, and its ' +
        'queries are refetched. Have server and client the same one? See `cause`.',
    },
  ])
  expect(typeof Object.prototype.toString).toBe('function')
})

test('a listener hears the very object that the cache has', async () => {
  const { network, send, list, tap, away } = startBoards({
    server: rules,
    client: rules,
    network: { transformer },
    engine: { transformer },
  })
  const heard: unknown[] = []
  tap('note:new', (data) => heard.push(data))
  await network.quiet()
  await send('note:new', NOTE)
  await network.quiet()
  await away(() => send('note:new', { ...NOTE, id: 2 }))
  expect(heard).toHaveLength(2)
  for (const [at, row] of (list('a') ?? []).entries()) expect(heard[at]).toBe(row)
})

test('an event that came too early is read when its turn comes', async () => {
  const { network, send, list, wire, requests } = startBoards({
    server: rules,
    client: rules,
    network: { transformer },
    engine: { transformer },
  })
  await network.quiet()
  wire.dropRate = 1
  await send('note:new', NOTE)
  wire.dropRate = 0
  await send('note:new', { ...NOTE, id: 2 })
  await network.quiet()
  expect(list('a')).toEqual([NOTE, { ...NOTE, id: 2 }])
  expect(requests).toEqual({ a: 1, b: 1 })
})

test('an event of a room that nobody tells of costs what its rule means, whether it can be read or not', async () => {
  const { network, requests, codes } = startBoards({
    server: rules,
    client: rules,
    engine: {},
  })
  await network.quiet()
  const meta = { e: 'x', i: 'x1', p: [['nobody', 1]], t: [] }
  network.io.to('board:a').emit('note:new', serialize(NOTE), meta)
  await network.quiet()
  expect(requests).toEqual({ a: 2, b: 2 })
  expect(codes()).toEqual(['unreadable-event'])
})

test('an event that meets a fetch is journalled as it was broadcast', async () => {
  const { network, send, list, queryClient } = startBoards({
    server: rules,
    client: rules,
    network: { transformer },
    engine: { transformer },
    latencyMs: 50,
  })
  await network.quiet()
  const refetch = queryClient.refetchQueries()
  await network.advance(20)
  await send('note:new', NOTE)
  await network.quiet()
  await refetch
  expect(list('a')).toEqual([NOTE])
})
