/**
 * Puts a freshly loaded page beside the pages as they are now.
 *
 * TanStack adds it to the pages as they were when the fetch started, and every event since then
 * would be lost on them. The new page was read meanwhile, and gets the events; the others have
 * had them.
 */

import type { InfiniteData } from '@tanstack/query-core'
import { itemsField, readList, removeRows, type List } from '../../updaters/list.ts'
import type { FetchInFlight } from './tracked-query.ts'

export type Pages = InfiniteData<unknown, unknown>

/** What identifies a row; undefined and null are nothing. */
export type RowIdentity = (row: unknown) => unknown

/** A page fetch's parts, sorted out of what TanStack put together. */
export interface NewPage {
  readonly direction: 'forward' | 'backward'
  readonly page: unknown
  /** The page params of the result; events never change them. */
  readonly pageParams: readonly unknown[]
}

/** The page a page fetch added; undefined where it added none. */
export function findNewPage(
  response: Pages,
  base: Pages,
  direction: NonNullable<FetchInFlight['direction']>,
): NewPage | undefined {
  const isForward = direction === 'forward'
  const page = response.pages.at(isForward ? -1 : 0)
  const neighbour = base.pages.at(isForward ? -1 : 0)
  // With no further page to load, TanStack hands the old pages back.
  if (page === neighbour && response.pages.length <= base.pages.length) return undefined
  return { direction, page, pageParams: response.pageParams }
}

export interface Grafted {
  readonly data: Pages
  /** Whether the new page has lost its outermost row, behind which the next page starts. */
  readonly isEroded: boolean
  /**
   * Whether the new page goes on where the others end: no row of theirs is behind one that it has
   * taken over, and it has not lost all of its own to them.
   */
  readonly isAdjoining: boolean
}

export interface GraftedInto {
  readonly current: Pages
  /** The pages as the fetch found them. */
  readonly base: Pages
  readonly idOf: RowIdentity
}

/**
 * The current pages with the new one, cut to as many as TanStack kept (`maxPages`).
 * A row of the new page that is on another one too has moved. It stays where it was read last,
 * unless an event changed it there since `base`.
 */
export function graftPage({ current, base, idOf }: GraftedInto, added: NewPage): Grafted {
  const { direction, page, pageParams } = added
  const count = pageParams.length
  const isForward = direction === 'forward'
  const pages = isForward ? [...current.pages, page] : [page, ...current.pages]
  const kept = isForward ? pages.slice(-count) : pages.slice(0, count)
  const at = isForward ? kept.length - 1 : 0
  const data = { ...current, pages: kept, pageParams: [...pageParams] }
  return withoutTwins({ current: data, base, idOf }, at)
}

function withoutTwins({ current: data, base, idOf }: GraftedInto, at: number): Grafted {
  const field = itemsField(data.pages[at])
  const list = readList(data, field)
  if (list === undefined || !tellsApart(list.pages, idOf))
    return { data, isEroded: false, isAdjoining: true }
  const added = new Set((list.pages[at] ?? []).map(idOf))
  added.delete(undefined)
  added.delete(null)
  const twins = new Map<unknown, unknown>()
  for (const [page, rows] of list.pages.entries()) {
    if (page === at) continue
    for (const row of rows) if (added.has(idOf(row))) twins.set(idOf(row), row)
  }
  if (twins.size === 0) return { data, isEroded: false, isAdjoining: true }
  const before = new Set(readList(base, field)?.pages.flat())
  const isTouched = (id: unknown) => !before.has(twins.get(id))
  const pages = removeRows(list.pages, (row, page) => {
    const id = idOf(row)
    return twins.has(id) && isTouched(id) === (page === at)
  })
  const outermost = at === 0 ? 0 : -1
  return {
    // A list is rebuilt in the shape it was read from.
    data: list.rebuild(pages) as Pages,
    isEroded: list.pages[at]?.at(outermost) !== pages[at]?.at(outermost),
    isAdjoining: pages[at]?.length !== 0 && isAdjoining(list.pages, pages, at),
  }
}

/** Whether the other pages have lost rows only where they meet the one at `at`. */
function isAdjoining(pages: List['pages'], kept: List['pages'], at: number): boolean {
  const othersOf = (all: List['pages']) => all.filter((_, page) => page !== at).flat()
  const before = othersOf(pages)
  const after = othersOf(kept)
  const offset = at === 0 ? before.length - after.length : 0
  return after.every((row, n) => row === before[n + offset])
}

/**
 * A response whose pages were read one after the other has a row twice if it moved down in
 * between. The copy that was read last stays.
 */
export function withoutTornRows(data: Pages, idOf: RowIdentity): Pages {
  const list = readList(data, itemsField(data.pages[0]))
  if (list === undefined || list.pages.length < 2 || !tellsApart(list.pages, idOf)) return data
  const lastPage = new Map<unknown, number>()
  for (const [page, rows] of list.pages.entries()) {
    for (const row of rows) lastPage.set(idOf(row), page)
  }
  lastPage.delete(undefined)
  lastPage.delete(null)
  const pages = removeRows(list.pages, (row, page) => {
    const last = lastPage.get(idOf(row))
    return last !== undefined && last !== page
  })
  // A list is rebuilt in the shape it was read from.
  return pages === list.pages ? data : (list.rebuild(pages) as Pages)
}

/** Whether rows have an identity by this: what two rows of one page have in common is none. */
function tellsApart(pages: readonly (readonly unknown[])[], idOf: RowIdentity): boolean {
  return pages.every((rows) => {
    const ids = rows.map(idOf).filter((id) => id !== undefined && id !== null)
    return new Set(ids).size === ids.length
  })
}
