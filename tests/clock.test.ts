/** The engine's own clock. */

import { afterEach, expect, test, vi } from 'vitest'
import { systemClock } from '../src/clock.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('time that the machine slept counts, though its monotone clock stood still', () => {
  const before = systemClock.now()
  const asleep = Date.now() + 60_000
  vi.spyOn(Date, 'now').mockReturnValue(asleep)
  expect(systemClock.now() - before).toBeGreaterThanOrEqual(59_900)
})

test('a wall clock that is set back moves it neither back nor on', () => {
  const before = systemClock.now()
  vi.spyOn(Date, 'now').mockReturnValue(0)
  const after = systemClock.now()
  expect(after).toBeGreaterThanOrEqual(before)
  expect(after - before).toBeLessThan(1000)
})
