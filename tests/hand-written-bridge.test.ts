/** What the README says of `setQueryData` in a listener: if TanStack Query changes, so must it. */

import { EventEmitter } from 'node:events'
import { QueryClient, QueryObserver } from '@tanstack/query-core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

const KEY = ['todos']

function createClient(): QueryClient {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  onTestFinished(() => queryClient.clear())
  return queryClient
}

describe('setQueryData in a listener', () => {
  test('marks the query fresh', () => {
    const queryClient = createClient()
    queryClient.setQueryData(KEY, ['a'], { updatedAt: 1000 })
    queryClient.setQueryData<string[]>(KEY, (old) => old && [...old, 'b'])
    expect(queryClient.getQueryState(KEY)?.dataUpdatedAt).toBeGreaterThan(1000)
  })

  test('clears isInvalidated', async () => {
    const queryClient = createClient()
    queryClient.setQueryData(KEY, ['a'])
    await queryClient.invalidateQueries({ queryKey: KEY })
    queryClient.setQueryData<string[]>(KEY, (old) => old && [...old, 'b'])
    expect(queryClient.getQueryState(KEY)?.isInvalidated).toBe(false)
  })

  test('with a default makes an entry, which is never fetched while it is fresh', async () => {
    const queryClient = createClient()
    queryClient.setQueryData<string[]>(KEY, (old = []) => [...old, 'b'])
    const fetched = vi.fn<() => Promise<string[]>>().mockResolvedValue(['a', 'b'])
    const observer = new QueryObserver(queryClient, {
      queryKey: KEY,
      queryFn: fetched,
      staleTime: Infinity,
    })
    onTestFinished(observer.subscribe(() => {}))
    expect(observer.getCurrentResult().data).toEqual(['b'])
    expect(fetched).not.toHaveBeenCalled()
  })

  test('turns a query that has failed into one that has succeeded', async () => {
    const queryClient = createClient()
    const failing = () => Promise.reject(new Error('down'))
    await queryClient.prefetchQuery({ queryKey: KEY, queryFn: failing })
    expect(queryClient.getQueryState(KEY)?.status).toBe('error')
    queryClient.setQueryData<string[]>(KEY, (old = []) => [...old, 'b'])
    expect(queryClient.getQueryState(KEY)?.status).toBe('success')
  })

  test('copies rows that merely moved', () => {
    const queryClient = createClient()
    const rows = [
      { id: 1, n: {} },
      { id: 2, n: {} },
      { id: 3, n: {} },
      { id: 4, n: {} },
    ]
    queryClient.setQueryData(KEY, rows)
    queryClient.setQueryData<object[]>(KEY, (old) => old && [{ id: 5, n: {} }, ...old])
    const kept = queryClient
      .getQueryData<object[]>(KEY)
      ?.filter((row) => rows.includes(row as never))
    expect(kept?.length).toBeLessThan(4)
  })

  test('by path meets plain and infinite queries alike', () => {
    const queryClient = createClient()
    queryClient.setQueryData([['m', 'l'], { type: 'query' }], ['a'])
    queryClient.setQueryData([['m', 'l'], { type: 'infinite' }], {
      pages: [['a']],
      pageParams: [null],
    })
    expect(() =>
      queryClient.setQueriesData<string[]>(
        { queryKey: [['m', 'l']] },
        (old) => old && [...old, 'b'],
      ),
    ).toThrow('not iterable')
  })

  test('whose updater throws keeps the listeners after it from the event', () => {
    const queryClient = createClient()
    queryClient.setQueryData(KEY, ['a'])
    const socket = new EventEmitter()
    const later = vi.fn<() => void>()
    socket.on('x', () =>
      queryClient.setQueryData(KEY, () => {
        throw new Error('oops')
      }),
    )
    socket.on('x', later)
    expect(() => socket.emit('x')).toThrow('oops')
    expect(later).not.toHaveBeenCalled()
  })
})

test('removeQueries leaves the data of a mounted component on the screen', () => {
  const queryClient = createClient()
  queryClient.setQueryData(KEY, ['a'])
  const observer = new QueryObserver(queryClient, { queryKey: KEY, enabled: false })
  const listener = vi.fn<() => void>()
  onTestFinished(observer.subscribe(listener))
  queryClient.removeQueries({ queryKey: KEY })
  expect(listener).not.toHaveBeenCalled()
  expect(observer.getCurrentResult().data).toEqual(['a'])
})
