/** What is answered of a life of the log that is over when the answer is looked at. */

import { expect, test } from 'vitest'
import { createKeys } from '../../src/redis/keys.ts'
import { createReader } from '../../src/redis/reader.ts'
import { createRoomBook } from '../../src/redis/room-book.ts'
import type { Session } from '../../src/redis/session.ts'

test('heads are those of the life that has begun meanwhile', async () => {
  const asked: string[] = []
  const session: Pick<Session, 'epoch' | 'run'> = {
    epoch: 'second',
    async run({ keys }) {
      const epoch = asked.length === 0 ? 'first' : 'second'
      asked.push(...keys(epoch))
      return { epoch, seq: epoch === 'first' ? 100 : 1, rest: [`handle of ${epoch}`, '1'] }
    },
  }
  const rooms = createRoomBook()
  const lost: string[] = []
  const reader = createReader({
    session: session as Session,
    keys: createKeys('x'),
    rooms,
    roomTtlMs: 1000,
    onLost: (names) => lost.push(...names),
  })
  expect(await reader.heads(['r'])).toEqual([{ handle: 'handle of second', head: 1 }])
  expect(asked).toEqual(['{x}:first:+r', '{x}:second:+r'])
  // Events of it count, though the first life had more of them.
  expect(rooms.isCurrent({ room: 'r', handle: 'handle of second', seq: 2 })).toBe(true)
  expect(lost).toEqual([])
})
