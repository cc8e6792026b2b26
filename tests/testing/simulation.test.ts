/** A few histories of the simulation with each test run, and that its faults still mean something. */

import { notifyManager } from '@tanstack/query-core'
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { FAULTS } from '../../simulation/faults.ts'
import { makeHistory } from '../../simulation/history.ts'
import { runHistory } from '../../simulation/run-history.ts'

beforeAll(() => {
  notifyManager.setScheduler(queueMicrotask)
})

test('in 60 random histories no query ends or looks wrong (`npm run simulate` has more)', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { violations } = await runHistory(makeHistory(seed), 'sync')
    expect({ seed, violations }).toEqual({ seed, violations: [] })
  }
}, 60_000)

test('the same histories break what people write by hand', async () => {
  const broken = { set: 0, cancel: 0, invalidate: 0 }
  for (let seed = 1; seed <= 12; seed++) {
    for (const bridge of ['set', 'cancel', 'invalidate'] as const) {
      const { violations } = await runHistory(makeHistory(seed), bridge)
      if (violations.length > 0) broken[bridge]++
    }
  }
  expect(Math.min(...Object.values(broken))).toBeGreaterThan(2)
})

test('the same seed gives the same trace', async () => {
  const first = await runHistory(makeHistory(7), 'sync')
  const second = await runHistory(makeHistory(7), 'sync')
  expect(second.trace).toBe(first.trace)
})

test.each(Object.entries(FAULTS))('fault "%s" finds its place in the source', (_, fault) => {
  const source = readFileSync(fault.file, 'utf8')
  expect(source.split(fault.find)).toHaveLength(2)
})
