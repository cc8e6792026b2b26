/**
 * One updater run over one query's data: live, in a replay, or ahead of one.
 */

import { hasPages } from '../../updaters/list.ts'
import type { InfiniteData, Query } from '@tanstack/query-core'
import {
  Application,
  runWithin,
  type ApplicationMode,
  type Beyond,
  type BeyondEnds,
} from '../../application.ts'
import type { ActionContext } from '../../rules.ts'
import type { CompiledAction } from './compiled-action.ts'
import { hasFewerRows } from '../fetches/positions.ts'

export interface UpdaterResult {
  /** The new data; `old` itself where nothing changed. */
  readonly data: unknown
  /** Whether nothing proves the data right, so that a refetch is owed. */
  readonly isUnproven: boolean
  /** Whether all of the change is a keyed updater's: one that may be replayed without harm. */
  readonly isKeyed: boolean
  /** What a keyed updater looked for in vain. */
  readonly missing: Application['missing']
}

export interface UpdaterRun {
  readonly compiled: CompiledAction
  readonly query: Query
  readonly old: unknown
  readonly event: unknown
  readonly context: ActionContext
  readonly mode: ApplicationMode
}

/** Throws what the updater throws, and a TypeError where it returns a promise or a function. */
export function runUpdater(run: UpdaterRun): UpdaterResult {
  const { compiled, query, old, event, context, mode } = run
  const { updater } = compiled.action
  const application = new Application(context.input, mode, (data = old) =>
    beyondPages(query, data),
  )
  const result = runWithin(application, () => updater?.(old, event, context))
  if (result instanceof Promise) {
    result.catch(() => {
      // Refused below; whatever it comes to is not this query's.
    })
    throw new TypeError('the updater returned a promise')
  }
  // No data, but an updater that was not called, say.
  if (typeof result === 'function') throw new TypeError('the updater returned a function')
  const data = result === undefined ? old : result
  const { keyed } = application
  const isKeyed = keyed !== undefined && keyed.input === old && keyed.output === data
  if (!isKeyed && data !== old && hasFewerRows(data, old)) mode.memory.isShifted = true
  const { isUnproven, missing } = application
  return { data, isUnproven, isKeyed, missing }
}

/** Asks the query's own options whether there are pages it has not loaded. */
export function beyondPages(query: Query, data: unknown): BeyondEnds {
  if (!hasPages(data)) return { start: 'nothing', end: 'unknown' }
  const { getNextPageParam, getPreviousPageParam } = pagingOptions(query)
  return {
    // Without options, as a hydrated query that nobody has looked at, neither end is known.
    start: getPreviousPageParam
      ? beyond(data, 0, getPreviousPageParam)
      : getNextPageParam
        ? 'nothing'
        : 'unknown',
    end: getNextPageParam ? beyond(data, data.pages.length - 1, getNextPageParam) : 'unknown',
  }
}

function beyond(
  { pages, pageParams }: InfiniteData<unknown, unknown>,
  at: number,
  pageParamOf: PageParamFunction,
): Beyond {
  try {
    const pageParam = pageParamOf(pages[at], pages, pageParams[at], pageParams)
    return pageParam === null || pageParam === undefined ? 'nothing' : 'more rows'
  } catch {
    // It reads the last row, say, of a page whose rows have all been removed.
    return 'unknown'
  }
}

type PageParamFunction = (
  page: unknown,
  pages: InfiniteData<unknown, unknown>['pages'],
  pageParam: unknown,
  pageParams: InfiniteData<unknown, unknown>['pageParams'],
) => unknown

interface PagingOptions {
  readonly getNextPageParam?: PageParamFunction
  readonly getPreviousPageParam?: PageParamFunction
}

/** An infinite query's options are typed as any query's; these two are there beside. */
function pagingOptions({ options, observers }: Partial<Query>): PagingOptions {
  const own = (options ?? {}) as PagingOptions
  if (own.getNextPageParam !== undefined) return own
  // A query made by `setQueryData` has its observers' options only once it fetches.
  return (observers?.[0]?.options ?? own) as PagingOptions
}
