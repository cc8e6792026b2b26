/** What is heard of a life of the log that ends while a gap in it is read. */

import { expect, test } from 'vitest'
import { createKeys } from '../../src/redis/keys.ts'
import { followLog, type Following } from '../../src/redis/follower.ts'
import { createRoomBook } from '../../src/redis/room-book.ts'
import type { Session } from '../../src/redis/session.ts'
import { until } from '../support/until.ts'

/** As it is published. */
const published = (epoch: string, seq: number, text: string) =>
  `e ${epoch} 1\n${seq}\n[["handle of ${epoch}",${seq}]]\n["r"]\n["id of ${text}","said"]\n"${text}"`

test('it is not told, and hides nothing of the next one', async () => {
  let epoch = 'first'
  let following: Following | undefined
  const session: Pick<Session, 'epoch' | 'seq' | 'check' | 'run'> = {
    get epoch() {
      return epoch
    },
    seq: 100,
    check: async () => {},
    // It answers when the log has begun anew.
    async run() {
      await new Promise((resolve) => setTimeout(resolve, 10))
      epoch = 'second'
      following?.begin(0)
      return { epoch, seq: 0, rest: [] }
    },
  }
  const told: unknown[] = []
  following = followLog({
    session: session as Session,
    keys: createKeys('x'),
    rooms: createRoomBook(),
    retryMs: 10,
    onQuestion: () => {},
    outages: { began: () => {}, ended: () => {} },
    follower: {
      deliver: (events) => told.push(...events.map(({ data }) => data)),
      renew: () => {},
      onError: () => {},
    },
  })
  following.hear(published('first', 102, 'behind a gap'))
  await until(() => expect(epoch).toBe('second'))
  following.hear(published('second', 1, 'one'))
  following.hear(published('second', 2, 'two'))
  await until(() => expect(told).toEqual(['one', 'two']))
})

test('a gap in it that has to be read again is none of the next one', async () => {
  let epoch = 'first'
  let following: Following | undefined
  const read: string[][] = []
  const session: Pick<Session, 'epoch' | 'seq' | 'check' | 'run'> = {
    get epoch() {
      return epoch
    },
    seq: 100,
    check: async () => {},
    async run({ keys }) {
      read.push(keys(epoch))
      if (epoch === 'second') return { epoch, seq: 1, rest: ['1', '["r"]'] }
      epoch = 'second'
      following?.begin(0)
      throw new Error('The connection is lost.')
    },
  }
  const seen: unknown[] = []
  following = followLog({
    session: session as Session,
    keys: createKeys('x'),
    rooms: createRoomBook(),
    retryMs: 10,
    onQuestion: () => seen.push('asked'),
    outages: { began: () => {}, ended: () => {} },
    follower: {
      deliver: (events) => seen.push(...events.map(({ data }) => data)),
      renew: (rooms) => seen.push(rooms ?? 'renew all'),
      lapse: () => seen.push('lapse'),
      onError: () => {},
    },
  })
  following.hear(published('first', 102, 'behind a gap'))
  following.hear(published('second', 1, 'one'))
  following.hear('b second 1 question asker')
  await until(() => expect(seen).toEqual(['one', 'asked']))
  expect(read).toEqual([['{x}:first:order']])
})
