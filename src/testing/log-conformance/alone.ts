/** What any log promises to the server that uses it. Each claim has a log of its own. */

import type { EventLog } from '../../server/log/event-log.ts'
import { dataOf, expectEqual, expectThat, offsetsOf, type Bench } from './bench.ts'

type Claims = Readonly<Record<string, (bench: Bench) => Promise<void>>>

export const alone: Claims = {
  async 'offsets of a room count from 1, without holes'({ ends: [{ append }] }) {
    const offsets: (readonly number[])[] = []
    for (const room of ['a', 'a', 'b', 'a']) offsets.push(offsetsOf(await append(room, 1)))
    expectEqual(offsets, [[1], [2], [1], [3]], 'the offsets')
  },

  async 'an event of several rooms has a place in each, in their order'({
    ends: [{ append, head }],
  }) {
    await append('b', 0)
    const { places } = await append(['a', 'b'], 1)
    const [a, b] = [await head('a'), await head('b')]
    expectEqual(places, [place(a.handle, 1), place(b.handle, 2)], 'the places')
    expectEqual([a.head, b.head], [1, 2], 'the heads')
  },

  async 'a handle is one room’s, stays, and does not tell the room’s name'({ ends: [end] }) {
    const before = await end.head('secret-room')
    expectEqual(before.head, 0, 'the head of a new room')
    await end.append('secret-room', 1)
    const after = await end.head('secret-room')
    expectEqual(after.handle, before.handle, 'the handle later')
    expectThat(!after.handle.includes('secret'), 'a handle says nothing of its room’s name')
    const other = await end.head('other-room')
    expectThat(other.handle !== after.handle, 'two rooms have two handles')
  },

  async 'events have ids of their own'({ ends: [{ append }] }) {
    const ids = new Set<string>()
    for (let count = 0; count < 50; count++) ids.add((await append('a', count)).id)
    expectEqual(ids.size, 50, 'the number of ids')
  },

  async 'several events are appended in their order, and none is nothing'({
    ends: [{ log, read }],
  }) {
    const events = ['one', 'two', 'three'].map((data) => ({
      rooms: ['a'],
      event: 'said',
      data,
    }))
    const appended = await log.append(events)
    expectEqual(appended.map(offsetsOf), [[1], [2], [3]], 'the offsets')
    expectEqual(await log.append([]), [], 'what appending nothing answers')
    expectEqual(
      dataOf((await read({ room: 'a', since: 0 })).events),
      ['one', 'two', 'three'],
      'the events',
    )
  },

  async 'what can not be encoded is refused, and takes no place'({ ends: [{ log, append }] }) {
    const events = ['fine', 1n].map((data) => ({ rooms: ['a'], event: 'said', data }))
    expectThat(await isRefused(log, events), 'a bigint is refused')
    expectEqual(offsetsOf(await append('a', 1)), [1], 'the next offset')
  },

  async 'data is remembered as it was, with what is binary in it'({
    ends: [{ append, read }],
  }) {
    const data = { n: 1, list: [{ deep: null }], bytes: new Uint8Array([1, 2, 3]) }
    await append('a', data)
    data.n = 2
    data.bytes[0] = 9
    const [found] = dataOf((await read({ room: 'a', since: 0 })).events) as [typeof data]
    expectEqual([found.n, found.list], [1, [{ deep: null }]], 'the data')
    expectEqual([...new Uint8Array(found.bytes)], [1, 2, 3], 'the bytes')
  },

  async 'a room is read from a place on'({ ends: [{ append, read }] }) {
    for (const data of [1, 2, 3, 4]) await append('a', data)
    const { events, rooms } = await read({ room: 'a', since: 2 })
    expectEqual(dataOf(events), [3, 4], 'the events')
    const [room] = rooms
    expectEqual([room?.isLost, room?.through, room?.head], [false, 4, 4], 'the answer')
  },

  async 'several rooms are read as one: in the order of appending, each event once'({
    ends: [{ append, read }],
  }) {
    await append('a', 'a1')
    await append('b', 'b1')
    await append(['a', 'b'], 'both')
    await append('c', 'not asked for')
    await append('a', 'a2')
    const { events, rooms } = await read({ room: 'a', since: 0 }, { room: 'b', since: 1 })
    expectEqual(dataOf(events), ['a1', 'both', 'a2'], 'the events')
    expectEqual(
      rooms.map(({ through, head }) => [through, head]),
      [
        [3, 3],
        [2, 2],
      ],
      'the answers',
    )
  },

  async 'calls keep their order, though nobody waits for one before the next'({
    ends: [{ append, read }],
  }) {
    const numbers = Array.from({ length: 50 }, (_, number) => number)
    await Promise.all(numbers.map((number) => append('a', number)))
    const { events } = await read({ room: 'a', since: 0 })
    expectEqual(dataOf(events), numbers, 'the room')
  },

  async 'a long answer comes in pages'({ ends: [{ log, append, read }] }) {
    for (let count = 1; count <= 5; count++) await append('a', count)
    const { events, rooms } = await log.read({
      questions: [{ room: 'a', since: 1 }],
      maxEvents: 2,
      maxBytes: 1024 * 1024,
    })
    expectEqual(dataOf(events), [2, 3], 'the first page')
    expectEqual([rooms[0]?.through, rooms[0]?.head], [3, 5], 'how far it goes')
    const next = await read({ room: 'a', since: rooms[0]?.through ?? -1 })
    expectEqual(dataOf(next.events), [4, 5], 'the next page')
    const small = await log.read({
      questions: [{ room: 'a', since: 0 }],
      maxEvents: 100,
      maxBytes: 1,
    })
    expectEqual(dataOf(small.events), [1], 'a page that has no space for more than one')
  },

  async 'a place that no room has reached is lost'({ ends: [{ append, read }] }) {
    await append('a', 1)
    const { events, rooms } = await read({ room: 'a', since: 7 })
    expectEqual([events, rooms[0]?.isLost], [[], true], 'the answer')
  },

  async 'what has been trimmed is lost by its place, and told by its time'(bench) {
    const { ends, maxEventsPerRoom } = bench
    if (maxEventsPerRoom === undefined) return
    const [{ log, append, read }] = ends
    const before = log.now()
    // A log may keep some more than it says.
    for (let count = 0; count < maxEventsPerRoom * 2 + 300; count++) await append('a', count)
    const [byPlace] = (await read({ room: 'a', since: 0 })).rooms
    expectEqual(byPlace?.isLost, true, 'whether it is lost')
    const byAge = await read({ room: 'a', since: 0, after: before })
    expectEqual(byAge.rooms[0]?.isLost, false, 'whether it is lost by its time')
    expectThat(
      (byAge.rooms[0]?.completeSince ?? 0) >= before,
      '`completeSince` says that something younger was trimmed',
    )
  },

  async 'an event is never older than the time before it was appended'({
    ends: [{ log, append, read }],
  }) {
    await append('a', 'before')
    const asked = log.now()
    await append('a', 'after')
    const { events, rooms } = await read({ room: 'a', since: 0, after: asked })
    expectThat(dataOf(events).includes('after'), 'what is younger is answered')
    expectThat((events.at(-1)?.[4] ?? 0) >= asked, 'its time is not before the time asked')
    expectEqual([rooms[0]?.through, rooms[0]?.isLost], [2, false], 'the answer')
  },

  async 'heads come in the order in which they are asked for'({ ends: [{ log, append }] }) {
    await append('b', 1)
    await append('b', 2)
    await append('a', 1)
    const heads = await log.heads(['a', 'b', 'new'])
    expectEqual(
      heads.map(({ head }) => head),
      [1, 2, 0],
      'the heads',
    )
    expectEqual(await log.heads([]), [], 'the heads of no rooms')
  },

  async 'a room that is asked for twice at once is one room'({
    ends: [{ log, append, read }],
  }) {
    const [first, second] = await log.heads(['a', 'a'])
    expectEqual(first, second, 'the heads')
    expectEqual((await append('a', 1)).places, [place(first?.handle ?? '', 1)], 'the place')
    const questions = { room: 'a', since: 0 }
    const { events, rooms } = await read(questions, questions)
    expectEqual(dataOf(events), [1], 'the events')
    expectEqual(rooms[0], rooms[1], 'the answers')
  },
}

function place(handle: string, offset: number): readonly [string, number] {
  return [handle, offset]
}

async function isRefused(log: EventLog, events: Parameters<EventLog['append']>[0]) {
  try {
    await log.append(events)
    return false
  } catch {
    return true
  }
}
