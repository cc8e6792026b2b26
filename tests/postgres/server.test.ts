/** Servers on a log in Postgres, with real sockets: broadcasts in a transaction, workers, memberships. */

import { createSyncEmitter } from '@iron-stack/sync/server'
import { drizzle } from 'drizzle-orm/node-postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBareClient } from '../server/support/bare-client.ts'
import { chatRules, startSync, type Message } from '../support/chat-server.ts'
import { eventually, openPg, POSTGRES_URL, type PgDatabase } from '../support/postgres.ts'
import { startSocketServer } from '../support/socket-io.ts'

const message = (id: string): Message => ({ id, conversationId: 'c1' })

describe.skipIf(POSTGRES_URL === undefined)('servers on a log in Postgres', () => {
  let database: PgDatabase
  beforeAll(() => {
    database = openPg({ max: 20 })
  })
  afterAll(() => database.close())

  async function start() {
    const [here, there, worker] = await database.logs(3)
    if (here === undefined || there === undefined || worker === undefined) throw new Error()
    const nodes = await Promise.all(
      [here, there].map(async (log) => {
        const server = await startSocketServer()
        const { sync, errors } = startSync({ io: server.io, log })
        return Object.assign(server, { sync, errors })
      }),
    )
    const [one, two] = nodes
    if (one === undefined || two === undefined) throw new Error()
    return {
      here: one,
      there: two,
      emitter: createSyncEmitter({ rules: chatRules, log: worker }),
      close: () => Promise.all([here, there, worker].map(async (log) => log.close())),
    }
  }

  test('send what transactions have committed, to the sockets of all nodes, in one order', async () => {
    const { here, there, emitter, close } = await start()
    const [ada, bob] = [await startBareClient(here, 'ada'), await startBareClient(there, 'bob')]
    await Promise.all([ada.settled(), bob.settled()])
    await here.sync.joinRoom('c1', ['ada', 'bob'])
    const db = drizzle(database.pool)
    await db.transaction(async (tx) => {
      await here.sync.broadcast('message:new', message('m1'), { tx })
    })
    await db
      .transaction(async (tx) => {
        await there.sync.broadcast('message:new', message('never'), { tx })
        throw new Error('undo this')
      })
      .catch(() => {})
    await there.sync.broadcastMany('message:new', [message('m2'), message('m3')])
    await emitter.broadcast('message:new', message('m4'))
    for (const { of } of [ada, bob]) {
      await eventually(() => expect(of('message:new')).toHaveLength(4))
      expect(of('message:new').map(([, data]) => data)).toEqual(
        ['m1', 'm2', 'm3', 'm4'].map(message),
      )
    }
    expect([here.errors, there.errors]).toEqual([[], []])
    await close()
  })

  test('let nobody hear what was broadcast after they were taken out, on whichever node', async () => {
    const { here, there, close } = await start()
    const bob = await startBareClient(there, 'bob')
    await here.sync.joinRoom('c1', ['bob'])
    await here.sync.broadcast('message:new', message('m1'))
    await eventually(() => expect(bob.of('message:new')).toHaveLength(1))
    await here.sync.leaveRoom('c1', ['bob'])
    expect(there.io.of('/').adapter.rooms.has('c1')).toBe(false)
    await here.sync.broadcast('message:new', message('m2'))
    await here.sync.joinRoom('c1', ['bob'])
    await here.sync.broadcast('message:new', message('m3'))
    await eventually(() => expect(bob.of('message:new')).toHaveLength(2))
    expect(bob.of('message:new').map(([, data]) => data)).toEqual([
      message('m1'),
      message('m3'),
    ])
    await close()
  })
})
