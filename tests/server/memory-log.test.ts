/** The log in memory: what it keeps, for how long, and what it says of what it has not. */

import { expect, test } from 'vitest'
import {
  memoryLog,
  type EventLog,
  type MemoryLogOptions,
  type ReadAnswer,
  type RoomHead,
} from '@iron-stack/sync/server'

const PAGE = { maxEvents: 500, maxBytes: 256 * 1024 }

test('the offsets of a room are contiguous from 1, whatever goes to other rooms', () => {
  const { append } = createLog()
  expect(append('a')).toMatchObject({ places: [['0', 1]] })
  expect(append('b')).toMatchObject({ places: [['1', 1]] })
  expect(append('a', 'b')).toMatchObject({
    places: [
      ['0', 2],
      ['1', 2],
    ],
  })
  expect(append('b')).toMatchObject({ places: [['1', 3]] })
  expect(append('a')).toMatchObject({ places: [['0', 3]] })
})

test('data that cannot be encoded leaves no hole', () => {
  const { log, append } = createLog()
  append('a')
  expect(() => log.append([{ rooms: ['a'], event: 'x', data: 1n }])).toThrow('BigInt')
  expect(append('a')).toMatchObject({ places: [['0', 2]] })
})

test('an event without a room is kept nowhere', () => {
  const { append, time } = createLog({ maxAgeMs: 100 })
  expect(append()).toMatchObject({ places: [] })
  time.now = 1000
  expect(append('a')).toMatchObject({ places: [['0', 1]] })
})

test('several rooms are read as one: in the order of appending, each event once', () => {
  const { append, read } = createLog()
  append('a')
  append('b')
  append('a', 'b')
  append('c')
  append('a')
  expect(
    read([
      { room: 'b', since: 0 },
      { room: 'a', since: 1 },
    ]),
  ).toEqual({
    data: [2, 3, 5],
    rooms: [
      { handle: '1', head: 2, isLost: false, through: 2, completeSince: 0 },
      { handle: '0', head: 3, isLost: false, through: 3, completeSince: 0 },
    ],
  })
})

test('a page ends where it is full, and says how far each room has come', () => {
  const { append, read } = createLog()
  append('a')
  append('b')
  append('a')
  append('b')
  const page = read(
    [
      { room: 'a', since: 0 },
      { room: 'b', since: 0 },
    ],
    { maxEvents: 3 },
  )
  expect(page.data).toEqual([1, 2, 3])
  expect(page.rooms.map(({ head, through }) => [head, through])).toEqual([
    [2, 2],
    [2, 1],
  ])
})

test('a page holds at least one event, however large it is', () => {
  const { log, read } = createLog()
  void log.append([{ rooms: ['a'], event: 'x', data: 'x'.repeat(5000) }])
  void log.append([{ rooms: ['a'], event: 'x', data: 'y'.repeat(5000) }])
  const page = read([{ room: 'a', since: 0 }], { maxBytes: 1000 })
  expect(page.data).toEqual(['x'.repeat(5000)])
  expect(page.rooms).toMatchObject([{ through: 1, head: 2 }])
})

test('past the limit of a room its oldest events are lost, and no other room has less', () => {
  const { append, read } = createLog({ maxEventsPerRoom: 2 })
  append('a', 'b')
  append('a')
  append('a')
  expect(read([{ room: 'a', since: 0 }])).toMatchObject({ data: [], rooms: [{ isLost: true }] })
  expect(read([{ room: 'a', since: 1 }])).toMatchObject({ data: [2, 3] })
  expect(read([{ room: 'b', since: 0 }])).toMatchObject({ data: [1] })
})

test('an offset that was never given is lost', () => {
  const { append, read } = createLog()
  append('a')
  expect(read([{ room: 'a', since: 1 }])).toMatchObject({ rooms: [{ isLost: false }] })
  expect(read([{ room: 'a', since: 2 }])).toMatchObject({ rooms: [{ isLost: true }] })
})

