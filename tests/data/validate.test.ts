/** A client that validates: what its schemas refuse is never in the cache, and nothing is lost by it. */

import { defineSyncRules } from '@iron-stack/sync'
import type { SyncEngineOptions } from '@iron-stack/sync/engine'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { captureConsole } from '../support/console.ts'
import { startEngine, stateOf } from '../support/engine.ts'
import { listKey, ROOM, startBoards, UPSERT, type Note } from './support.ts'

const schema = z.object({ id: z.number(), boardId: z.string(), text: z.string().default('') })

/** An older server, without schemas. */
const server = defineSyncRules<{ 'note:new': Note }>({
  'note:new': { room: ROOM, actions: [] },
})
const client = defineSyncRules({
  'note:new': { schema, room: ROOM, actions: [UPSERT] },
})

const start = (engine: SyncEngineOptions = { validate: true }, latencyMs = 0) =>
  startBoards({ server, client, engine, latencyMs })

const GOOD = { id: 1, boardId: 'a', text: 'hello' }
const BAD = { id: '2', boardId: 'a', text: 'top-secret' }

test('a client does not validate unless it is asked to', async () => {
  const { network, send, list, errors } = start({})
  await network.quiet()
  await send('note:new', BAD)
  await network.quiet()
  expect(list('a')).toEqual([BAD])
  expect(errors).toEqual([])
})

test('where nothing is asked for, what is applied is the very object that came', () => {
  const { queryClient, send } = startEngine(client)
  queryClient.setQueryData(listKey('a'), [])
  send('note:new', GOOD)
  expect(queryClient.getQueryData<unknown[]>(listKey('a'))?.[0]).toBe(GOOD)
})

test('bad data costs its room one refetch and one report, and is never in the cache', async () => {
  const { network, send, list, rows, requests, errors, queryClient } = start()
  await network.quiet()
  const held: unknown[] = []
  queryClient.getQueryCache().subscribe(() => held.push(list('a')))
  rows['a'] = [{ id: 2, boardId: 'a', text: '' }]
  await send('note:new', BAD)
  await network.quiet()
  expect(list('a')).toEqual(rows['a'])
  expect(JSON.stringify(held)).not.toContain('top-secret')
  expect(requests).toEqual({ a: 2, b: 1 })
  await send('note:new', BAD)
  await network.quiet()
  expect(requests).toEqual({ a: 3, b: 1 })
  expect(errors).toMatchObject([
    {
      code: 'invalid-event',
      subject: 'note:new',
      message:
        'note:new: id: expected number. It was not applied, and its queries are refetched. ' +
        'Are server and client built from the same rules?',
    },
  ])
})

test('where the field at fault is the one that `match` reads, its room is refetched all the same', async () => {
  const boards = ['7', '8']
  const setup = { server, client, engine: { validate: true }, boards }
  const { network, send, list, rows, requests, codes } = startBoards(setup)
  await network.quiet()
  rows['7'] = [{ id: 1, boardId: '7', text: '' }]
  await send('note:new', { id: 1, boardId: 7 })
  await network.quiet()
  expect(list('7')).toEqual(rows['7'])
  expect(requests).toEqual({ 7: 2, 8: 1 })
  expect(codes()).toEqual(['invalid-event'])
})

test('where nobody knows the room, every query of the rule is refetched', () => {
  const { queryClient, send, errors } = startEngine(client, { validate: true })
  queryClient.setQueryData(listKey('a'), [])
  queryClient.setQueryData(['other'], [])
  send('note:new', BAD)
  expect(stateOf(queryClient, listKey('a')).isInvalidated).toBe(true)
  expect(stateOf(queryClient, ['other']).isInvalidated).toBe(false)
  expect(errors.map(({ code }) => code)).toEqual(['invalid-event'])
})

test('missed events are validated, too', async () => {
  const { network, send, list, rows, requests, codes, away } = start({ validate: true }, 50)
  await network.quiet()
  rows['a'] = [GOOD]
  await away(async () => {
    await send('note:new', BAD)
    await send('note:new', GOOD)
    await send('note:new', { id: 5, boardId: 'b' })
  })
  expect(list('a')).toEqual([GOOD])
  expect(list('b')).toEqual([{ id: 5, boardId: 'b', text: '' }])
  expect(requests).toEqual({ a: 2, b: 1 })
  expect(codes()).toEqual(['invalid-event'])
})

