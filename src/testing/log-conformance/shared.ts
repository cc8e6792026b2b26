/** What a log promises that several nodes share. Each claim has a log of its own, with two ends. */

import type { FollowedEvent } from '../../server/log/event-log.ts'
import { dataOf, expectEqual, expectThat, type Bench, type End } from './bench.ts'

type Claims = Readonly<Record<string, (bench: Bench) => Promise<void>>>

export const shared: Claims = {
  async 'each node is told what any of them appends, itself too'(bench) {
    const [here, there] = both(bench)
    const one = await here.append('a', { text: 'one' })
    const two = await there.append(['a', 'b'], { text: 'two' })
    for (const end of [here, there]) {
      expectEqual(
        (await end.hears(2)).map(({ id, data, rooms, places }) => ({
          id,
          data,
          rooms,
          places,
        })),
        [
          { ...one, data: { text: 'one' }, rooms: ['a'] },
          { ...two, data: { text: 'two' }, rooms: ['a', 'b'] },
        ],
        'what a node was told',
      )
    }
  },

  async 'a node knows at once what another has appended'(bench) {
    const [here, there] = both(bench)
    const { handle } = await here.head('a')
    for (const data of [1, 2, 3]) await here.append('a', data)
    expectEqual(await there.head('a'), { handle, head: 3 }, 'the head on the other node')
    const { events } = await there.read({ room: 'a', since: 1 })
    expectEqual(dataOf(events), [2, 3], 'what the other node reads')
  },

  async 'what is appended after another was comes after it, in whichever rooms'(bench) {
    const [here, there] = both(bench)
    const expected: string[] = []
    for (let count = 0; count < 20; count++) {
      expected.push(`here ${count}`, `there ${count}`)
      await here.append(`room ${count % 3}`, `here ${count}`)
      await there.append(`room ${(count + 1) % 3}`, `there ${count}`)
    }
    for (const end of [here, there]) {
      expectEqual(
        (await end.hears(40)).map(({ data }) => data),
        expected,
        'the order of what a node was told',
      )
    }
  },

  async 'whatever is appended at once, every node has it in one order, once, without holes'(
    bench,
  ) {
    const [here, there] = both(bench)
    const rooms = ['a', 'b', 'c', 'd']
    const sending: Promise<unknown>[] = []
    for (let count = 0; count < 150; count++) {
      const end = count % 2 === 0 ? here : there
      const [one, other] = [rooms[count % 4] ?? '', rooms[(count * 7 + 1) % 4] ?? '']
      sending.push(end.append(one === other ? one : [one, other], count))
    }
    await Promise.all(sending)
    for (const room of rooms) {
      const [ours, theirs] = [await placesIn(room, here, 150), await placesIn(room, there, 150)]
      expectEqual(ours, theirs, `the order in ${room}`)
      const offsets = ours.map(([offset]) => offset)
      expectEqual(
        offsets,
        offsets.map((_, at) => at + 1),
        `the offsets in ${room}`,
      )
    }
    const ids = new Set(here.told.map(({ id }) => id))
    expectEqual(ids.size, 150, 'the number of events')
  },

  async 'a barrier waits until every node was told of what was before'(bench) {
    const [here, there] = both(bench)
    if (here.log.barrier === undefined) return
    for (let count = 0; count < 20; count++) await here.append('a', count)
    await here.log.barrier()
    expectEqual([here.told.length, there.told.length], [20, 20], 'what the nodes were told')
  },

  async 'a node that has stopped is told nothing, and nobody waits for it'(bench) {
    const [here, there] = both(bench)
    there.stop()
    await there.log.close()
    await here.append('a', 1)
    await here.log.barrier?.()
    await here.hears(1)
    expectThat(there.told.length === 0, 'a node that has stopped is told nothing')
  },
}

function both({ ends: [here, there] }: Bench): [End, End] {
  if (there === undefined) throw new Error('`open` returned one log where two were asked for.')
  return [here, there]
}

/** What a node was told of one room: offsets and data. */
async function placesIn(room: string, end: End, count: number): Promise<[number, unknown][]> {
  const { handle } = await end.head(room)
  const told = await end.hears(count)
  return told.flatMap(({ places, data }: FollowedEvent) =>
    places.flatMap(([of, offset]): [number, unknown][] =>
      of === handle ? [[offset, data]] : [],
    ),
  )
}
