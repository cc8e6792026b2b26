/** What a node is told of, when it is, and what becomes of it while the database can't be reached. */

import type { PostgresLog, PostgresLogOptions } from '@iron-stack/sync/postgres'
import { postgresLog } from '@iron-stack/sync/postgres'
import { createRandom } from '@iron-stack/sync/testing'
import { Client, Pool } from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  eventually,
  hear,
  openPg,
  POSTGRES_URL,
  say,
  type PgDatabase,
} from '../support/postgres.ts'
import { watchRejections } from '../support/rejections.ts'
import { startProxy, type Proxy as Wire } from '../support/proxy.ts'

/** So rarely that only a notification can be why a node has looked. */
const HARDLY_EVER = 3_600_000

describe.skipIf(POSTGRES_URL === undefined)('a node that follows', () => {
  let database: PgDatabase
  beforeAll(() => {
    database = openPg()
  })
  afterAll(() => database.close())

  async function open(
    options?: Partial<PostgresLogOptions>,
    schema: string = database.newSchema(),
  ): Promise<{ readonly log: PostgresLog; readonly schema: string }> {
    const log = postgresLog({ pool: database.pool, schema, ...options })
    onTestFinished(() => log.close())
    await log.migrate()
    return { log, schema }
  }

  /** A log whose connections can fail. */
  async function openBehindProxy(
    schema: string,
    options?: Partial<PostgresLogOptions>,
  ): Promise<{ readonly log: PostgresLog; readonly proxy: Wire }> {
    const url = new URL(POSTGRES_URL ?? '')
    const proxy = await startProxy(Number(url.port || 5432), url.hostname)
    url.port = String(proxy.port)
    url.hostname = '127.0.0.1'
    const pool = new Pool({ connectionString: url.href, max: 4 })
    const log = postgresLog({ pool, schema, nodeId: 'the far one', ...options })
    onTestFinished(async () => {
      proxy.resume()
      await log.close()
      await pool.end()
    })
    return { log, proxy }
  }

  /** Nothing was there for so long that the node waits for a notification. */
  async function quiet(log: PostgresLog): Promise<void> {
    const began = log.now()
    await eventually(() => expect(log.now()).toBeGreaterThan(began + 600))
  }

  test('is notified of what others append, and looks again for what it was not notified of', async () => {
    const { log, schema } = await open({ pollMs: HARDLY_EVER })
    const { log: other } = await open({}, schema)
    const heard = await hear(log)
    await quiet(log)
    await other.append([say('a', 0)])
    await eventually(() => expect(heard.data()).toEqual([0]))
    await quiet(log)
    // Many more than there are notifications.
    const numbers = Array.from({ length: 30 }, (_, index) => index + 1)
    await other.append([say('a', 'first')])
    await Promise.all(numbers.map(async (number) => other.append([say('a', number)])))
    await eventually(() => expect(heard.told).toHaveLength(32))
  })

  test('without a listener it looks every `pollMs`', async () => {
    const { log, schema } = await open({ listener: null, pollMs: 20 })
    const { log: other } = await open({}, schema)
    const heard = await hear(log)
    await other.append([say('a', 1)])
    await eventually(() => expect(heard.data()).toEqual([1]))
  })

  test('survives connections that fail while nobody uses them', async () => {
    const name = `sync_${Math.random().toString(36).slice(2)}`
    const pool = new Pool({ connectionString: POSTGRES_URL, application_name: name })
    const { log } = await open({ pool, listener: null, pollMs: HARDLY_EVER })
    onTestFinished(() => pool.end())
    const heard = await hear(log)
    await quiet(log)
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${name}'`,
    )
    await eventually(() => expect(heard.errors).toMatchObject([{ code: 'log-unreachable' }]))
    await log.append([say('a', 1)])
    await eventually(() => expect(heard.data()).toEqual([1]))
    await log.close()
  })

  test('listens on another client, where the pool is behind a pooler', async () => {
    const sql = postgres(POSTGRES_URL ?? '', { max: 1, onnotice: () => {} })
    onTestFinished(() => sql.end())
    const { log, schema } = await open({ listener: sql, pollMs: HARDLY_EVER })
    const { log: other } = await open({}, schema)
    const heard = await hear(log)
    await quiet(log)
    await other.append([say('a', 1)])
    await eventually(() => expect(heard.data()).toEqual([1]))
  })

  test('uses a single client of pg as well', async () => {
    const client = new Client({ connectionString: POSTGRES_URL })
    await client.connect()
    onTestFinished(() => client.end())
    const { log, schema } = await open({ pool: client, pollMs: HARDLY_EVER })
    const { log: other } = await open({}, schema)
    const heard = await hear(log)
    await quiet(log)
    await other.append([say('a', 1)])
    await eventually(() => expect(heard.data()).toEqual([1]))
    await log.close()
  })

  test('listens again where its connection is terminated, and says so once', async () => {
    const rejections = watchRejections()
    const { log, schema } = await open({ pollMs: HARDLY_EVER })
    const { log: other } = await open({}, schema)
    const heard = await hear(log)
    await other.append([say('a', 1)])
    await eventually(() => expect(heard.data()).toEqual([1]))
    const terminated = await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN "${schema}"'`,
    )
    expect(terminated).toHaveLength(1)
    await eventually(() => expect(heard.errors).toHaveLength(1))
    expect(heard.errors[0]).toMatchObject({ code: 'log-unreachable' })
    await other.append([say('a', 2)])
    await eventually(() => expect(heard.data()).toEqual([1, 2]))
    await eventually(async () => {
      const listening = await database.query(
        `SELECT FROM pg_stat_activity WHERE query = 'LISTEN "${schema}"'`,
      )
      expect(listening).toHaveLength(1)
    })
    await quiet(log)
    await other.append([say('a', 3)])
    await eventually(() => expect(heard.data()).toEqual([1, 2, 3]))
    expect(heard.renewed).toEqual([])
    expect(await rejections.reasons()).toEqual([])
  })

  test('while it is cut off, who asks is told so; afterwards it goes on where it was', async () => {
    const rejections = watchRejections()
    const { log: near, schema } = await open()
    const { log: far, proxy } = await openBehindProxy(schema, { pollMs: 50 })
    const [there, here] = [await hear(far), await hear(near)]
    await near.append([say('a', 'before')])
    await eventually(() => expect(there.data()).toEqual(['before']))
    proxy.refuse()
    const code = 'log-unreachable'
    await expect(far.append([say('a', 'never')])).rejects.toMatchObject({ code })
    await expect(far.heads(['a'])).rejects.toMatchObject({ code })
    await expect(
      far.read({ questions: [{ room: 'a', since: 0 }], maxEvents: 1, maxBytes: 1 }),
    ).rejects.toMatchObject({ code })
    await near.append([say('a', 'meanwhile'), say('b', 'too')])
    await eventually(() => expect(here.data()).toEqual(['before', 'meanwhile', 'too']))
    proxy.resume()
    await eventually(() => expect(there.data()).toEqual(['before', 'meanwhile', 'too']))
    await far.append([say('a', 'after')])
    await eventually(() => expect(here.data().at(-1)).toBe('after'))
    expect(there.errors.map((error) => error.code)).toEqual([code])
    expect(there.renewed).toEqual([])
    expect(await rejections.reasons()).toEqual([])
  })

  test('what takes no answer is given up in time', async () => {
    const { log: near, schema } = await open()
    const { log: far, proxy } = await openBehindProxy(schema, { queryTimeoutMs: 300 })
    const there = await hear(far)
    proxy.stall()
    const asked = performance.now()
    await expect(far.append([say('a', 'too late')])).rejects.toMatchObject({
      code: 'log-unreachable',
      message: expect.stringContaining('no answer within 300 ms'),
    })
    expect(performance.now() - asked).toBeLessThan(2000)
    await near.append([say('b', 'meanwhile')])
    proxy.resume()
    // What was given up is not done later, when it arrives.
    await eventually(() => expect(there.data()).toEqual(['meanwhile']))
    await eventually(async () => void (await far.append([say('a', 'after')])))
    await eventually(() => expect(there.data()).toEqual(['meanwhile', 'after']))
  })

  test('what has piled up comes page by page, in order, each event once', async () => {
    const { log: near, schema } = await open()
    const { log: far, proxy } = await openBehindProxy(schema, { pollMs: 50 })
    const there = await hear(far)
    proxy.refuse()
    const numbers = Array.from({ length: 2500 }, (_, index) => index)
    for (let at = 0; at < 2500; at += 500) {
      await near.append(
        numbers.slice(at, at + 500).map((number) => say(`r${number % 7}`, number)),
      )
    }
    const large = 'x'.repeat(1_500_000)
    for (let count = 0; count < 5; count++) await near.append([say('a', large)])
    proxy.resume()
    await eventually(() => expect(there.told).toHaveLength(2505))
    expect(there.data().slice(0, 2500)).toEqual(numbers)
    expect(there.data().slice(2500)).toEqual([large, large, large, large, large])
    await near.append([say('a', 'last')])
    await eventually(() => expect(there.data().at(-1)).toBe('last'))
    expect(there.told).toHaveLength(2506)
  })

  test('queries that fail now and then make no event come twice, and leave none out', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const random = createRandom(seed)
    const schema = database.newSchema()
    const { log: near } = await open({}, schema)
    const pool = new Pool({ connectionString: POSTGRES_URL, max: 4 })
    onTestFinished(() => pool.end())
    let isFaulty = false
    const faulty = new Proxy(pool, {
      get(target, name) {
        if (name === 'query' && isFaulty && random.chance(0.3)) {
          return () => Promise.reject(new Error('the network'))
        }
        return Reflect.get(target, name)
      },
    })
    const { log: far } = await open({ pool: faulty, pollMs: 20 }, schema)
    const there = await hear(far)
    isFaulty = true
    const numbers = Array.from({ length: 6000 }, (_, index) => index)
    for (let at = 0; at < 6000; at += 2000) {
      await near.append(numbers.slice(at, at + 2000).map((number) => say('a', number)))
    }
    await eventually(() => expect(there.told.length).toBeGreaterThanOrEqual(6000))
    isFaulty = false
    await near.append([say('a', 'last')])
    await eventually(() => expect(there.data().at(-1)).toBe('last'))
    expect(there.data(), `seed ${seed}`).toEqual([...numbers, 'last'])
    await far.close()
  })

  test('is told which rooms it has missed events of, where they were deleted meanwhile', async () => {
    const { log: near, schema } = await open({ maxEventsPerRoom: 10 })
    const { log: far, proxy } = await openBehindProxy(schema, { pollMs: 50 })
    const [there, here] = [await hear(far), await hear(near)]
    await far.append([say('quiet', 1), say('busy', 1)])
    proxy.refuse()
    // As if it had been away for a minute: nobody keeps anything for it.
    await database.query(`UPDATE ${schema}.node SET at = at - 60000 WHERE name = 'the far one'`)
    for (let count = 0; count < 5; count++) {
      await near.append(Array.from({ length: 50 }, (_, index) => say('busy', index)))
      await eventually(() => expect(here.told).toHaveLength(2 + (count + 1) * 50))
    }
    await near.append([say('quiet', 2)])
    await eventually(async () => {
      const [room] = (
        await near.read({ questions: [{ room: 'busy', since: 1 }], maxEvents: 1, maxBytes: 1 })
      ).rooms
      expect(room?.isLost).toBe(true)
    })
    proxy.resume()
    await eventually(() => expect(there.renewed).toEqual([['busy']]))
    await eventually(() => expect(there.data()).toContain(2))
    await far.append([say('busy', 'after')])
    await eventually(() => expect(there.data().at(-1)).toBe('after'))
    expect(there.renewed).toEqual([['busy']])
  })

  test('says whose memberships are not known any more, where records of them were deleted meanwhile', async () => {
    const { log: near, schema } = await open({ maxAgeMs: 500 })
    const { log: far, proxy } = await openBehindProxy(schema, { pollMs: 50 })
    const there = await hear(far)
    far.keep((room) => room !== 'user:bob')
    await hear(near)
    await near.heads(['user:ada'])
    proxy.refuse()
    await database.query(`UPDATE ${schema}.node SET at = at - 60000 WHERE name = 'the far one'`)
    await near.append([say('user:ada', 'out'), say('user:bob', 'out')])
    await near.barrier?.()
    await eventually(async () => {
      expect(await database.query(`SELECT FROM ${schema}.event`)).toEqual([])
    })
    expect(there.lapsed).toEqual([])
    proxy.resume()
    await eventually(() => expect(there.lapsed).toEqual([['user:ada']]))
    await near.append([say('user:ada', 'later')])
    await eventually(() => expect(there.data()).toEqual(['later']))
    expect(there.lapsed).toEqual([['user:ada']])
  })

  test('nothing is deleted that a node is still to be told of', async () => {
    const { log: near, schema } = await open({ maxEventsPerRoom: 10 })
    const { log: far, proxy } = await openBehindProxy(schema, { pollMs: 50 })
    const there = await hear(far)
    await hear(near)
    await near.append(Array.from({ length: 5 }, (_, index) => say('busy', index)))
    await near.barrier?.()
    proxy.refuse()
    const isLost = async (since: number) => {
      const question = { questions: [{ room: 'busy', since }], maxEvents: 1, maxBytes: 1 }
      return (await near.read(question)).rooms[0]?.isLost
    }
    await near.append(Array.from({ length: 250 }, (_, index) => say('busy', index)))
    await eventually(async () => expect(await isLost(0)).toBe(true))
    expect(await isLost(5)).toBe(false)
    proxy.resume()
    await eventually(() => expect(there.told).toHaveLength(255))
    expect(there.renewed).toEqual([])
  })

  test('one that everybody has forgotten begins anew', async () => {
    const { log, schema } = await open({ pollMs: 20 })
    const heard = await hear(log)
    await database.query(`DELETE FROM ${schema}.node`)
    await eventually(() => expect(heard.renewed).toEqual(['all']))
    await log.append([say('a', 1)])
    await eventually(() => expect(heard.data()).toEqual([1]))
    expect([heard.renewed, heard.lapsed]).toEqual([['all'], ['all']])
  })

  test('a database that was restored begins another life: other handles, and everybody is told', async () => {
    const { log: here, schema } = await open({ pollMs: 20 })
    const { log: there } = await open({ pollMs: 20 }, schema)
    const [ours, theirs] = [await hear(here), await hear(there)]
    await here.append([say('a', 1), say('a', 2)])
    await eventually(() => expect(theirs.data()).toEqual([1, 2]))
    const [before] = await here.heads(['a'])
    await database.query(`UPDATE ${schema}.log SET life = 'another/00000001'`)
    await eventually(() => expect([ours.renewed, theirs.renewed]).toEqual([['all'], ['all']]))
    // Whoever finds out says so; the other one may be told by then.
    expect([...ours.errors, ...theirs.errors].map(({ code }) => code)).toContain('log-lost')
    const [after] = await there.heads(['a'])
    expect(after?.head).toBe(0)
    expect(after?.handle).not.toBe(before?.handle)
    await there.append([say('a', 3)])
    await eventually(() => expect(ours.placesIn(after?.handle ?? '')).toEqual([[1, 3]]))
    const { rooms } = await here.read({
      questions: [{ room: 'a', since: 0, after: 0 }],
      maxEvents: 10,
      maxBytes: 1000,
    })
    expect(rooms[0]?.completeSince).toBeGreaterThan(Date.now() - 60_000)
  })

  test('what is appended as soon as the log has begun anew is told to who finds out later', async () => {
    const { log: here, schema } = await open({ pollMs: 20 })
    const { log: there } = await open({ listener: null, pollMs: 500 }, schema)
    const [ours, theirs] = [await hear(here), await hear(there)]
    await database.query(`UPDATE ${schema}.log SET life = 'another/00000001'`)
    await eventually(() => expect(ours.renewed).toEqual(['all']))
    await here.append([say('user:ada', 'out')])
    await here.barrier?.()
    expect([theirs.renewed, theirs.data()]).toEqual([['all'], ['out']])
    await here.append([say('user:ada', 'later')])
    await eventually(() => expect(theirs.data()).toEqual(['out', 'later']))
    expect(ours.data()).toEqual(['out', 'later'])
  })

  test('a barrier names the node that does not answer, until that one counts as gone', async () => {
    const { log: near, schema } = await open({ barrierTimeoutMs: 300, nodeId: 'the near one' })
    const { log: far, proxy } = await openBehindProxy(schema, { pollMs: 50 })
    await Promise.all([hear(near), hear(far)])
    await near.barrier?.()
    proxy.refuse()
    await expect(near.barrier?.()).rejects.toMatchObject({
      code: 'node-silent',
      message: expect.stringContaining('the far one'),
    })
    await database.query(`UPDATE ${schema}.node SET at = at - 60000 WHERE name = 'the far one'`)
    await near.barrier?.()
    proxy.resume()
    await eventually(() => near.barrier?.())
  })

  test('a barrier rejects where the log has begun anew since: what was recorded is gone', async () => {
    const { log: near, schema } = await open({ pollMs: 20 })
    const { log: far, proxy } = await openBehindProxy(schema, { pollMs: 50 })
    await Promise.all([hear(near), hear(far)])
    const lost = {
      code: 'log-lost',
      message: expect.stringContaining('again: what was recorded may be lost'),
    }
    await near.append([say('user:ada', 'out')])
    await database.query(`SELECT ${schema}.begin_anew(epoch, '0') FROM ${schema}.log`)
    await expect(near.barrier?.()).rejects.toMatchObject(lost)
    await near.append([say('user:ada', 'out')])
    await near.barrier?.()

    proxy.refuse()
    await near.append([say('user:ada', 'out')])
    const raised = async () => {
      const [log] = await database.query(`SELECT barrier FROM ${schema}.log`)
      return Number(log?.['barrier'])
    }
    const before = await raised()
    const asked = near.barrier?.()
    asked?.catch(() => {})
    await eventually(async () => expect(await raised()).toBeGreaterThan(before))
    await database.query(`UPDATE ${schema}.log SET life = 'another/00000001'`)
    await expect(asked).rejects.toMatchObject(lost)
  })

  test('many barriers at once are few questions', async () => {
    const { log, schema } = await open()
    const heard = await hear(log)
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        await log.append([say('a', index)])
        await log.barrier?.()
        expect(heard.data()).toContain(index)
      }),
    )
    const [asked] = await database.query(`SELECT barrier::int FROM ${schema}.log`)
    expect(asked?.['barrier']).toBeLessThan(30)
  })

  test('one that could not begin at once has those connect again who came meanwhile', async () => {
    const { log: near, schema } = await open()
    expect((await hear(near)).lapsed).toEqual([])
    const { log: far, proxy } = await openBehindProxy(schema)
    proxy.refuse()
    const told: string[] = []
    far.follow?.({
      deliver: (events) => told.push(...events.map(({ data }) => String(data))),
      renew: (rooms) => told.push(`renew ${rooms?.join() ?? 'all'}`),
      lapse: (rooms) => told.push(`lapse ${rooms?.join() ?? 'all'}`),
      onError: () => {},
    })
    await expect(far.heads(['a'])).rejects.toMatchObject({ code: 'log-unreachable' })
    proxy.resume()
    await eventually(async () => void (await far.append([say('a', 'event')])))
    await eventually(() => expect(told).toEqual(['renew all', 'lapse all', 'event']))
  })

  test('without its tables it says what to do, and goes on when that is done', async () => {
    const schema = database.newSchema()
    const log = postgresLog({ pool: database.pool, schema, pollMs: 20 })
    onTestFinished(() => log.close())
    const refused = {
      code: 'log-refused',
      message: expect.stringContaining('Run the SQL that postgresLogMigration() returns'),
    }
    await expect(log.append([say('a', 1)])).rejects.toMatchObject(refused)
    const errors: unknown[] = []
    const data: unknown[] = []
    log.follow?.({
      deliver: (events) => data.push(...events.map((event) => event.data)),
      renew: () => {},
      onError: (error) => errors.push(error),
    })
    await expect(log.heads(['a'])).rejects.toMatchObject(refused)
    await log.migrate()
    await eventually(async () => void (await log.append([say('a', 2)])))
    await eventually(() => expect(data).toEqual([2]))
    expect(errors).toHaveLength(1)
  })

  test('an event that can not be read holds up no other, and is reported', async () => {
    const { log, schema } = await open({ pollMs: 20, listener: null })
    const { log: other } = await open({}, schema)
    const heard = await hear(log)
    const tx = await database.pool.connect()
    await tx.query('BEGIN')
    await other.append([say('a', 'fine'), say('a', 'spoilt'), say('a', 'fine, too')], { tx })
    await tx.query(`UPDATE ${schema}.outbox SET data = '{' WHERE data = '"spoilt"'`)
    await tx.query('COMMIT')
    tx.release()
    await eventually(() => expect(heard.data()).toEqual(['fine', 'fine, too']))
    expect(heard.errors).toMatchObject([{ code: 'log-refused', subject: 'said' }])
  })

  test('for figures, it says when an event was appended, and how much there is', async () => {
    const { log } = await open()
    const heard = await hear(log)
    const before = log.now()
    await log.append([say('a', 'x'.repeat(1000)), say('b', 2)])
    await eventually(() => expect(heard.told).toHaveLength(2))
    expect(heard.told[0]?.at).toBeGreaterThanOrEqual(before)
    expect(heard.told[0]?.at).toBeLessThan(before + 60_000)
    await eventually(async () => {
      const stats = await log.stats?.()
      expect(stats).toMatchObject({ events: 2, rooms: 2 })
      expect(stats?.bytes).toBeGreaterThan(1000)
    })
  })

  test('it decodes nothing for rooms that nobody here is in', async () => {
    const { log } = await open()
    log.keep((room) => room === 'a')
    const heard = await hear(log)
    await log.append([
      say('b', 1),
      say(['a', 'b'], 2),
      { ...say('user:x', 3), event: 'sync:member' },
    ])
    await eventually(() => expect(heard.data()).toEqual([2, 3]))
  })

  test('one whose connections are half open closes in time, and holds none of them', async () => {
    const schema = database.newSchema()
    await open({}, schema)
    const { log: far, proxy } = await openBehindProxy(schema, { queryTimeoutMs: 1000 })
    const there = await hear(far)
    await far.append([say('a', 1)])
    await eventually(() => expect(there.data()).toEqual([1]))
    const listening = () =>
      database.query(`SELECT FROM pg_stat_activity WHERE query = 'LISTEN "${schema}"'`)
    await eventually(async () => expect(await listening()).toHaveLength(1))
    proxy.stall()
    await far.close()
    proxy.resume()
    await eventually(async () => expect(await listening()).toEqual([]))
  })

  test('one that is closed has no connection left, and says that it is closed', async () => {
    const name = `sync_${Math.random().toString(36).slice(2)}`
    const pool = new Pool({ connectionString: POSTGRES_URL, application_name: name })
    const { log } = await open({ pool })
    await hear(log)
    await log.append([say('a', 1)])
    const connections = () =>
      database.query(`SELECT FROM pg_stat_activity WHERE application_name = '${name}'`)
    expect((await connections()).length).toBeGreaterThan(1)
    await log.close()
    await log.close()
    await pool.end()
    await eventually(async () => expect(await connections()).toEqual([]))
    await expect(log.append([say('a', 2)])).rejects.toMatchObject({ code: 'closed' })
  })
})
