/** A refetch that an event asks for while a mutation is under way, whose optimistic change is shown. */

import { MutationObserver } from '@tanstack/query-core'
import { defineSyncRules } from '@iron-stack/sync'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defer } from '../support/defer.ts'
import { observe, startEngine } from '../support/engine.ts'
import { pass } from '../support/slow-server.ts'

const KEY = ['rows']

const rules = defineSyncRules<{ 'rows:touched': Record<string, never> }>({
  'rows:touched': { room: 'rows', actions: [{ queryKey: KEY, action: 'invalidate' }] },
})

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

async function start() {
  const { queryClient, send } = startEngine(rules)
  const { fetches } = observe(queryClient, KEY, [[]])
  await pass(1000)
  return {
    fetches,
    touch: () => send('rows:touched', {}),
    /** Starts a mutation, and returns what ends it. */
    mutate() {
      const done = defer<void>()
      const mutation = new MutationObserver(queryClient, { mutationFn: () => done.promise })
      void mutation.mutate()
      return done.resolve
    },
  }
}

test('it starts when the mutation has ended', async () => {
  const { fetches, touch, mutate } = await start()
  const end = mutate()
  touch()
  await pass(2000)
  expect(fetches()).toBe(1)
  end()
  await pass(100)
  expect(fetches()).toBe(2)
})

test('it waits for five seconds at most, each time', async () => {
  const { fetches, touch, mutate } = await start()
  const end = mutate()
  touch()
  await pass(4900)
  expect(fetches()).toBe(1)
  await pass(200)
  expect(fetches()).toBe(2)
  end()
  await pass(60_000)
  mutate()
  touch()
  await pass(4900)
  expect(fetches()).toBe(2)
  await pass(200)
  expect(fetches()).toBe(3)
})
