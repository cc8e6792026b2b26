/** The log's time between two answers of Redis. */

import { expect, test } from 'vitest'
import { createLogTime } from '../../src/redis/log-time.ts'

function start() {
  let now = 0
  const time = createLogTime(() => now)
  time.heard(1_000_000, 0)
  return {
    time,
    pass: (ms: number) => {
      now += ms
    },
  }
}

test('it goes on as the clock of this process does, a little behind', () => {
  const { time, pass } = start()
  pass(2000)
  expect(time.now()).toBe(1_001_899)
  expect(time.nearest()).toBe(1_001_999)
})

test('it is not ahead of a clock that was slower, after an hour without an answer', () => {
  const { time, pass } = start()
  const told = time.now()
  pass(3_600_000)
  // Here, 400 ms more have passed in a thousand seconds than in Redis.
  const inRedis = 1_000_000 + 3_600_000 * 0.9996
  expect(time.now()).toBeLessThanOrEqual(inRedis)
  expect(time.nearest()).toBeLessThanOrEqual(inRedis)
  expect(time.now()).toBeGreaterThan(told)
  expect(time.heard(inRedis, time.now())).toBe(true)
})

test('it does not go back where an answer says less than was told', () => {
  const { time, pass } = start()
  pass(10_000)
  const told = time.now()
  expect(time.heard(1_005_000, told)).toBe(false)
  expect(time.now()).toBe(told)
})
