/**
 * Events by their age: a page that was fetched before an event could be seen gets it, however early the
 * event had taken its place.
 */

import type { PostgresLog } from '@iron-stack/sync/postgres'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  eventually,
  hear,
  openPg,
  POSTGRES_URL,
  say,
  type PgDatabase,
} from '../support/postgres.ts'

const LIMITS = { maxEvents: 1000, maxBytes: 1_000_000 }

describe.skipIf(POSTGRES_URL === undefined)('an event’s age', () => {
  let database: PgDatabase
  beforeAll(() => {
    database = openPg()
  })
  afterAll(() => database.close())

  async function open(schema: string): Promise<PostgresLog> {
    const [log] = await database.logs(1, { schema, pollMs: 20 })
    if (log === undefined) throw new Error('no log')
    onTestFinished(() => log.close())
    await log.migrate()
    return log
  }

  async function young(log: PostgresLog, room: string, after: number) {
    const { events, rooms } = await log.read({
      questions: [{ room, since: 0, after }],
      ...LIMITS,
    })
    return {
      data: events.map(([, data]) => data),
      times: events.map(([, , , , at]) => at),
      completeSince: rooms[0]?.completeSince ?? 0,
    }
  }

  /** A transaction whose commit takes long after its events have taken their places. */
  async function commitSlowly(log: PostgresLog, schema: string) {
    await database.query(`
      CREATE TABLE ${schema}.slow (n integer);
      CREATE FUNCTION ${schema}.wait() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock(hashtext('${schema}'), 99); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON ${schema}.slow
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${schema}.wait();
    `)
    const gate = await database.pool.connect()
    await gate.query(`SELECT pg_advisory_lock(hashtext('${schema}'), 99)`)
    const tx = await database.pool.connect()
    await tx.query('BEGIN')
    await log.append([say('a', 'slow')], { tx })
    await tx.query(`INSERT INTO ${schema}.slow VALUES (1)`)
    const committed = tx.query('COMMIT')
    await eventually(async () => {
      const waiting = await database.query(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 99`,
      )
      expect(waiting).toHaveLength(1)
    })
    return async () => {
      await gate.query(`SELECT pg_advisory_unlock(hashtext('${schema}'), 99)`)
      await committed
      gate.release()
      tx.release()
    }
  }

  test('is counted from when it could be seen, not from when it took its place', async () => {
    const schema = database.newSchema()
    const log = await open(schema)
    const heard = await hear(log)
    const before = log.now()
    const finish = await commitSlowly(log, schema)
    // The places are taken; a page is fetched now, and others broadcast elsewhere.
    await eventually(() => expect(log.now()).toBeGreaterThan(before + 100))
    await log.append([say('b', 'meanwhile')])
    const fetched = log.now()
    await finish()
    await eventually(() =>
      expect(new Set(heard.data())).toEqual(new Set(['meanwhile', 'slow'])),
    )
    const { data, times, completeSince } = await young(log, 'a', fetched)
    expect(data).toEqual(['slow'])
    expect(times[0]).toBeGreaterThanOrEqual(fetched)
    expect(completeSince).toBeLessThanOrEqual(fetched)
  })

  test('is not counted at all by a node that was not there, which says so', async () => {
    const schema = database.newSchema()
    const log = await open(schema)
    await hear(log)
    const finish = await commitSlowly(log, schema)
    await log.append([say('b', 'meanwhile')])
    const fetched = log.now()
    await finish()
    // Nobody has been there: others' moments are no help.
    await database.query(`DELETE FROM ${schema}.node`)
    const other = await open(schema)
    const { data, completeSince } = await young(other, 'a', fetched)
    expect(data).toEqual([])
    expect(completeSince).toBeGreaterThan(fetched)
  })

  test('is known to a node that was not there from the moments of others', async () => {
    const schema = database.newSchema()
    const log = await open(schema)
    await hear(log)
    await log.append([say('a', 'old')])
    await log.barrier()
    await log.append([say('a', 'young')])
    const fetched = log.now()
    await log.append([say('a', 'younger')])
    const other = await open(schema)
    const { data, completeSince } = await young(other, 'a', fetched)
    expect(data).toEqual(['young', 'younger'])
    expect(completeSince).toBeLessThan(fetched)
  })

  test('is no matter where no event is older than asked', async () => {
    const schema = database.newSchema()
    const log = await open(schema)
    await hear(log)
    const fetched = log.now()
    await log.append([say('a', 'young')])
    await database.query(`DELETE FROM ${schema}.node`)
    const other = await open(schema)
    const { data, completeSince } = await young(other, 'a', fetched)
    expect(data).toEqual(['young'])
    expect(completeSince).toBeLessThan(fetched)
  })

  test('once answered stays the same: what was before an event is not younger than it later', async () => {
    const schema = database.newSchema()
    // One that looks all the time, and one that looks when it is asked.
    const following = await open(schema)
    await hear(following)
    for (const log of [following, await open(schema)]) {
      for (let round = 0; round < 20; round++) {
        await log.append([say(`room ${round}`, 'before')])
        await log.append([say('user', 'the record')])
        const record = (await young(log, 'user', 0)).times.at(-1) ?? 0
        if (round % 3 === 0) await following.barrier?.()
        expect((await young(log, `room ${round}`, record + 0.001)).data).toEqual([])
      }
    }
  })

  test('everything that is there is asked for by the time 0', async () => {
    const schema = database.newSchema()
    const first = await open(schema)
    await hear(first)
    for (const number of [1, 2, 3]) await first.append([say('a', number)])
    const second = await open(schema)
    expect((await young(second, 'a', 0)).data).toEqual([1, 2, 3])
    expect((await young(first, 'a', 0)).data).toEqual([1, 2, 3])
  })

  test('what is older than asked is left out', async () => {
    const log = await open(database.newSchema())
    const heard = await hear(log)
    await log.append([say('a', 'old')])
    await eventually(() => expect(heard.data()).toEqual(['old']))
    const [seen] = (await young(log, 'a', 0)).times
    await eventually(() => expect(log.now()).toBeGreaterThan(seen ?? Infinity))
    await log.append([say('a', 'young')])
    expect((await young(log, 'a', (seen ?? 0) + 0.001)).data).toEqual(['young'])
  })
})
