/**
 * Compares a cache with what its own query functions answer now.
 */

import type { Query, QueryClient, QueryFunction } from '@tanstack/query-core'
import { isEqual } from '../equal.ts'
import { readList, hasPages } from '../updaters/list.ts'
import type { ManualClock } from './manual-clock.ts'
import { settle } from './settle.ts'

export interface ConvergedOptions {
  /** Which queries are compared. @default all that have data and a query function */
  readonly filter?: (query: Query) => boolean
  /**
   * Whether a list may hold more or fewer rows than a fetch of it brings: its rows, over all pages,
   * must then equal the answer's as far as both go. @default infinite queries only
   */
  readonly upToLastRow?: boolean | ((query: Query) => boolean)
  /** The field of a page that holds its rows, where a page is not an array. @default 'items' */
  readonly items?: string
  /** The clock that query functions sleep on, moved on while they are asked. */
  readonly clock?: ManualClock
}

/**
 * Resolves if every query with data equals what its `queryFn` answers now; infinite queries page
 * by page, from their first page param on. Call it when all is `quiet`.
 *
 * @throws Error that names the first query that differs, with both values.
 */
export async function expectConverged(
  queryClient: QueryClient,
  options: ConvergedOptions = {},
): Promise<void> {
  for (const query of queryClient.getQueryCache().getAll()) {
    const queryFn = queryFnOf(queryClient, query)
    if (query.state.data === undefined || queryFn === undefined) continue
    if (options.filter?.(query) ?? true) await compare(queryClient, query, queryFn, options)
  }
}

async function compare(
  client: QueryClient,
  query: Query,
  queryFn: QueryFunction,
  options: ConvergedOptions,
): Promise<void> {
  const { upToLastRow = hasPages(query.state.data) } = options
  const isOpen = typeof upToLastRow === 'function' ? upToLastRow(query) : upToLastRow
  const ask = (page?: PageRequest) => {
    const signal = new AbortController().signal
    const context = { client, queryKey: query.queryKey, meta: query.meta, signal, ...page }
    return waitFor(async () => queryFn(context as never), options.clock)
  }
  const cached = query.state.data
  const answer = hasPages(cached) ? await askPages(query, ask) : await ask()
  const field = options.items ?? 'items'
  const isRight = isOpen ? isSameStart(cached, answer, field) : isEqual(cached, answer)
  if (!isRight) throw differs(query, cached, answer)
}

interface PageRequest {
  readonly pageParam: unknown
  readonly direction: 'forward'
}

/** As a refetch does it: the first page param is kept, the others follow from the answers. */
async function askPages(query: Query, ask: (page: PageRequest) => Promise<unknown>) {
  const held = query.state.data
  const { getNextPageParam } = pagingOf(query)
  const pages: unknown[] = []
  const pageParams: unknown[] = []
  if (!hasPages(held)) return { pages, pageParams }
  let pageParam = held.pageParams[0]
  while (pages.length < held.pages.length) {
    pages.push(await ask({ pageParam, direction: 'forward' }))
    pageParams.push(pageParam)
    const next = getNextPageParam?.(pages.at(-1), pages, pageParam, pageParams)
    if (next === null || next === undefined) break
    pageParam = next
  }
  return { pages, pageParams }
}

function isSameStart(cached: unknown, answer: unknown, field: string): boolean {
  const held = readList(cached, field)?.pages.flat()
  const told = readList(answer, field)?.pages.flat()
  if (held === undefined || told === undefined) return isEqual(cached, answer)
  const count = Math.min(held.length, told.length)
  return isEqual(held.slice(0, count), told.slice(0, count))
}

/** Waits for an answer while moving the clock that it may be waiting for. */
async function waitFor<Answer>(
  ask: () => Promise<Answer>,
  clock: ManualClock | undefined,
): Promise<Answer> {
  const state = { isAnswered: false }
  const answer = ask().finally(() => {
    state.isAnswered = true
  })
  answer.catch(() => {
    // Thrown below, where somebody waits for it.
  })
  await settle()
  while (!state.isAnswered && clock?.next()) await settle()
  return answer
}

function queryFnOf(client: QueryClient, query: Query): QueryFunction | undefined {
  const { queryFn } = client.defaultQueryOptions({ ...query.options, queryKey: query.queryKey })
  const own = queryFn ?? query.observers[0]?.options.queryFn
  // `skipToken` is a symbol.
  return typeof own === 'function' ? (own as QueryFunction) : undefined
}

type GetPageParam = (
  page: unknown,
  pages: readonly unknown[],
  pageParam: unknown,
  pageParams: readonly unknown[],
) => unknown

/** An infinite query's options are typed as any query's; this one is there beside. */
function pagingOf({ options, observers }: Query): { getNextPageParam?: GetPageParam } {
  return { ...observers[0]?.options, ...options } as { getNextPageParam?: GetPageParam }
}

function differs({ queryHash }: Query, cached: unknown, answer: unknown): Error {
  const lines = [
    `Query ${queryHash} does not equal what its queryFn answers.`,
    `  cached: ${JSON.stringify(cached)}`,
    `  answer: ${JSON.stringify(answer)}`,
  ]
  return new Error(lines.join('\n'))
}
