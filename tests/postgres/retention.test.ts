/** What is kept, for how long, and what is said of what is not. */

import type { PGlite } from '@electric-sql/pglite'
import type { PostgresLog, PostgresLogOptions } from '@iron-stack/sync/postgres'
import type { ReadQuestion } from '@iron-stack/sync/server'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  eventually,
  hear,
  openPglite,
  PGLITE_START_MS,
  say,
  type Heard,
  type TestDatabase,
} from '../support/postgres.ts'

describe('the log in Postgres', () => {
  let database: TestDatabase & { readonly pool: PGlite }
  beforeAll(async () => {
    database = await openPglite()
  }, PGLITE_START_MS)
  afterAll(() => database.close())

  async function open(
    options: Partial<PostgresLogOptions> & { readonly schema?: string } = {},
  ): Promise<{ readonly log: PostgresLog; readonly heard: Heard }> {
    const [log] = await database.logs(1, options)
    if (log === undefined) throw new Error('no log')
    onTestFinished(() => log.close())
    await log.migrate()
    return { log, heard: await hear(log) }
  }

  async function read(log: PostgresLog, ...questions: ReadQuestion[]) {
    const { events, rooms } = await log.read({ questions, maxEvents: 1000, maxBytes: 1e6 })
    return { data: events.map(([, data]) => data), rooms }
  }

  /** Appends so many events that a look at what is too much is due. */
  async function fill(log: PostgresLog, heard: Heard, room: string): Promise<void> {
    const before = heard.told.length
    await log.append(Array.from({ length: 100 }, (_, index) => say(room, index)))
    await eventually(() => expect(heard.told.length).toBeGreaterThanOrEqual(before + 100))
  }

  test('keeps the latest of each room, and takes nothing from others', async () => {
    const { log, heard } = await open({ maxEventsPerRoom: 10 })
    await log.append([say('quiet', 'kept'), say(['quiet', 'busy'], 'kept in one')])
    await fill(log, heard, 'busy')
    await eventually(async () => {
      expect((await read(log, { room: 'busy', since: 0 })).rooms[0]?.isLost).toBe(true)
    })
    const busy = await read(log, { room: 'busy', since: 91 })
    expect(busy.data).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99])
    expect(busy.rooms).toMatchObject([{ head: 101, through: 101, isLost: false }])
    expect((await read(log, { room: 'quiet', since: 0 })).data).toEqual(['kept', 'kept in one'])
  })

  test('forgets an event when it is too old, whatever its room; its offset is never given again', async () => {
    const schema = database.newSchema()
    const { log } = await open({ maxAgeMs: 300, schema })
    await log.append([say(['a', 'b'], 1), say('a', 2)])
    const [head] = await log.heads(['a'])
    await eventually(async () => {
      expect((await read(log, { room: 'a', since: 1 })).rooms[0]?.isLost).toBe(true)
    })
    const byAge = await read(log, { room: 'a', since: 0, after: 0 })
    expect(byAge.data).toEqual([])
    expect(byAge.rooms).toMatchObject([{ head: 2, through: 2, isLost: false }])
    expect(byAge.rooms[0]?.completeSince).toBeGreaterThan(Date.now() - 60_000)
    expect(await log.append([say('a', 3)])).toMatchObject([{ places: [[head?.handle, 3]] }])
    expect((await read(log, { room: 'a', since: 2 })).data).toEqual([3])
    const rows = await database.query(
      `SELECT FROM ${schema}.event WHERE data IN ('1', '2') AND rooms LIKE '%"a"%'`,
    )
    expect(rows).toEqual([])
  })

  test('forgets a room that has no events and nobody in it, which then begins another life', async () => {
    const { log } = await open({ maxAgeMs: 100, forgetMs: 800 })
    log.keep((room) => room === 'kept')
    await log.append([say('kept', 1), say('left', 1)])
    const before = await log.heads(['kept', 'left'])
    await eventually(async () => {
      expect((await read(log, { room: 'left', since: 1 })).rooms[0]?.handle).toBe('')
    })
    const [kept, left] = await log.heads(['kept', 'left'])
    expect(kept).toEqual(before[0])
    expect(left?.head).toBe(0)
    expect(left?.handle).not.toBe(before[1]?.handle)
    const again = await read(log, { room: 'left', since: 0, after: 0 })
    expect(again.rooms[0]?.completeSince).toBeGreaterThan(Date.now() - 60_000)
  })

  test('limits may be infinite', async () => {
    const { log, heard } = await open({
      maxEventsPerRoom: Infinity,
      queryTimeoutMs: Infinity,
      maxAgeMs: 300,
    })
    await fill(log, heard, 'busy')
    await eventually(async () => {
      expect((await read(log, { room: 'busy', since: 99 })).rooms[0]?.isLost).toBe(true)
    })
    expect(heard.errors).toEqual([])
  })

  test('what it may not delete is told as refused, not as an outage', async () => {
    const schema = database.newSchema()
    const { log, heard } = await open({ schema, maxAgeMs: 100 })
    await database.query(`DROP FUNCTION ${schema}.find_trimmable(text, text, text)`)
    await eventually(() => expect(heard.errors.length).toBeGreaterThan(1))
    await log.append([say('a', 1)])
    expect(new Set(heard.errors.map(({ code }) => code))).toEqual(new Set(['log-refused']))
    expect(heard.errors[0]?.message).toContain('tidy up')
  })

  test('of a room that there is none of, everything is lost', async () => {
    const { log } = await open()
    expect((await read(log, { room: 'nowhere', since: 0 })).rooms).toEqual([
      { handle: '', head: 0, isLost: true, through: 0, completeSince: Number.MAX_SAFE_INTEGER },
    ])
  })

  test('an event without a room is kept nowhere', async () => {
    const { log } = await open()
    expect(await log.append([{ rooms: [], event: 'said', data: 1 }])).toMatchObject([
      { places: [] },
    ])
    expect(
      await log.append([{ rooms: [], event: 'said', data: 1 }, say(['a', 'a'], 2)]),
    ).toMatchObject([{ places: [] }, { places: [[expect.any(String), 1]] }])
  })

  test('a page ends where it is full, and says how far each room has come', async () => {
    const { log } = await open()
    await log.append([say('a', 1), say('b', 2), say('a', 3), say('b', 4)])
    const { events, rooms } = await log.read({
      questions: [
        { room: 'a', since: 0 },
        { room: 'b', since: 0 },
      ],
      maxEvents: 3,
      maxBytes: 1e6,
    })
    expect(events.map(([, data]) => data)).toEqual([1, 2, 3])
    expect(rooms.map(({ head, through }) => [head, through])).toEqual([
      [2, 2],
      [2, 1],
    ])
  })

  test('places that no room has, or no more, are lost; at the head nothing is', async () => {
    const { log } = await open()
    await log.append([say('a', 1)])
    const beyond = Number.MAX_SAFE_INTEGER
    const answers = await read(
      log,
      { room: 'a', since: 1 },
      { room: 'a', since: 2 },
      { room: 'a', since: beyond },
    )
    expect(answers.data).toEqual([])
    expect(answers.rooms.map(({ isLost }) => isLost)).toEqual([false, true, true])
  })

  test('data comes back as it was sent, bytes and all', async () => {
    const { log, heard } = await open()
    const data = {
      text: 'a\u0000b \ud800 "\\\' $1',
      bytes: new Uint8Array([0, 255]),
      nothing: null,
      deep: [{ n: 1.5e-7 }],
    }
    await log.append([say('a', data), say('a', undefined)])
    await eventually(() => expect(heard.data()).toEqual([data, undefined]))
    expect((await read(log, { room: 'a', since: 0 })).data).toEqual([data, undefined])
  })
})
