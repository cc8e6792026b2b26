/**
 * Real processes: nodes with sockets behind a proxy, a worker, a log in Redis or in Postgres. In CI at
 * full size; elsewhere smaller, so that it takes seconds.
 */

import { describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { connectCaching, connectPlain, settled } from './support/clients.ts'
import { startProcess, startProxy, type Process } from './support/cluster.ts'
import { freshLog, logsAtHand, wireTo } from './support/logs.ts'
import type { LogChoice } from './support/messages.ts'
import { LISTS, listsOf } from './support/rules.ts'

const isFull = process.env['SYNC_TEST_CLUSTER'] === 'full'
const CLIENTS = isFull ? 200 : 40
const EVENTS = isFull ? 20_000 : 2_000
const KILLS = isFull ? 10 : 2
const PARTITION_MS = isFull ? 10_000 : 2_000
/** How long a log waits for an answer. */
const COMMAND_MS = 5_000
const LOG_AGE_MS = 2_000
const TEST_MS = isFull ? 900_000 : 100_000

/** @param logOfTwo The way to the log of the node `two`, where it is not that of the others. */
async function startCluster(log: LogChoice, logOfTwo = log) {
  const [one, two, worker] = await Promise.all([
    startProcess({ role: 'node', log, name: 'one' }),
    startProcess({ role: 'node', log: logOfTwo, name: 'two' }),
    startProcess({ role: 'worker', log, name: 'worker' }),
  ])
  const proxy = await startProxy([one.port, two.port])
  // A log that is hardly older than a page proves nothing of it, and the page would be fetched again.
  await pause(LOG_AGE_MS)
  return { nodes: [one, two] as [Process, Process], worker, proxy }
}

const userIds = Array.from({ length: CLIENTS }, (_, n) => `u${n}`)

const published = (processes: readonly Process[], list: string) =>
  processes.flatMap((each) => each.published.filter(([of]) => of === list).map(([, id]) => id))

for (const kind of ['redis', 'postgres'] as const) {
  describe.skipIf(!logsAtHand.includes(kind))(`a cluster with a log in ${kind}`, () => {
    test(
      'gives every client every event of its rooms in the order of offsets, once',
      async () => {
        const log = await freshLog(kind)
        const { nodes, worker, proxy } = await startCluster(log)
        const clients = userIds.map((userId) => connectPlain(proxy.url, userId))
        await settled(clients)
        const publishers = [...nodes, worker]
        const count = Math.floor(EVENTS / 3)
        await Promise.all(
          publishers.map((each) => each.tell({ do: 'publish', count, atOnce: 16, pauseMs: 0 })),
        )
        const inLists = new Map(LISTS.map((list) => [list, published(publishers, list)]))
        for (const { userId, rows, places } of clients) {
          const expected = listsOf(userId).flatMap((list) => inLists.get(list) ?? [])
          await until(() => expect(rows).toHaveLength(expected.length), TEST_MS)
          expect(rows.map(({ id }) => id).toSorted()).toEqual(expected.toSorted())
          for (const offsets of places.values()) {
            expect(offsets).toEqual(offsets.map((_, at) => at + 1))
          }
        }
        // One order for all of them: of whatever two clients share.
        const orders = new Map<string, readonly string[]>()
        for (const { userId, rows } of clients) {
          for (const list of listsOf(userId)) {
            const order = rows.filter((row) => row.list === list).map(({ id }) => id)
            expect(order).toEqual(orders.get(list) ?? order)
            orders.set(list, order)
          }
        }
      },
      TEST_MS,
    )

    test(
      'loses nothing when nodes are killed under load: every cache resumes, none refetches',
      async () => {
        const log = await freshLog(kind)
        const { nodes, worker, proxy } = await startCluster(log)
        const clients = userIds.map((userId) => connectCaching(proxy.url, userId))
        await settled(clients)
        const publishers: Process[] = [...nodes, worker]
        const total = () => publishers.reduce((sum, each) => sum + each.published.length, 0)
        const work = startPublishing(publishers)
        for (let kill = 0; kill < KILLS; kill++) {
          const enough = total() + EVENTS / KILLS
          await until(() => expect(total()).toBeGreaterThanOrEqual(enough), TEST_MS)
          const place = (kill % 2) as 0 | 1
          const victim = nodes[place]
          await victim.kill()
          proxy.targets.splice(proxy.targets.indexOf(victim.port), 1)
          nodes[place] = await startProcess({ role: 'node', log, name: `node${kill}` })
          publishers.push(nodes[place])
          proxy.targets.push(nodes[place].port)
          work.add(nodes[place])
        }
        await work.stop([...nodes, worker])
        await expectAllResumed(clients, publishers)
      },
      TEST_MS,
    )

    test(
      'loses nothing where a node can not reach its log for a while, under load',
      async () => {
        const log = await freshLog(kind)
        const { wire, throughWire } = await wireTo(log)
        const { nodes, worker, proxy } = await startCluster(log, throughWire)
        const clients = userIds.map((userId) => connectCaching(proxy.url, userId))
        await settled(clients)
        const publishers = [...nodes, worker]
        const work = startPublishing(publishers)
        await pause(1000)
        const before = worker.published.length
        wire.stall()
        await pause(PARTITION_MS)
        wire.resume()
        // The others went on meanwhile.
        expect(worker.published.length).toBeGreaterThan(before)
        await pause(1000)
        await work.stop(publishers)
        await expectAllResumed(clients, publishers)
        const isNoticed = PARTITION_MS > COMMAND_MS
        expect(nodes[1].errors.includes('log-unreachable')).toBe(isNoticed)
      },
      TEST_MS,
    )
  })
}

/** Each publishes until it is told to stop. */
function startPublishing(publishers: readonly Process[]) {
  const working: Promise<unknown>[] = []
  const add = (each: Process) => {
    const answered = each.tell({ do: 'publish', count: 1e9, atOnce: 4, pauseMs: 10 })
    // One that is killed never answers.
    working.push(answered.catch(() => {}))
  }
  publishers.forEach(add)
  return {
    add,
    async stop(living: readonly Process[]) {
      for (const each of living) each.stop()
      await Promise.all(working)
    },
  }
}

/** Every cache holds every row whose broadcast has resolved, once, in one order, and fetched once. */
async function expectAllResumed(
  clients: readonly ReturnType<typeof connectCaching>[],
  publishers: readonly Process[],
): Promise<void> {
  const inLists = new Map(LISTS.map((list) => [list, published(publishers, list)]))
  for (const { userId, rowsOf, fetches } of clients) {
    for (const list of listsOf(userId)) {
      await until(() => {
        const held = new Set(rowsOf(list))
        const missing = (inLists.get(list) ?? []).filter((id) => !held.has(id))
        expect(missing, `${userId} misses rows of ${list}`).toEqual([])
      }, TEST_MS)
    }
    expect(fetches(), `${userId} fetches`).toBe(listsOf(userId).length)
  }
  await expectTheSame(clients)
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** All clients that look at a list hold the same, each row once. */
async function expectTheSame(
  clients: readonly ReturnType<typeof connectCaching>[],
): Promise<void> {
  for (const list of LISTS) {
    const holders = clients.filter(({ userId }) => listsOf(userId).includes(list))
    await until(() => {
      const [first, ...others] = holders.map(({ rowsOf }) => rowsOf(list))
      for (const other of others) expect(other).toEqual(first)
      expect(new Set(first).size).toBe(first?.length)
    }, TEST_MS)
  }
}
