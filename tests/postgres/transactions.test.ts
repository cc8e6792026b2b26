/** Events in the caller's transaction: exactly those that were committed, in the order of the commits. */

import type { PostgresLog } from '@iron-stack/sync/postgres'
import { createRandom } from '@iron-stack/sync/testing'
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  eventually,
  hear,
  openPg,
  POSTGRES_URL,
  say,
  type PgDatabase,
} from '../support/postgres.ts'

describe.skipIf(POSTGRES_URL === undefined)('events in a transaction', () => {
  let database: PgDatabase
  beforeAll(() => {
    database = openPg({ max: 30 })
  })
  afterAll(() => database.close())

  async function openTwo(): Promise<readonly [PostgresLog, PostgresLog]> {
    const [here, there] = await database.logs(2)
    if (here === undefined || there === undefined) throw new Error('no logs')
    return [here, there]
  }

  /** Runs work in a transaction that is committed, or with `end: 'ROLLBACK'` is not. */
  async function transaction(
    work: (tx: PoolClient) => unknown,
    { end = 'COMMIT' } = {},
  ): Promise<void> {
    const tx = await database.pool.connect()
    try {
      await tx.query('BEGIN')
      await work(tx)
      await tx.query(end)
    } catch (thrown) {
      await tx.query('ROLLBACK')
      throw thrown
    } finally {
      tx.release()
    }
  }

  test('200 transactions at once, to two of five rooms each, 20 of them rolled back: what was committed, in that order, without holes', async () => {
    const [here, there] = await openTwo()
    const [ours, theirs] = [await hear(here), await hear(there)]
    const seed = Math.floor(Math.random() * 2 ** 31)
    const random = createRandom(seed)
    const rooms = ['r1', 'r2', 'r3', 'r4', 'r5']
    const plans = Array.from({ length: 200 }, (_, id) => {
      const first = random.pick(rooms)
      const second = random.pick(rooms.filter((room) => room !== first))
      return {
        id,
        rooms: [first, second],
        isLong: random.chance(0.1),
        isCommitted: id % 10 !== 0,
      }
    })
    const commits = new Map<number, { readonly from: number; readonly to: number }>()
    const failures: unknown[] = []
    let clock = 0
    await Promise.all(
      plans.map(async ({ id, rooms: [first = '', second = ''], isLong, isCommitted }) => {
        let from = 0
        try {
          await transaction(
            async (tx) => {
              await here.append([say(first, `${id}a`)], { tx })
              if (isLong) await tx.query('SELECT pg_sleep(0.3)')
              await here.append([say(second, `${id}b`)], { tx })
              from = clock++
            },
            { end: isCommitted ? 'COMMIT' : 'ROLLBACK' },
          )
          if (isCommitted) commits.set(id, { from, to: clock++ })
        } catch (thrown) {
          failures.push(thrown)
        }
      }),
    )
    expect(failures, `seed ${seed}`).toEqual([])
    const committed = plans.filter(({ isCommitted }) => isCommitted)
    await eventually(() => {
      expect(ours.told).toHaveLength(360)
      expect(theirs.told).toHaveLength(360)
    })
    const heads = await here.heads(rooms)
    for (const [at, { handle, head }] of heads.entries()) {
      const room = rooms[at] ?? ''
      const places = ours.placesIn(handle)
      expect(theirs.placesIn(handle)).toEqual(places)
      expect(places.map(([offset]) => offset)).toEqual(places.map((_, index) => index + 1))
      expect(head).toBe(places.length)
      const expected = committed.flatMap(({ id, rooms: [first, second] }) => [
        ...(first === room ? [`${id}a`] : []),
        ...(second === room ? [`${id}b`] : []),
      ])
      const data = places.map(([, each]) => String(each))
      expect(data.toSorted()).toEqual(expected.toSorted())
      // Of two, one whose COMMIT was answered before the other's was sent comes first.
      const spans = data.map((each) => commits.get(Number.parseInt(each)))
      const latest = { from: -1 }
      for (const span of spans) {
        expect(span?.to ?? -1, `seed ${seed}`).toBeGreaterThan(latest.from)
        latest.from = Math.max(latest.from, span?.from ?? 0)
      }
    }
    for (const { told } of [ours, theirs]) {
      const texts = told.map(({ data }) => String(data))
      for (const { id } of committed) {
        expect(texts.indexOf(`${id}a`)).toBeLessThan(texts.indexOf(`${id}b`))
      }
    }
    expect([ours.errors, theirs.errors]).toEqual([[], []])
    await Promise.all([here.close(), there.close()])
  })

  test('a transaction that is rolled back, or fails at its commit, was never there', async () => {
    const [log] = await database.logs(1)
    if (log === undefined) return
    const heard = await hear(log)
    await transaction((tx) => log.append([say('a', 'no')], { tx }), { end: 'ROLLBACK' })
    const table = database.newSchema()
    await database.query(
      `CREATE SCHEMA ${table}; CREATE TABLE ${table}.t (n integer UNIQUE DEFERRABLE INITIALLY DEFERRED)`,
    )
    const refused = transaction(async (tx) => {
      await log.append([say('a', 'neither')], { tx })
      await tx.query(`INSERT INTO ${table}.t VALUES (1), (1)`)
    })
    await expect(refused).rejects.toThrow('duplicate key')
    await log.append([say('a', 'yes')])
    await eventually(() => expect(heard.data()).toEqual(['yes']))
    expect(heard.told[0]?.places.map(([, offset]) => offset)).toEqual([1])
    await log.close()
  })

  test('several broadcasts of a transaction stay in their order, whatever was undone in between', async () => {
    const [log] = await database.logs(1)
    if (log === undefined) return
    const heard = await hear(log)
    await transaction(async (tx) => {
      await log.append([say('b', 1), say('a', 2)], { tx })
      await tx.query('SAVEPOINT here')
      await log.append([say('a', 'undone')], { tx })
      await tx.query('ROLLBACK TO here')
      await tx.query('SAVEPOINT here')
      await log.append([say(['a', 'b'], 3)], { tx })
      await tx.query('RELEASE here')
      await log.append([say('b', 4)], { tx })
    })
    await eventually(() => expect(heard.data()).toEqual([1, 2, 3, 4]))
    expect(heard.told.map(({ places }) => places.map(([, offset]) => offset))).toEqual([
      [1],
      [1],
      [2, 2],
      [3],
    ])
    await log.close()
  })

  test('a long transaction keeps nobody waiting, and is told when it commits', async () => {
    const [log] = await database.logs(1)
    if (log === undefined) return
    const heard = await hear(log)
    await transaction(async (tx) => {
      await log.append([say('a', 'begun first')], { tx })
      await log.append([say('a', 'one')])
      await transaction((other) => log.append([say('a', 'two')], { tx: other }))
      await eventually(() => expect(heard.data()).toEqual(['one', 'two']))
    })
    await eventually(() => expect(heard.data()).toEqual(['one', 'two', 'begun first']))
    await log.close()
  })

  test('what is committed while many others are open comes once', async () => {
    const [log] = await database.logs(1)
    if (log === undefined) return
    const heard = await hear(log)
    const open = await Promise.all(
      Array.from({ length: 10 }, async (_, id) => {
        const tx = await database.pool.connect()
        await tx.query('BEGIN')
        await log.append([say('a', id)], { tx })
        return tx
      }),
    )
    const order = [7, 2, 9, 0, 5, 1, 8, 3, 6, 4]
    for (const id of order) {
      await open[id]?.query('COMMIT')
      // Each of them becomes part of another look.
      await eventually(() => expect(heard.data().at(-1)).toBe(id))
    }
    for (const tx of open) tx.release()
    expect(heard.data()).toEqual(order)
    await log.close()
  })

  test('where constraints are made immediate, events take their places then, and are told at the commit', async () => {
    const [log] = await database.logs(1)
    if (log === undefined) return
    const heard = await hear(log)
    await transaction(async (tx) => {
      await log.append([say('a', 1)], { tx })
      await tx.query('SET CONSTRAINTS ALL IMMEDIATE')
      await log.append([say('a', 2)], { tx })
      await log.append([say('b', 'another room')])
      await eventually(() => expect(heard.data()).toEqual(['another room']))
    })
    await eventually(() => expect(heard.data()).toEqual(['another room', 1, 2]))
    await log.close()
  })

  test('heads are read as the transaction sees them: with its rows, or without', async () => {
    const [log] = await database.logs(1)
    if (log === undefined) return
    await log.append([say('a', 1)])
    const head = async (tx: PoolClient) => (await log.headsIn(tx, ['a']))[0]?.head
    const reader = await database.pool.connect()
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    expect(await head(reader)).toBe(1)
    await transaction((tx) => log.append([say('a', 2)], { tx }))
    expect(await head(reader)).toBe(1)
    await reader.query('COMMIT')
    await transaction(async (tx) => expect(await head(tx)).toBe(2))
    reader.release()
    await log.close()
  })

  test('who broadcasts in a transaction needs no right but to insert into the outbox', async () => {
    const schema = database.newSchema()
    const [log] = await database.logs(1, { schema })
    if (log === undefined) return
    await log.migrate()
    const role = `${schema}_role`
    await database.query(`
      CREATE ROLE ${role};
      GRANT USAGE ON SCHEMA ${schema} TO ${role};
      GRANT INSERT ON ${schema}.outbox TO ${role};
    `)
    const heard = await hear(log)
    await transaction(async (tx) => {
      await tx.query(`SET LOCAL ROLE ${role}`)
      await log.append([say('a', 'allowed')], { tx })
    })
    await eventually(() => expect(heard.data()).toEqual(['allowed']))
    await log.close()
    await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
  })
})
