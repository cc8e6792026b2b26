/** What observers are handed, and what it costs in requests. */

import { QueryObserver, type QueryClient } from '@tanstack/query-core'
import { defineSyncRules, upsertItem } from '@iron-stack/sync'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSlowServer, pass, row, rowsFrom, type Row } from '../support/slow-server.ts'
import { createClient, startEngine, type TestEngine } from '../support/engine.ts'

interface Events {
  'row:new': Row
  'row:any': Row
}

const ROWS = ['rows']
const rules = defineSyncRules<Events>({
  'row:new': {
    room: 'rows',
    actions: [{ queryKey: ROWS, action: 'direct', updater: upsertItem({ insert: 'first' }) }],
  },
  'row:any': { room: 'rows', actions: [{ queryKey: ROWS, action: 'invalidate' }] },
})

let engine: TestEngine
beforeEach(() => {
  vi.useFakeTimers()
  engine = startEngine(rules)
})
afterEach(() => {
  vi.useRealTimers()
})

function optionsFor(server = createSlowServer(rowsFrom(3, 1))) {
  return { queryKey: ROWS, queryFn: () => server.fetchRows(), staleTime: Infinity }
}

const idsOf = (rows: unknown) => (rows as Row[] | undefined)?.map(({ id }) => id)

test('no observer and no subscriber is handed a response without the events during it', async () => {
  const server = createSlowServer(rowsFrom(3, 1))
  const seen: unknown[] = []
  const { queryClient } = engine
  new QueryObserver(queryClient, optionsFor(server)).subscribe(({ data }) =>
    seen.push(idsOf(data)),
  )
  queryClient.getQueryCache().subscribe(({ query }) => seen.push(idsOf(query.state.data)))
  await pass(60)
  engine.send('row:new', row(4))
  await pass(1000)
  expect(new Set(seen.map((ids) => JSON.stringify(ids)))).toEqual(
    new Set([undefined, '[4,3,2,1]']),
  )
})

test('who awaits a fetch gets it with the events', async () => {
  const fetched = engine.queryClient.fetchQuery(optionsFor())
  await pass(60)
  engine.send('row:new', row(4))
  await pass(100)
  expect(idsOf(await fetched)).toEqual([4, 3, 2, 1])
})

test('300 events a second against a first fetch of five seconds: it loads, and ends exact', async () => {
  const server = createSlowServer(rowsFrom(3, 1), { upMs: 2500, downMs: 2500 })
  new QueryObserver(engine.queryClient, optionsFor(server)).subscribe(() => {})
  let loadedAfter = 0
  for (let event = 0; event < 3000; event++) {
    const id = server.rows.length + 1
    server.rows = [row(id), ...server.rows]
    engine.send('row:new', row(id))
    await pass(event % 3 === 0 ? 4 : 3)
    if (loadedAfter === 0 && engine.queryClient.getQueryData(ROWS) !== undefined) {
      loadedAfter = event
    }
  }
  expect(loadedAfter).toBeGreaterThan(1400)
  expect(loadedAfter).toBeLessThan(1600)
  await pass(60_000)
  expect(engine.queryClient.getQueryData(ROWS)).toEqual(server.rows)
  expect(server.requests).toBeLessThanOrEqual(4)
})

test('two engines on one client make no request while idle', async () => {
  const server = createSlowServer(rowsFrom(3, 1))
  const stop = createSyncEngine(engine.queryClient, engine.socket, rules)
  new QueryObserver(engine.queryClient, optionsFor(server)).subscribe(() => {})
  await pass(100)
  engine.send('row:any', row(4))
  await pass(60_000)
  expect(server.requests).toBe(2)
  stop()
})

/** What TanStack's broadcast plugin does: successes are posted, and set as state on the other side. */
function mirror(from: QueryClient, to: QueryClient): void {
  from.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated' || event.action.type !== 'success') return
    const { state, queryHash, queryKey } = event.query
    const post = structuredClone(state)
    queueMicrotask(() => {
      const query = to.getQueryCache().get(queryHash)
      if (query === undefined) to.getQueryCache().build(to, { queryKey, queryHash }, post)
      else query.setState(post)
    })
  })
}

test('two tabs that broadcast their queries make no request while idle', async () => {
  const server = createSlowServer(rowsFrom(3, 1))
  const other = startEngine(rules)
  mirror(engine.queryClient, other.queryClient)
  mirror(other.queryClient, engine.queryClient)
  for (const { queryClient } of [engine, other]) {
    new QueryObserver(queryClient, optionsFor(server)).subscribe(() => {})
  }
  await pass(5000)
  const { requests } = server
  expect(requests).toBeLessThanOrEqual(4)
  await pass(300_000)
  expect(server.requests).toBe(requests)
})

test('a hydrated query of unknown age is refetched once', async () => {
  const server = createSlowServer(rowsFrom(3, 1))
  const { queryClient } = engine
  const source = createClient()
  source.setQueryData(ROWS, rowsFrom(2, 1))
  const [query] = source.getQueryCache().getAll()
  queryClient.getQueryCache().build(queryClient, optionsFor(server), query?.state)
  new QueryObserver(queryClient, optionsFor(server)).subscribe(() => {})
  await pass(60_000)
  expect(queryClient.getQueryData(ROWS)).toEqual(rowsFrom(3, 1))
  expect(server.requests).toBe(1)
})
