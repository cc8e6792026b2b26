/** The two seams of the kit: time and chance. */

import { createManualClock, createRandom } from '@iron-stack/sync/testing'
import { expect, test } from 'vitest'

test('timers fire in the order of their times, equal times in the order they were set', () => {
  const clock = createManualClock()
  const fired: string[] = []
  clock.setTimeout(() => fired.push('late'), 20)
  clock.setTimeout(() => fired.push('first'), 10)
  clock.setTimeout(() => fired.push('second'), 10)
  clock.advance(20)
  expect(fired).toEqual(['first', 'second', 'late'])
})

test('`advance` fires timers that are set meanwhile, if they come due', () => {
  const clock = createManualClock()
  const fired: number[] = []
  clock.setTimeout(() => {
    fired.push(clock.now())
    clock.setTimeout(() => fired.push(clock.now()), 5)
    clock.setTimeout(() => fired.push(clock.now()), 50)
  }, 10)
  clock.advance(20)
  expect([fired, clock.now(), clock.nextAt]).toEqual([[10, 15], 20, 60])
})

test('`next` goes to the next timer and no further', () => {
  const clock = createManualClock()
  clock.setTimeout(() => {}, 10)
  clock.setTimeout(() => {}, 10)
  expect([clock.next(), clock.now(), clock.pending]).toEqual([true, 10, 1])
  expect([clock.next(), clock.next()]).toEqual([true, false])
})

test('a cleared timer does not fire; clearing anything else is harmless', () => {
  const clock = createManualClock()
  const timer = clock.setTimeout(() => expect.unreachable(), 10)
  clock.clearTimeout(timer)
  clock.clearTimeout(timer)
  clock.clearTimeout(undefined)
  clock.advance(100)
  expect(clock.pending).toBe(0)
})

test('the same seed gives the same numbers', () => {
  const draw = (seed: number) => {
    const { float, int, pick, chance } = createRandom(seed)
    return [float(), int(1, 100), pick(['a', 'b', 'c']), chance(0.5)]
  }
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
})

test('whole numbers reach both ends of their range, and no further', () => {
  const random = createRandom(1)
  const drawn = new Set(Array.from({ length: 200 }, () => random.int(1, 3)))
  expect(drawn).toEqual(new Set([1, 2, 3]))
})
