/** The log's time, and when an event came to be seen. */

import { describe, expect, test } from 'vitest'
import { createLogTime } from '../../src/postgres/log-time.ts'

function start(keepMs = 1000) {
  const here = { now: 0 }
  return { here, time: createLogTime({ keepMs, clock: () => here.now }) }
}

const answer = (snapshot: string, clock: number, running: string | null = 'first') => ({
  snapshot,
  clock,
  running,
})

describe('the log’s time', () => {
  test('is 0 before the database has answered, and never ahead of its clock', () => {
    const { here, time } = start()
    expect(time.now()).toBe(0)
    time.note(answer('1:1:', 5000))
    expect(time.now()).toBe(5000)
    here.now = 1000
    expect(time.now()).toBeLessThanOrEqual(6000)
    expect(time.now()).toBeGreaterThan(5990)
  })

  test('never goes back, also where the database’s clock does', () => {
    const { here, time } = start()
    time.note(answer('1:1:', 5000))
    here.now = 100
    const before = time.now()
    time.note(answer('1:2:', 4000))
    expect(time.now()).toBe(before)
    here.now = 2000
    expect(time.now()).toBeGreaterThan(before)
  })

  test('an event’s is that of the first answer that could see it', () => {
    const { time } = start()
    time.note(answer('10:10:', 100))
    time.note(answer('10:13:10,12', 200))
    time.note(answer('10:14:10', 300))
    time.note(answer('14:14:', 400))
    expect([9, 11, 13, 12, 10].map(time.timeOf)).toEqual([100, 200, 300, 300, 400])
    expect(time.timeOf(14)).toBeUndefined()
  })

  test('what could not be seen yet is told by the last answer before', () => {
    const { time } = start()
    time.note(answer('10:10:', 100))
    time.note(answer('11:11:', 200))
    expect(time.momentBefore(100)).toBeUndefined()
    expect(time.momentBefore(101)?.seen.text).toBe('10:10:')
    expect(time.momentBefore(200)?.seen.text).toBe('10:10:')
    expect(time.momentBefore(1e9)?.seen.text).toBe('11:11:')
  })

  test('answers that overtake each other tell nothing new', () => {
    const { time } = start()
    time.note(answer('12:12:', 200))
    time.note(answer('10:10:', 300))
    time.note(answer('10:12:10', 300))
    expect(time.timeOf(11)).toBe(200)
    expect(time.momentBefore(1e9)?.at).toBe(200)
  })

  test('the last of many answers is remembered if that is asked for', () => {
    const { time } = start()
    time.note(answer('10:10:', 100), 50)
    time.note(answer('12:12:', 110), 50)
    time.note(answer('11:11:', 115), 50)
    expect(time.timeOf(11)).toBeUndefined()
    time.keepLast()
    expect(time.timeOf(11)).toBe(110)
    time.keepLast()
    time.note(answer('12:12:', 120), 50)
    time.note(answer('14:14:', 130), 50)
    time.note(answer('14:14:', 190), 50)
    expect(time.timeOf(13)).toBe(190)
  })

  test('of many answers, one in a while is remembered; the clock is always', () => {
    const { time } = start()
    time.note(answer('10:10:', 100), 50)
    time.note(answer('11:11:', 120), 50)
    expect(time.timeOf(10)).toBeUndefined()
    expect(time.now()).toBe(120)
    time.note(answer('12:12:', 150), 50)
    expect(time.timeOf(10)).toBe(150)
    time.note(answer('13:13:', 160))
    expect(time.timeOf(12)).toBe(160)
  })

  test('an old moment is forgotten when there is another one that is old enough', () => {
    const { time } = start(100)
    time.note(answer('10:10:', 0))
    time.note(answer('11:11:', 50))
    time.note(answer('12:12:', 120))
    expect(time.first()?.at).toBe(0)
    time.note(answer('13:13:', 170))
    expect(time.first()?.at).toBe(50)
  })

  test('after a crash of the database, nothing is known of what was seen before', () => {
    const { time } = start()
    time.note(answer('10:10:', 100))
    expect(time.isComparable(answer('9:9:', 200, 'second'))).toBe(false)
    time.note(answer('9:9:', 200, 'second'))
    expect(time.momentBefore(200)).toBeUndefined()
    expect(time.timeOf(8)).toBe(200)
    expect(time.timeOf(9)).toBeUndefined()
  })
})