test('asked by age, it tells what it has, and since when nothing is missing', () => {
  const { append, read, time } = createLog({ maxEventsPerRoom: 2 })
  for (const now of [10, 20, 30]) {
    time.now = now
    append('a')
  }
  const young = read([{ room: 'a', since: 0, after: 25 }])
  expect(young).toMatchObject({ data: [3], rooms: [{ isLost: false, completeSince: 10 }] })
  const all = read([{ room: 'a', since: 0, after: 0 }])
  expect(all).toMatchObject({ data: [2, 3], rooms: [{ isLost: false, completeSince: 10 }] })
})

test('an event is forgotten when it is too old', () => {
  const { append, read, time } = createLog({ maxAgeMs: 100 })
  time.now = 10
  append('a')
  time.now = 60
  append('a')
  time.now = 110
  expect(read([{ room: 'a', since: 1 }])).toMatchObject({ data: [2] })
  expect(read([{ room: 'a', since: 0 }])).toMatchObject({ rooms: [{ isLost: true, head: 2 }] })
})

test('all events together keep to the bytes allowed', () => {
  const { log, read } = createLog({ maxBytes: 10_000 })
  for (let i = 1; i <= 1000; i++) {
    void log.append([{ rooms: [`room${i % 50}`], event: 'x', data: 'x'.repeat(800) }])
  }
  const names = Array.from({ length: 50 }, (_, i) => ({ room: `room${i}`, since: 0, after: 0 }))
  expect(read(names).data).toHaveLength(6)
})

test('what a busy room has lost takes nothing from a quiet one', () => {
  const { log, append, read } = createLog({ maxBytes: 100_000, maxEventsPerRoom: 10 })
  append('quiet')
  for (let i = 0; i < 300; i++) {
    void log.append([{ rooms: ['busy'], event: 'x', data: 'x'.repeat(1000) }])
  }
  expect(read([{ room: 'quiet', since: 0 }])).toMatchObject({ data: [1] })
})

test('a payload that is changed after the append is replayed as it was', () => {
  const { log, read } = createLog()
  const plain = { list: ['as it was'] }
  const binary = { bytes: new Uint8Array([1, 2, 3]) }
  void log.append([{ rooms: ['a'], event: 'x', data: plain }])
  void log.append([{ rooms: ['a'], event: 'x', data: binary }])
  plain.list.push('and more')
  binary.bytes[0] = 9
  expect(read([{ room: 'a', since: 0 }]).data).toEqual([
    { list: ['as it was'] },
    { bytes: new Uint8Array([1, 2, 3]) },
  ])
})

test('what one reader does to a replayed payload, another does not see', () => {
  const { log, read } = createLog()
  void log.append([{ rooms: ['a'], event: 'x', data: { n: 1 } }])
  const [first] = read([{ room: 'a', since: 0 }]).data as { n: number }[]
  if (first !== undefined) first.n = 2
  expect(read([{ room: 'a', since: 0 }]).data).toEqual([{ n: 1 }])
})

test('a room without members and events is forgotten, and comes back with another handle', () => {
  const { log, append, time } = createLog({ maxAgeMs: 100 })
  append('a')
  forget(log, time)
  expect(log.heads(['a'])).toEqual([{ handle: '1', head: 0 }])
  expect(append('a')).toMatchObject({ places: [['1', 1]] })
})

test('a room that came back does not claim to be complete for the time it was forgotten', () => {
  const { log, append, read, time } = createLog({ maxAgeMs: 100 })
  time.now = 40
  append('a')
  forget(log, time)
  void log.heads(['a'])
  expect(read([{ room: 'a', since: 0, after: 0 }])).toMatchObject({
    rooms: [{ handle: '1', completeSince: 40 }],
  })
})

test('a log that has just begun knows nothing of what was before', () => {
  const { append, read } = createLog({ now: () => 5000 })
  append('a')
  expect(read([{ room: 'a', since: 0, after: 0 }])).toMatchObject({
    rooms: [{ completeSince: 5000 }],
  })
})