test('an event that is refused during a fetch is made up for by one that starts later', async () => {
  const { network, send, list, rows, requests, codes } = start({ validate: true }, 50)
  // The first fetches are under way.
  await network.advance(20)
  const [end] = network.io.sockets.values()
  end?.join('board:a')
  await network.advance(1)
  rows['a'] = [GOOD]
  await send('note:new', BAD)
  await network.quiet()
  expect(list('a')).toEqual([GOOD])
  expect(requests).toEqual({ a: 2, b: 1 })
  expect(codes()).toEqual(['invalid-event'])
})

test('what was missed and refused before a query was fetched costs it nothing', async () => {
  const { network, send, requests, codes, queryClient, away } = start()
  await network.quiet()
  await away(async () => {
    await send('note:new', BAD)
    network.clock.advance(10)
    await queryClient.refetchQueries({ queryKey: listKey('a') })
  })
  expect(requests).toEqual({ a: 2, b: 1 })
  expect(codes()).toEqual(['invalid-event'])
})

test('what the schema returns is what is applied and heard', async () => {
  const { network, send, list, tap } = start()
  const heard: unknown[] = []
  tap('note:new', (data, context) => heard.push([data, context]))
  await network.quiet()
  await send('note:new', { id: 1, boardId: 'a', unknown: true })
  await send('note:new', BAD)
  await network.quiet()
  expect(heard).toEqual([[{ id: 1, boardId: 'a', text: '' }, { replayed: false }]])
  // The refetch has brought what the API knows.
  expect(list('a')).toEqual([])
})

test('nothing is thrown into the socket, and plain listeners hear what was sent', async () => {
  const { network, send, socket } = start()
  await network.quiet()
  const heard: unknown[] = []
  socket.on('note:new', (data) => heard.push(data))
  await send('note:new', BAD)
  await network.quiet()
  expect(heard).toEqual([BAD])
})

test('a schema that answers later checks nothing here, and says so once', async () => {
  const slow = schema.refine(async () => false)
  const rules = defineSyncRules({
    'note:new': { schema: slow, room: ROOM, actions: [UPSERT] },
  })
  const { network, send, list, errors, requests } = startBoards({
    server,
    client: rules,
    engine: { validate: true },
  })
  await network.quiet()
  await send('note:new', GOOD)
  await send('note:new', { ...GOOD, id: 2 })
  await network.quiet()
  expect(list('a')).toEqual([GOOD, { ...GOOD, id: 2 }])
  expect(requests).toEqual({ a: 1, b: 1 })
  expect(errors.map(({ message }) => message)).toEqual([
    'note:new: its schema answers later, which no client can wait for. ' +
      'The event was applied unchecked. Leave such checks to the server, or `validate` out.',
  ])
})

test('a volatile event that is refused is nobody to make up for', async () => {
  const volatile = defineSyncRules({
    'note:new': { schema, room: ROOM, volatile: true, actions: [UPSERT] },
  })
  const { network, requests, codes, socket, rows } = startBoards({
    server: defineSyncRules<{ 'note:new': Note }>({
      'note:new': { room: ROOM, volatile: true, actions: [] },
    }),
    client: volatile,
    engine: { validate: true },
  })
  await network.quiet()
  const [end] = network.io.sockets.values()
  end?.join('board:a')
  rows['a'] = [GOOD]
  const heard: unknown[] = []
  socket.on('note:new', (data) => heard.push(data))
  await network.quiet()
  void network.server.broadcast('note:new', BAD as never)
  await network.quiet()
  expect(heard).toEqual([BAD])
  expect(requests).toEqual({ a: 1, b: 1 })
  expect(codes()).toEqual(['invalid-event'])
})

test('with `debug`, each event that is refused has its line, and no payload', async () => {
  const printed = captureConsole('log')
  const { network, send } = start({ validate: true, debug: true })
  await network.quiet()
  await send('note:new', BAD)
  await network.quiet()
  expect(printed).toEqual(["[sync] note:new → not applied, for it can't be read"])
})
