/** The conformance suite for logs, on those that need nothing installed; and on some that are wrong. */

import { memoryLog, type EventLog } from '@iron-stack/sync/server'
import { createMemoryHub, logConformance } from '@iron-stack/sync/testing'
import { describe, expect, test } from 'vitest'

describe('the log in memory', () => {
  const claims = logConformance.filter(({ isShared }) => !isShared)
  test.each(claims)('$name', async ({ run }) => {
    const open = () => [memoryLog({ maxEventsPerRoom: 100 })]
    await expect(run({ open, maxEventsPerRoom: 100 })).resolves.toBeUndefined()
  })
})

describe('the log that nodes of one process share', () => {
  const open = (nodes: number) => {
    const hub = createMemoryHub({ maxEventsPerRoom: 100, latencyMs: () => Math.random() * 5 })
    return Array.from({ length: nodes }, () => hub.join())
  }
  test.each(logConformance)('$name', async ({ run }) => {
    await expect(run({ open, maxEventsPerRoom: 100 })).resolves.toBeUndefined()
  })
})

describe('the suite finds a log', () => {
  /** Which claims fail of a log that is wrong in one way. */
  async function failures(spoil: (log: EventLog) => Partial<EventLog>): Promise<string[]> {
    const failed: string[] = []
    for (const { name, run } of logConformance) {
      const hub = createMemoryHub()
      const open = (nodes: number) =>
        Array.from({ length: nodes }, () => {
          const log = hub.join()
          return { ...log, ...spoil(log) }
        })
      await run({ open, patienceMs: 100 }).catch(() => failed.push(name))
    }
    return failed
  }

  test('that counts from 0', async () => {
    const failed = await failures((log) => ({
      append: async (events, options) =>
        (await log.append(events, options)).map(({ id, places }) => ({
          id,
          places: places.map(([handle, offset]) => [handle, offset - 1] as const),
        })),
    }))
    expect(failed).toContain('offsets of a room count from 1, without holes')
  })

  test('that tells a node only what others append', async () => {
    const failed = await failures((log) => {
      const own = new Set<string>()
      return {
        async append(events, options) {
          const appended = await log.append(events, options)
          for (const { id } of appended) own.add(id)
          return appended
        },
        follow: (follower) =>
          log.follow?.({
            ...follower,
            deliver: (events) => follower.deliver(events.filter(({ id }) => !own.has(id))),
          }) ?? (() => {}),
      }
    })
    expect(failed).toContain('each node is told what any of them appends, itself too')
  })

  test('whose barrier waits for nobody', async () => {
    const failed = await failures(() => ({ barrier: async () => {} }))
    expect(failed).toEqual(['a barrier waits until every node was told of what was before'])
  })

  test('whose clock is ahead', async () => {
    const failed = await failures((log) => ({ now: () => log.now() + 1000 }))
    expect(failed).toContain('an event is never older than the time before it was appended')
  })
})
