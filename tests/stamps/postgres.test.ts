/**
 * Exact reads from a real Postgres, end to end: rows and events in one transaction, a count of them in
 * one snapshot with the log's heads, over tRPC into a cache that counts on.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { QueryClient, QueryObserver } from '@tanstack/query-core'
import { createTRPCClient, httpBatchLink } from '@trpc/client'
import { initTRPC } from '@trpc/server'
import {
  createHTTPHandler,
  type CreateHTTPContextOptions,
} from '@trpc/server/adapters/standalone'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import type { Pool, PoolClient } from 'pg'
import { Server } from 'socket.io'
import { io as connectTo } from 'socket.io-client'
import { defineSyncRules } from '@iron-stack/sync'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { SyncServer, type RequestStamp } from '@iron-stack/sync/server'
import { syncStampLink } from '@iron-stack/sync/stamps'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { defer } from '../support/defer.ts'
import { openPg, POSTGRES_URL, type PgDatabase } from '../support/postgres.ts'
import { until } from '../support/until.ts'

interface Row {
  readonly id: number
  readonly listId: string
}

interface Events {
  'row:new': Row
}

/** What is counted twice stays wrong: nothing here says which rows have been counted. */
const rules = defineSyncRules<Events>({
  'row:new': {
    room: 'list:{listId}',
    actions: [
      {
        procedure: ['row', 'count'],
        action: 'direct',
        match: 'listId',
        updater: (old: number) => old + 1,
      },
    ],
  },
})

const t = initTRPC.context<{ stamp: RequestStamp }>().create()
const input = z.object({ listId: z.string() })

/** Runs in a transaction, which is committed if nothing throws. */
async function transaction<Result>(
  pool: Pool,
  begin: string,
  work: (tx: PoolClient) => Promise<Result>,
): Promise<Result> {
  const tx = await pool.connect()
  try {
    await tx.query(begin)
    const result = await work(tx)
    await tx.query('commit')
    return result
  } catch (thrown) {
    await tx.query('rollback')
    throw thrown
  } finally {
    tx.release()
  }
}

function createRouter(pool: Pool, table: string, beforeReading: () => Promise<void>) {
  const sql = `select count(*)::int as count from ${table} where list = $1`
  return t.router({
    row: t.router({
      count: t.procedure.input(input).query(async ({ ctx, input, path, batchIndex }) => {
        await beforeReading()
        return transaction(pool, 'begin isolation level repeatable read', async (tx) => {
          await ctx.stamp.readIn(tx, { path, batchIndex })
          const { rows } = await tx.query<{ count: number }>(sql, [input.listId])
          return rows[0]?.count ?? 0
        })
      }),
    }),
  })
}

type AppRouter = ReturnType<typeof createRouter>

describe.skipIf(POSTGRES_URL === undefined)('a count, from Postgres', () => {
  let database: PgDatabase
  beforeAll(() => {
    database = openPg({ max: 20 })
  })
  afterAll(() => database.close())

  async function start() {
    const { pool } = database
    const [log] = await database.logs(1, { pollMs: 50 })
    const schema = database.newSchema()
    const table = `${schema}.row`
    await pool.query(`create schema ${schema}`)
    await pool.query(`create table ${table} (id int primary key, list text not null)`)
    const gate = { isOpen: true, waiting: 0, opened: defer<void>() }
    let requests = 0
    const router = createRouter(pool, table, async () => {
      requests++
      if (gate.isOpen) return
      gate.waiting++
      await gate.opened.promise
    })
    const api = createHTTPHandler({
      router,
      createContext: async ({ info }: CreateHTTPContextOptions) => ({
        stamp: await sync.stampRequest(info),
      }),
      responseMeta: ({ ctx, data }) => ({ headers: { ...ctx?.stamp.headers(data) } }),
    })
    const http = createServer(api)
    const io = new Server(http, { transports: ['websocket'] })
    io.use((socket, next) => {
      socket.data.userId = 'ada'
      next()
    })
    const sync: SyncServer<Events> = new SyncServer<Events>({
      io,
      rules,
      log,
      authorize: (_socket, rooms) => rooms,
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    onTestFinished(async () => {
      await sync.close()
      await io.close()
      await log?.close()
    })
    const { port } = http.address() as AddressInfo
    // A log that is hardly older than a page proves nothing of it.
    await new Promise((resolve) => setTimeout(resolve, 1000))

    const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
    const url = `http://127.0.0.1:${port}`
    const socket = connectTo(url, { transports: ['websocket'], forceNew: true })
    let status = 'connecting'
    const stop = createSyncEngine(queryClient, socket, rules, {
      onStatus: (now) => {
        status = now
      },
      // That it counts, is the point.
      onError: (error) => expect(error.code).toBe('unstable-updater'),
    })
    const client = createTRPCClient<AppRouter>({
      links: [syncStampLink(), httpBatchLink({ url })],
    })
    onTestFinished(() => {
      stop()
      socket.disconnect()
      queryClient.clear()
    })
    const trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient })
    let id = 0

    return {
      gate,
      requests: () => requests,

      /** A row and its event, committed together. */
      add: (listId: string, holdMs = 0) =>
        transaction(pool, 'begin', async (tx) => {
          const row = { id: id++, listId }
          await tx.query(`insert into ${table} (id, list) values ($1, $2)`, [row.id, listId])
          await sync.broadcast('row:new', row, { tx })
          if (holdMs > 0) await new Promise((resolve) => setTimeout(resolve, holdMs))
        }),

      /** Looks at a list's count until the test ends, once it is there and its room is joined. */
      async look(listId: string) {
        const query = trpc.row.count.queryOptions({ listId }, { staleTime: Infinity })
        const { queryKey } = query
        onTestFinished(new QueryObserver(queryClient, query).subscribe(() => {}))
        await until(() => {
          expect(queryClient.getQueryData(queryKey)).toBeDefined()
          expect(status).toBe('live')
          expect(queryClient.isFetching()).toBe(0)
        })
        return {
          counted: () => queryClient.getQueryData(queryKey),
          refetch: () => queryClient.refetchQueries({ queryKey }, { cancelRefetch: false }),
        }
      },
    }
  }

  test('knows what was committed before its snapshot, though its request had begun', async () => {
    const { gate, requests, add, look } = await start()
    const { counted, refetch } = await look('a')
    await add('a')
    await until(() => expect(counted()).toBe(1))
    gate.isOpen = false
    const fetching = refetch()
    await until(() => expect(gate.waiting).toBe(1))
    await add('a')
    gate.isOpen = true
    gate.opened.resolve()
    await fetching
    await add('a')
    // Applied twice, the second one would show by now, or be owed a request.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(counted()).toBe(3)
    expect(requests()).toBe(2)
  })

  test('is right without a request, read again and again while 300 rows are committed', async () => {
    const { requests, add, look } = await start()
    const lists = ['a', 'b', 'c']
    const counts = await Promise.all(lists.map((list) => look(list)))
    let isAdding = true
    let asked = lists.length
    const reading = counts.map(async ({ refetch }) => {
      while (isAdding) {
        asked++
        await refetch()
      }
    })
    // Short transactions overlap long ones: what commits last began first.
    const adding = Array.from({ length: 10 }, async (_, writer) => {
      for (let n = 0; n < 30; n++) await add(lists[(writer + n) % 3] ?? '', writer % 5 ? 0 : 20)
    })
    await Promise.all(adding)
    isAdding = false
    await Promise.all(reading)
    await until(() => expect(counts.map(({ counted }) => counted())).toEqual([100, 100, 100]))
    expect(requests()).toBe(asked)
  })
})