test('a room with members is kept, however long nothing is sent there', () => {
  const { log, append, time } = createLog({ maxAgeMs: 100 })
  log.keep((room) => room === 'a')
  append('a')
  append('b')
  forget(log, time)
  expect(log.heads(['a', 'b'])).toEqual([
    { handle: '0', head: 1 },
    { handle: '2', head: 0 },
  ])
})

test('who is back within the age finds the room as it was, though nobody was in it', () => {
  const { log, append, time } = createLog({ maxAgeMs: 100 })
  let members = 1
  log.keep(() => members > 0)
  append('a')
  time.now = 1000
  void log.heads([])
  members = 0
  time.now = 1099
  void log.heads([])
  expect(log.heads(['a'])).toEqual([{ handle: '0', head: 1 }])
})

test('the name of a room is not in its handle', () => {
  const { log } = createLog()
  const names = Array.from({ length: 100 }, (_, i) => `secret${i}`)
  const heads = log.heads(names) as readonly { readonly handle: string }[]
  expect(heads.every(({ handle }) => /^[\da-z]{1,2}$/.test(handle))).toBe(true)
  expect(new Set(heads.map(({ handle }) => handle)).size).toBe(100)
})

test('two logs have two epochs, and no event id in common', () => {
  let chance = 0.1
  const random = () => (chance += 0.1)
  const first = createLog({ random })
  const second = createLog({ random })
  expect(first.log.epoch).not.toBe(second.log.epoch)
  expect(first.append('a')?.id).not.toBe(second.append('a')?.id)
})

test('of several events, none is appended where one can not be encoded', () => {
  const { log, append } = createLog()
  const event = { rooms: ['a'], event: 'x' }
  expect(() =>
    log.append([
      { ...event, data: 1 },
      { ...event, data: 1n },
    ]),
  ).toThrow('BigInt')
  expect(append('a')).toMatchObject({ places: [['0', 1]] })
})

test('an append costs the same after a hundred thousand others', () => {
  const { log } = createLog({ maxEventsPerRoom: 100 })
  const timeOf = (count: number) => {
    const start = performance.now()
    for (let i = 0; i < count; i++) {
      void log.append([{ rooms: [`room${i % 100}`], event: 'x', data: { i } }])
    }
    return performance.now() - start
  }
  timeOf(20_000)
  const early = timeOf(20_000)
  timeOf(60_000)
  expect(timeOf(20_000)).toBeLessThan(early * 10 + 50)
})

/** A log whose time is moved by hand; the data of an event is its number. */
function createLog(options: MemoryLogOptions = {}) {
  const time = { now: 0 }
  const log = memoryLog({ now: () => time.now, random: () => 0.5, ...options })
  let count = 0
  return {
    log,
    time,
    append(...rooms: string[]) {
      const appended = log.append([{ rooms, event: 'x', data: ++count }])
      if (appended instanceof Promise) throw new Error('the log in memory answers at once')
      return appended[0]
    },
    read(
      questions: Parameters<EventLog['read']>[0]['questions'],
      limits: Partial<typeof PAGE> = {},
    ) {
      const answer = log.read({ questions, ...PAGE, ...limits })
      if (answer instanceof Promise) throw new Error('the log in memory answers at once')
      return { data: answer.events.map(([, data]) => data), rooms: answer.rooms }
    },
  }
}

/** Time goes by, and the log is used for something else now and then. */
function forget(log: EventLog, time: { now: number }): void {
  for (let i = 0; i < 5; i++) {
    time.now += 150
    void log.heads([])
  }
}

test('a room that an event is for does not make way for another that it is for', () => {
  const time = { now: 1000 }
  const log = memoryLog({ now: () => time.now })
  void log.heads(Array.from({ length: 50_000 }, (_, room) => `room ${room}`))
  time.now = 3000
  void log.append([{ rooms: ['room 0', 'a new one'], event: 'said', data: 1 }])
  const [head] = log.heads(['room 0']) as readonly RoomHead[]
  expect(head?.head).toBe(1)
  const question = { room: 'room 0', since: 0, after: 2000 }
  const { events } = log.read({ questions: [question], ...PAGE }) as ReadAnswer
  expect(events.map(([event]) => event)).toEqual(['said'])
})
