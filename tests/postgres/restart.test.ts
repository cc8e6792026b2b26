/** A Postgres that is restarted, crashes, or fails over while events are appended. */

import { postgresLog, type PostgresLog } from '@iron-stack/sync/postgres'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  createOwnPostgres,
  POSTGRES_PROGRAMS,
  type OwnPostgres,
} from '../support/own-postgres.ts'
import { eventually, hear, say } from '../support/postgres.ts'
import { watchRejections } from '../support/rejections.ts'
import { startProxy } from '../support/proxy.ts'

describe.skipIf(POSTGRES_PROGRAMS === undefined)('a Postgres that goes and comes back', () => {
  let server: OwnPostgres
  beforeAll(async () => {
    server = await createOwnPostgres()
    await server.start()
  }, 120_000)
  afterAll(() => server.remove())

  let schemas = 0
  const newSchema = () => `log_${schemas++}`

  async function open(url: string, schema: string): Promise<PostgresLog> {
    const pool = new Pool({ connectionString: url, max: 12 })
    const log = postgresLog({ pool, schema, pollMs: 50, queryTimeoutMs: 3000 })
    onTestFinished(async () => {
      await log.close()
      await pool.end()
    })
    await log.migrate()
    return log
  }

  test('a restart is survived: who was away reads what it missed, and nobody refetches', async () => {
    const rejections = watchRejections()
    const schema = newSchema()
    const [here, there] = [await open(server.url, schema), await open(server.url, schema)]
    const [ours, theirs] = [await hear(here), await hear(there)]
    await here.append([say('a', 1)])
    await eventually(() => expect(theirs.data()).toEqual([1]))
    await server.stop('fast')
    await expect(here.append([say('a', 'never')])).rejects.toMatchObject({
      code: 'log-unreachable',
    })
    await server.start()
    await eventually(async () => void (await here.append([say('a', 2)])))
    await there.append([say('a', 3)])
    await eventually(() => {
      expect(ours.data()).toEqual([1, 2, 3])
      expect(theirs.data()).toEqual([1, 2, 3])
    })
    expect([ours.renewed, theirs.renewed]).toEqual([[], []])
    expect(ours.errors.map(({ code }) => code)).toEqual(['log-unreachable'])
    expect(await rejections.reasons()).toEqual([])
  }, 60_000)

  test('crashes under load lose nothing that was committed, and tell nothing twice', async () => {
    const rejections = watchRejections()
    const schema = newSchema()
    const log = await open(server.url, schema)
    const heard = await hear(log)
    const resolved: number[] = []
    const writers = new Pool({ connectionString: server.url, max: 8 })
    writers.on('error', () => {})
    // One that fails in between its statements.
    writers.on('connect', (client) => client.on('error', () => {}))
    onTestFinished(() => writers.end())
    let isOver = false
    let count = 0

    /** One in three is rolled back: so ids of transactions end that no disk has seen. */
    async function write(): Promise<void> {
      while (!isOver) {
        const id = count++
        try {
          const tx = await writers.connect()
          try {
            await tx.query('BEGIN')
            await log.append([say(`r${id % 3}`, id)], { tx })
            await tx.query(id % 3 === 0 ? 'ROLLBACK' : 'COMMIT')
            if (id % 3 !== 0) resolved.push(id)
            tx.release()
          } catch (thrown) {
            tx.release(true)
            throw thrown
          }
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
      }
    }

    const writing = Array.from({ length: 6 }, write)
    for (let crash = 0; crash < 3; crash++) {
      const before = resolved.length
      await eventually(() => expect(resolved.length).toBeGreaterThan(before + 100))
      await server.stop('immediate')
      await server.start()
    }
    const before = resolved.length
    await eventually(() => expect(resolved.length).toBeGreaterThan(before + 100))
    isOver = true
    await Promise.all(writing)
    const last = await log.append([say('r0', 'last')])
    await eventually(() => expect(heard.told.at(-1)?.id).toBe(last[0]?.id))

    const heads = await log.heads(['r0', 'r1', 'r2'])
    const told: unknown[] = []
    for (const { handle, head } of heads) {
      const places = heard.placesIn(handle)
      expect(places.map(([offset]) => offset)).toEqual(
        Array.from({ length: head }, (_, index) => index + 1),
      )
      told.push(...places.map(([, data]) => data))
    }
    expect(new Set(told).size).toBe(told.length)
    expect(resolved.filter((id) => !told.includes(id))).toEqual([])
    expect(heard.renewed).toEqual([])
    expect(await rejections.reasons()).toEqual([])
  }, 120_000)

  test('ids of transactions that are given again after a crash hide no event', async () => {
    const schema = newSchema()
    const proxy = await startProxy(server.port)
    const far = await open(`postgres://postgres@127.0.0.1:${proxy.port}/postgres`, schema)
    const near = await open(server.url, schema)
    const heard = await hear(far)
    await near.append([say('a', 0)])
    await eventually(() => expect(heard.data()).toEqual([0]))
    const client = new Client({ connectionString: server.url })
    client.on('error', () => {})
    await client.connect()
    for (let count = 0; count < 20; count++) {
      await client.query('BEGIN')
      await near.append([say('a', 'never')], { tx: client })
      await client.query('ROLLBACK')
    }
    const ended = far.now()
    await eventually(() => expect(far.now()).toBeGreaterThan(ended + 150))
    proxy.refuse()
    await server.stop('immediate')
    await server.start()
    for (let count = 1; count <= 30; count++) {
      await eventually(async () => void (await near.append([say('a', count)])))
    }
    proxy.resume()
    await eventually(() => expect(heard.data().at(-1)).toBe(30))
    expect(heard.data()).toEqual(Array.from({ length: 31 }, (_, index) => index))
    expect(heard.renewed).toEqual([])
  }, 60_000)

  test('a failover begins another life of every room, and everybody is told', async () => {
    const schema = newSchema()
    const proxy = await startProxy(server.port)
    const log = await open(`postgres://postgres@127.0.0.1:${proxy.port}/postgres`, schema)
    const heard = await hear(log)
    await log.append([say('a', 1)])
    await eventually(() => expect(heard.data()).toEqual([1]))
    const standby = await server.startStandby()
    onTestFinished(() => standby.remove())
    const [before] = await log.heads(['a'])
    await standby.promote()
    proxy.lead(standby.port)
    proxy.cut()
    await eventually(() => expect(heard.renewed).toEqual(['all']))
    expect(heard.errors.map(({ code }) => code)).toContain('log-lost')
    await eventually(async () => void (await log.append([say('a', 2)])))
    await eventually(() => expect(heard.data()).toEqual([1, 2]))
    expect(heard.told.at(-1)?.places).not.toEqual([[before?.handle, 2]])
    expect(heard.told.at(-1)?.places.map(([, offset]) => offset)).toEqual([1])
  }, 120_000)
})
