/**
 * Puts the events that arrived during a page fetch over what it brought: the new page beside the
 * pages as they are now, and the journal over the whole.
 */

import { createListMemory, type ListEnd, type ListMemory } from '../../application.ts'
import type { Query } from '@tanstack/query-core'
import { hasPages, replaceAt } from '../../updaters/list.ts'
import {
  findNewPage,
  graftPage,
  withoutTornRows,
  type Pages,
  type RowIdentity,
} from './graft-page.ts'
import { endsInPosition } from './positions.ts'
import { rebase, type Rebased } from './rebase.ts'
import { beyondPages } from '../actions/run-updater.ts'
import type { JournalEntry } from './fetch-journal.ts'
import type { FetchInFlight } from './tracked-query.ts'

export interface PageResponse {
  readonly query: Query
  /** What TanStack made of the page, and the pages as they were. */
  readonly data: unknown
  readonly fetch: FetchInFlight
  /** The events that the response may not know. */
  readonly entries: readonly JournalEntry[]
  readonly memory: ListMemory
  readonly idOf: RowIdentity
}

/** Undefined where this is no page fetch, or its data are no pages. */
export function rebasePage(response: PageResponse): Rebased | undefined {
  const { query, data, fetch, entries, memory, idOf } = response
  const { base, direction } = fetch
  const current: unknown = query.state.data
  if (direction === undefined || !hasPages(data) || !hasPages(base) || !hasPages(current)) {
    return undefined
  }
  const added = findNewPage(data, base, direction)
  if (added === undefined) return { data: current, isUnproven: false, isKeyed: true }
  const isForward = direction === 'forward'
  const seam = isForward ? 'following' : 'preceding'
  if (current.pages.length !== base.pages.length) {
    // Somebody has cut or added pages by hand: nothing here fits together any more.
    const single = withoutTornRows(data, idOf)
    return { ...rebase({ query, data: single, entries, memory, seam }), isUnproven: true }
  }
  const { data: whole, isEroded, isAdjoining } = graftPage({ current, base, idOf }, added)
  const hadHole = startNewEnd(memory, isForward ? 'end' : 'start', isEroded)
  const isMisplaced = (memory.isShifted || !isAdjoining) && endsInPosition(data, direction)
  const mayHaveHole = hadHole || hidesDroppedRows({ query, whole, current, isForward, memory })
  const isUnproven = mayHaveHole || isMisplaced || fetch.isOverwritten
  const rebased = rebase({ query, data: whole, entries, memory, seam })
  if (rebased.isKeyed) return { ...rebased, isUnproven: rebased.isUnproven || isUnproven }
  // A closure has had its effect on the current pages; only the new page's outcome is taken.
  const replayed = rebase({ query, data, entries, memory: createListMemory(), seam }).data
  const page = hasPages(replayed) ? replayed.pages.at(isForward ? -1 : 0) : undefined
  const at = isForward ? whole.pages.length - 1 : 0
  const pages = page === undefined ? whole.pages : replaceAt(whole.pages, at, page)
  return { data: { ...whole, pages }, isUnproven: true, isKeyed: false }
}

/** The new page has an end of its own. Tells whether the old one hid a row between them. */
function startNewEnd(memory: ListMemory, end: ListEnd, isEroded: boolean): boolean {
  const { hasHole } = memory
  memory.hasHole = false
  // What was an end lies between two pages now.
  if (memory.eroded?.delete(end)) memory.eroded.add('seam')
  if (isEroded) memory.eroded = (memory.eroded ?? new Set()).add(end)
  return hasHole
}

interface Drop {
  readonly query: Query
  readonly whole: Pages
  readonly current: Pages
  readonly isForward: boolean
  readonly memory: ListMemory
}

/**
 * With `maxPages` a page falls out at the other end. The page that is outermost then may say that
 * there is nothing beyond it: there was nothing when it was read, but rows have come since. And if
 * a row between two pages has gone, the dropped page may have held one that no page will bring.
 */
function hidesDroppedRows({ query, whole, current, isForward, memory }: Drop): boolean {
  if (whole.pages.length > current.pages.length) return false
  const { start, end } = beyondPages(query, whole)
  return (isForward ? start : end) === 'nothing' || memory.eroded?.has('seam') === true
}
