/**
 * What an event costs in Redis' log, beside the least that anybody would do: one XADD, one PUBLISH.
 * Node's time and that of Redis are told apart; the time on the wire is in `sequential` alone.
 */

import { redisLog } from '@iron-stack/sync/redis'
import { Redis } from 'ioredis'
import { figureOf, ratioOf, type Samples } from '../harness.ts'
import type { Report, Scenario } from '../scenario.ts'

const URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
const ROUNDS = 9
const TIMES = 2000
const IN_FLIGHT = 64
const ROOMS = 100

const DATA = { id: 'm1', conversationId: 'c1', text: 'x'.repeat(160) }

interface Contestant {
  readonly name: string
  readonly send: (count: number) => Promise<unknown>
}

interface Taken {
  /** Microseconds: from one call to its answer, one after the other. */
  readonly sequential: number[]
  /** Microseconds of CPU for each event, many in flight. */
  readonly node: number[]
  readonly redis: number[]
}

export const redisLogScenario: Scenario = {
  name: 'redis-log',

  async run(progress) {
    const client = new Redis(URL, { lazyConnect: true, retryStrategy: () => null })
    client.on('error', () => {})
    try {
      await client.connect()
    } catch {
      return report([])
    }
    const prefix = `sync-bench-${process.pid}`
    try {
      return report(await measureAll(client, prefix, progress))
    } finally {
      const keys = await client.keys(`*${prefix}*`)
      if (keys.length > 0) await client.del(keys)
      await client.quit()
    }
  },
}

async function measureAll(
  client: Redis,
  prefix: string,
  progress: (done: string) => void,
): Promise<readonly (readonly [string, Taken])[]> {
  const log = redisLog({ client, prefix })
  await log.heads(['warm-up'])
  const contestants = contestantsOn(client, prefix, log.append)
  const taken = new Map<string, Taken>(
    contestants.map(({ name }) => [name, { sequential: [], node: [], redis: [] }]),
  )
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, send } of contestants) await takeTurn(client, send, taken.get(name)!)
    progress(`round ${round + 1} of ${ROUNDS}`)
  }
  await log.close()
  return [...taken]
}

const room = (count: number) => `room ${count % ROOMS}`

function contestantsOn(
  client: Redis,
  prefix: string,
  append: ReturnType<typeof redisLog>['append'],
): readonly Contestant[] {
  const text = JSON.stringify(DATA)
  const event = { event: 'message:new', data: DATA }
  return [
    {
      name: 'XADD and PUBLISH',
      send: (count) =>
        Promise.all([
          client.xadd(`${prefix}:${room(count)}`, 'MAXLEN', '~', 1000, '*', 'data', text),
          client.publish(`${prefix}:bare`, text),
        ]),
    },
    {
      name: 'redisLog, one room',
      send: async (count) => append([{ ...event, rooms: [room(count)] }]),
    },
    {
      name: 'redisLog, two rooms',
      send: async (count) =>
        append([{ ...event, rooms: [room(count), `other ${room(count)}`] }]),
    },
  ]
}

async function takeTurn(client: Redis, send: Contestant['send'], taken: Taken): Promise<void> {
  const start = performance.now()
  for (let count = 0; count < TIMES / 10; count++) await send(count)
  taken.sequential.push(((performance.now() - start) * 1000) / (TIMES / 10))

  const redisBefore = await redisCpu(client)
  const nodeBefore = process.cpuUsage()
  let count = 0
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (count < TIMES) await send(count++)
    }),
  )
  const { user, system } = process.cpuUsage(nodeBefore)
  taken.node.push((user + system) / TIMES)
  taken.redis.push(((await redisCpu(client)) - redisBefore) / TIMES)
}

/** Microseconds of its one thread that does commands. */
async function redisCpu(client: Redis): Promise<number> {
  const info = await client.info('cpu')
  const of = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0)
  return (of('used_cpu_user_main_thread') + of('used_cpu_sys_main_thread')) * 1_000_000
}

function report(taken: readonly (readonly [string, Taken])[]): Report {
  const least = taken[0]?.[1]
  return {
    title: 'One event in the log in Redis',
    note:
      taken.length === 0
        ? `No Redis at ${URL}: nothing was measured.`
        : `${IN_FLIGHT} in flight, 200 bytes of data, ${ROOMS} rooms, nobody listening; and one after the other.`,
    columns: ['', 'sequential', 'Node', 'Redis', 'Node ÷ least', 'Redis ÷ least'],
    rows: taken.map(([name, { sequential, node, redis }]) => [
      name,
      { us: figureOf(sequential) },
      { us: figureOf(node) },
      { us: figureOf(redis) },
      { ratio: ratio(node, least?.node) },
      { ratio: ratio(redis, least?.redis) },
    ]),
  }
}

function ratio(ours: Samples, least: Samples | undefined) {
  return ratioOf(ours, least ?? ours)
}
