/** The order of calls, and what each of them says of the time. */

import { expect, test } from 'vitest'
import type { Connection } from '../../src/redis/clients/redis-client.ts'
import { createKeys } from '../../src/redis/keys.ts'
import { createScript } from '../../src/redis/scripts/script.ts'
import { createSession } from '../../src/redis/session.ts'

test('what is late only for a clock that has drifted goes out again, before later calls', async () => {
  let now = 0
  const done: string[] = []
  const late: string[] = []
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const answered = async () => {
    await turn()
    await turn()
  }
  const connection: Pick<Connection, 'evaluate' | 'teach'> = {
    async evaluate(_, __, [, name = '', latest]) {
      const isLate = Number(latest) < now
      ;(isLate ? late : done).push(name)
      await answered()
      return [isLate ? 'late' : 'ok', String(now), '1']
    },
    async teach() {
      await answered()
      return ['ok', String(now), '1', 'epoch']
    },
  }
  const session = createSession({
    connection: connection as Connection,
    keys: createKeys('x'),
    keptMs: 1000,
    timeoutMs: 5000,
    random: () => 0,
    clock: () => now,
    onEpoch: () => {},
  })
  const call = (name: string) =>
    session.run({
      doing: 'test',
      script: createScript('return 1'),
      keys: () => [],
      args: ({ latest }) => [name, String(latest)],
    })
  await call('first')
  now += 4 * 60 * 60 * 1000
  const calls = [call('second')]
  await turn()
  calls.push(call('third'))
  // The second is answered, and the third is not yet.
  await turn()
  calls.push(call('fourth'))
  await Promise.all(calls)
  expect(late).toEqual(['second', 'third'])
  expect(done).toEqual(['first', 'second', 'third', 'fourth'])
})
