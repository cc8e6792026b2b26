/** Orders in which messages come only now and then. */

import { QueryClient, QueryObserver } from '@tanstack/query-core'
import { defineSyncRules, updateItem, upsertItem } from '@iron-stack/sync'
import { createSyncEngine, type SyncEngineOptions } from '@iron-stack/sync/engine'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock, type Clock } from '../../src/clock.ts'
import { FRAME, HELLO, MEMBER, PULL, ROOMS } from '../../src/control.ts'
import { openSpokenSocket } from '../support/spoken-socket.ts'
import { until } from '../support/until.ts'

interface Row {
  readonly id: number
  readonly text: string
}

interface Events {
  'row:new': Row
  'row:edited': Row
  'rows:touched': Record<string, never>
}

const KEY = ['rows']

const rules = defineSyncRules<Events>({
  // The list may have rows of many rooms.
  'row:new': {
    room: 'row:{id}',
    actions: [{ queryKey: KEY, action: 'direct', updater: upsertItem({ insert: 'first' }) }],
  },
  'row:edited': {
    room: 'rows',
    actions: [{ queryKey: KEY, action: 'direct', updater: updateItem() }],
  },
  'rows:touched': { room: 'others', actions: [{ queryKey: KEY, action: 'invalidate' }] },
})

const row = (id: number, text: string): Row => ({ id, text })

/** A page that is in its rooms. */
function openPage(options: SyncEngineOptions = {}) {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const { socket, say, asked } = openSpokenSocket()
  onTestFinished(createSyncEngine(queryClient, socket, rules, { random: () => 0, ...options }))
  const connect = (head: number) => {
    say(HELLO, { v: 1, e: 'epoch', t: 1000, f: 1 })
    say(ROOMS, [
      ['user', 'user:ada', 'u', 0],
      ['joined', 'rows', 'r', 0, 0],
      ['joined', 'row:7', 's', head, 0],
      ['joined', 'others', 'o', 0, 0],
      ['settled'],
    ])
  }
  connect(0)
  const placed = (id: string, handle: string, offset: number) => ({
    e: 'epoch',
    i: id,
    p: [[handle, offset]],
  })
  return { queryClient, connect, say, asked, placed }
}

/** Somebody who looks at the list; its API answers in turn, and an Error is an answer, too. */
function look(queryClient: QueryClient, answers: readonly (readonly Row[] | Error)[]) {
  let fetches = 0
  const observer = new QueryObserver<readonly Row[]>(queryClient, {
    queryKey: KEY,
    staleTime: Infinity,
    async queryFn() {
      const answer = answers[Math.min(fetches++, answers.length - 1)]
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (answer === undefined || answer instanceof Error) throw answer
      return structuredClone(answer)
    },
  })
  const shown: unknown[] = []
  onTestFinished(observer.subscribe(({ data }) => shown.push(data)))
  const fetched = (count: number) =>
    until(() => {
      expect(fetches).toBe(count)
      expect(queryClient.isFetching()).toBe(0)
    })
  return { shown, fetched }
}

test('what was missed in a room is not shown when the user has been thrown out of it by then', async () => {
  const { queryClient, connect, say, asked, placed } = openPage()
  const { shown, fetched } = look(queryClient, [[row(1, 'mine')], new Error('the network')])
  await fetched(1)
  say('disconnect')
  connect(1)
  await until(() => expect(asked(PULL)).toHaveLength(1))
  say(MEMBER, ['leave', 'row:7'], placed('left', 'u', 1))
  asked(PULL)[0]?.({
    r: [['events', 's', 1, 1, 0]],
    ev: [['row:new', row(7, 'secret'), 'new', [['s', 1]], 1000]],
  })
  await fetched(2)
  expect(shown.at(-1)).toEqual([row(1, 'mine')])
  expect(JSON.stringify(shown)).not.toContain('secret')
})

test('what was held until its turn, in a frame, goes over the answer of a fetch that starts in it', async () => {
  let asked = 0
  // Time goes on while a packet is received.
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + ++asked / 1000 }
  const { queryClient, say, placed } = openPage({ clock })
  const { fetched } = look(queryClient, [[row(1, 'a')], [row(1, 'c')]])
  await fetched(1)
  say('row:edited', row(1, 'c'), placed('second', 'r', 2))
  say(FRAME, [
    ['rows:touched', {}, placed('touched', 'o', 1)],
    // What was applied is written before it, and the refetch starts.
    [MEMBER, ['join', 'elsewhere'], placed('joined', 'u', 1)],
    ['row:edited', row(1, 'b'), placed('first', 'r', 1)],
  ])
  await fetched(2)
  expect(queryClient.getQueryData(KEY)).toEqual([row(1, 'c')])
})
