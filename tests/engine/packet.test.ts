/** Several events in one packet are applied in their order, and written at once. */

import type { EventEmitter } from 'node:events'
import { updateItem, upsertItem, type SyncRules } from '@iron-stack/sync'
import { QueryObserver, type QueryClient, type QueryKey } from '@tanstack/query-core'
import { expect, onTestFinished, test } from 'vitest'
import { startEngine, stateOf } from '../support/engine.ts'
import { until } from '../support/until.ts'

interface Row {
  readonly id: number
  readonly list: string
  readonly text: string
}

interface Events {
  'row:new': Row
  'row:edited': Row
  'rows:gone': { readonly list: string }
}

const queryKey = ['rows'] as const
const target = { queryKey, match: 'list' } as const

const rules: SyncRules<Events> = {
  'row:new': {
    room: 'list:{list}',
    actions: [{ ...target, action: 'direct', updater: upsertItem({ insert: 'first' }) }],
  },
  'row:edited': {
    room: 'list:{list}',
    actions: [{ ...target, action: 'direct', updater: updateItem() }],
  },
  'rows:gone': { room: 'list:{list}', actions: [{ ...target, action: 'invalidate' }] },
}

const keyOf = (list: string): QueryKey => [...queryKey, { list }]
const row = (id: number, text = 'as it was'): Row => ({ id, list: 'a', text })
const rowsUpTo = (count: number) => Array.from({ length: count }, (_, id) => row(id))

type Placed = readonly [event: string, data: unknown, offset: number]

/** Sends events with these places in the log of room `list:a`, all in one packet. */
function sendTogether(socket: EventEmitter, events: readonly Placed[]): void {
  socket.emit(
    'sync:frame',
    events.map(([event, data, offset]) => [
      event,
      data,
      { e: 'epoch', i: `${event} ${offset}`, p: [['a', offset]] },
    ]),
  )
}

/** An engine whose socket is in its user's room and in `list:a`, of which nothing is missing. */
async function startJoined(rows: readonly Row[]) {
  const engine = startEngine(rules)
  const { queryClient, socket } = engine
  const caughtUp: unknown[] = []
  socket.on('sync:pull', ({ q }: { q: [string][] }, answer: (value: unknown) => void) => {
    answer({ r: q.map(([handle]) => ['events', handle, 0, 0, 0]), ev: [] })
    caughtUp.push(...q.map(([handle]) => handle))
  })
  queryClient.setQueryData(keyOf('a'), rows)
  socket.emit('sync:hello', { v: 1, e: 'epoch', t: 0 })
  socket.emit('sync:rooms', [
    ['user', 'user:ada', 'u', 0],
    ['joined', 'list:a', 'a', 0, 0],
    ['settled'],
  ])
  await until(() => expect(caughtUp).toEqual(['u', 'a']))
  return { ...engine, rows: () => queryClient.getQueryData<readonly Row[]>(keyOf('a')) }
}

/** Counts the writes that the cache tells of, and what an observer of the list is shown. */
function count(queryClient: QueryClient) {
  const counted = { writes: 0, shown: 0 }
  const observer = new QueryObserver(queryClient, {
    queryKey: keyOf('a'),
    enabled: false,
    staleTime: Infinity,
  })
  onTestFinished(observer.subscribe(() => counted.shown++))
  onTestFinished(
    queryClient.getQueryCache().subscribe(({ type }) => {
      if (type === 'updated') counted.writes++
    }),
  )
  return counted
}

test('a hundred events in one packet are one write, and one render of who looks at it', async () => {
  const { queryClient, socket, rows } = await startJoined(rowsUpTo(50))
  const counted = count(queryClient)
  const events = Array.from({ length: 100 }, (_, n): Placed => {
    const isNew = n % 2 === 0
    return isNew
      ? ['row:new', row(1000 + n), n + 1]
      : ['row:edited', row(n % 50, `edit ${n}`), n + 1]
  })
  sendTogether(socket, events)
  expect(rows()).toHaveLength(100)
  expect(rows()?.[0]).toEqual(row(1098))
  expect(rows()?.at(-1)).toEqual(row(49, 'edit 99'))
  await until(() => expect(counted).toEqual({ writes: 1, shown: 1 }))
})

test('the same events in a packet each are a write each', async () => {
  const { queryClient, socket } = await startJoined(rowsUpTo(50))
  const counted = count(queryClient)
  for (const offset of [1, 2, 3]) sendTogether(socket, [['row:new', row(offset + 99), offset]])
  await until(() => expect(counted).toEqual({ writes: 3, shown: 3 }))
})

test('a new row in front of ten thousand leaves each of them the object that it is', async () => {
  const held = rowsUpTo(10_000)
  const { socket, rows } = await startJoined(held)
  sendTogether(socket, [['row:new', row(-1), 1]])
  const [first, ...others] = rows() ?? []
  expect(first).toEqual(row(-1))
  expect(others.every((each, at) => each === held[at])).toBe(true)
})

test('events that come in the wrong order within a packet are applied in the right one', async () => {
  const { socket, rows } = await startJoined([row(1)])
  sendTogether(socket, [
    ['row:edited', row(1, 'first'), 1],
    ['row:edited', row(1, 'third'), 3],
    ['row:edited', row(1, 'second'), 2],
  ])
  expect(rows()).toEqual([row(1, 'third')])
})

test('an event twice in one packet counts once', async () => {
  const { socket, rows } = await startJoined([row(1, 'newest')])
  sendTogether(socket, [
    ['row:edited', row(1, 'first'), 1],
    ['row:edited', row(1, 'second'), 2],
    ['row:edited', row(1, 'first'), 1],
  ])
  expect(rows()).toEqual([row(1, 'second')])
})

test('a room that is revoked within a packet takes along what was written before it there', async () => {
  const { queryClient, socket } = await startJoined([row(1)])
  count(queryClient)
  socket.emit('sync:frame', [
    ['row:new', row(2, 'secret'), { e: 'epoch', i: 'one', p: [['a', 1]] }],
    ['sync:member', ['leave', 'list:a'], { e: 'epoch', i: 'two', p: [['u', 1]] }],
  ])
  await until(() => expect(stateOf(queryClient, keyOf('a')).status).toBe('error'))
  expect(stateOf(queryClient, keyOf('a')).data).toBeUndefined()
})

test('a packet that makes no sense is left alone, all of it', async () => {
  const { socket, rows } = await startJoined([row(1)])
  socket.emit('sync:frame', 'nonsense')
  const edited = ['row:edited', row(1, 'edited'), { e: 'epoch', i: 'one', p: [['a', 1]] }]
  socket.emit('sync:frame', [null, 7, [], [{}], edited])
  expect(rows()).toEqual([row(1)])
})
