/** The connection that listens, where a database takes longer than it may. */

import { expect, onTestFinished, test } from 'vitest'
import type { Database } from '../../src/postgres/clients/database.ts'
import { startListening } from '../../src/postgres/listener.ts'
import type { Session } from '../../src/postgres/session.ts'
import { defer } from '../support/defer.ts'
import { until } from '../support/until.ts'

test('one that comes when another one was asked for is closed, and is not heard', async () => {
  const opened: { readonly come: () => void; readonly notify: (payload: string) => void }[] = []
  let open = 0
  const database: Pick<Database, 'listen'> = {
    async listen({ onNotify }) {
      const { promise, resolve } = defer<void>()
      opened.push({ come: resolve, notify: onNotify })
      await promise
      open++
      return async () => {
        open--
      }
    },
  }
  const session: Pick<Session, 'limited'> = {
    limited: (_doing, work) =>
      Promise.race([
        work(),
        new Promise<never>((_, reject) => setTimeout(() => reject(new Error('too late')), 20)),
      ]),
  }
  const heard: string[] = []
  const stop = startListening({
    database: database as Database,
    session: session as Session,
    channel: 'sync',
    onNotify: (payload) => heard.push(payload),
    onListening: () => {},
    onLost: () => {},
  })
  onTestFinished(stop)
  await until(() => expect(opened).toHaveLength(2))
  opened[1]?.come()
  await until(() => expect(open).toBe(1))
  opened[0]?.come()
  opened[0]?.notify('the first')
  opened[1]?.notify('the second')
  await until(() => expect(open).toBe(1))
  expect(heard).toEqual(['the second'])
  await stop()
  expect(open).toBe(0)
})
