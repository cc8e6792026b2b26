/** Which packets the events of a turn leave in. */

import { expect, test } from 'vitest'
import { packetsOf } from '../../src/server/delivery/frames.ts'

test('a room that is called as several rooms look together is none of them', () => {
  const event = (rooms: readonly string[], data: string) => ({
    rooms,
    event: 'said',
    data,
    meta: { e: 'epoch', i: data },
  })
  const packets = packetsOf(
    [event(['["a","b"]'], 'for one'), event(['a', 'b'], 'for two')],
    (rooms) => ({
      unpacking: rooms.length === 1 ? ['eve'] : ['ann', 'bob'],
      plain: [],
      areMembers: true,
    }),
  )
  expect(packets.map(({ to, events }) => [to, events.map(({ data }) => data)])).toEqual([
    [['eve'], ['for one']],
    [['ann', 'bob'], ['for two']],
  ])
})
