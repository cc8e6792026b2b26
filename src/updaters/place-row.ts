/**
 * Where a row that is not in a list belongs, as far as the loaded rows can prove it.
 *
 * A list is right when its rows equal the server's up to the last one it holds. So a row beyond
 * the loaded rows is left out, a row among them is put in its place, and where that cannot be
 * told, the query is marked to be refetched.
 */

import type { Application, BeyondEnds, ListEnd } from '../application.ts'
import type { QueryInput } from '../rules.ts'
import type { Keyed } from './keyed-options.ts'
import { countRows, findRow, insertRow, type List, type Place } from './list.ts'

/** Where new rows go in a list that is ordered by arrival. */
export type Insert = 'first' | 'last'

export interface NewRow {
  readonly row: unknown
  readonly id: unknown
  /** The row's place before it changed, if it was in the list. */
  readonly former?: FormerPlace
}

export interface FormerPlace {
  readonly row: unknown
  readonly wasFirst: boolean
  readonly wasLast: boolean
}

export interface Placing {
  readonly keyed: Keyed
  readonly insert: Insert | undefined
  readonly input: QueryInput
  readonly application: Application | undefined
  readonly isInfinite: boolean
  /** What lies beyond the loaded rows. */
  readonly beyond: BeyondEnds
}

/** The pages with the row in its place, or as they were where that lies beyond them. */
export function placeRow(pages: List['pages'], added: NewRow, placing: Placing): List['pages'] {
  if (placing.keyed.compare !== undefined) return placeInOrder(pages, added, placing)
  if (placing.insert === undefined) {
    placing.application?.doubt(added.id)
    return pages
  }
  return placeByArrival(pages, added, placing.insert, placing)
}

/** What lies beyond a list: infinite queries know it of their pages, others by their limit. */
export function beyondList(
  list: List,
  keyed: Keyed,
  input: QueryInput,
  application: Application | undefined,
): BeyondEnds {
  if (list.isInfinite) return application?.beyondPages() ?? { start: 'nothing', end: 'unknown' }
  const limit = keyed.limitOf(input)
  if (limit === undefined) return { start: 'nothing', end: 'unknown' }
  return { start: 'nothing', end: countRows(list.pages) < limit ? 'nothing' : 'more rows' }
}

function placeInOrder(pages: List['pages'], added: NewRow, placing: Placing): List['pages'] {
  const { keyed, input, application, beyond } = placing
  const { row, id, former } = added
  const order = (other: unknown) => keyed.compare?.(row, other, input) ?? 0
  let isTied = false
  const next = findRow(pages, (other) => {
    const difference = order(other)
    if (difference === 0) isTied = true
    return difference < 0
  })
  if (isTied) application?.doubt(id)
  const isFirst = isFirstPlace(pages, next)
  // What was last and moved no further down is still before all rows beyond; likewise the first.
  const staysLast = former?.wasLast === true && order(former.row) <= 0
  const staysFirst = former?.wasFirst === true && order(former.row) >= 0
  const edges: ListEnd[] = []
  if (next === undefined && !staysLast) edges.push('end')
  if (isFirst && !staysFirst) edges.push('start')
  const outside = edges.find((edge) => beyond[edge] === 'more rows')
  if (outside !== undefined) {
    application?.leaveOut(outside)
    // With no row held there is nothing to tell by on which side of the window it is.
    if (countRows(pages) === 0) application?.doubt(id)
    return pages
  }
  if (edges.some((edge) => beyond[edge] === 'unknown')) application?.doubt(id)
  return insertRow(pages, seamOf(pages, next, application), row)
}

/** Whether no row comes before this place; undefined is behind the last. */
function isFirstPlace(pages: List['pages'], place: Place | undefined): boolean {
  if (place === undefined) return countRows(pages) === 0
  return place.row === 0 && pages.slice(0, place.page).every((rows) => rows.length === 0)
}

/** Before `next`, or at the end of the page before it where that is the page being added. */
function seamOf(
  pages: List['pages'],
  next: Place | undefined,
  application: Application | undefined,
): Place {
  if (next === undefined) return endOf(pages, pages.length - 1)
  const isSeam = next.row === 0 && next.page > 0
  return isSeam && application?.mode.seam === 'preceding' ? endOf(pages, next.page - 1) : next
}

function placeByArrival(
  pages: List['pages'],
  { row, id }: NewRow,
  insert: Insert,
  { keyed, application, beyond, isInfinite }: Placing,
): List['pages'] {
  const isFirst = insert === 'first'
  if ((isFirst ? beyond.start : beyond.end) === 'more rows') {
    if (isFirst) application?.shift()
    // Full: of the first rows, which the new one is not of, or of the last ones, which it is. The server knows.
    if (!isInfinite) application?.doubt(id)
    return pages
  }
  const foresight = application?.mode.foresight
  if (foresight?.isAny) {
    // The response was read after events still to come, so this row is older than theirs. If all
    // rows are theirs and more lie behind them, it is one of those; else its place is a guess.
    const areAllNewer = pages.every((rows) =>
      rows.every((each) => foresight.has(keyed.idOf(each))),
    )
    if (areAllNewer && (isFirst ? beyond.end : beyond.start) === 'more rows') return pages
    application?.doubt(id)
  }
  application?.addFresh(id)
  return insertRow(pages, isFirst ? { page: 0, row: 0 } : endOf(pages, pages.length - 1), row)
}

function endOf(pages: List['pages'], page: number): Place {
  return { page, row: pages[page]?.length ?? 0 }
}
