/**
 * What the updaters promise, done in the plainest way: all rows in one array, each with the number
 * of its page.
 *
 * The order of the rows is what the documentation says. Of pages it says less; kept is this: a row
 * that is changed and stays between the same rows stays on its page, a row that is new or moves
 * comes to the page of the row that follows it, or to the last one.
 */

import { byRank, isOpen, type Change, type Pages, type Row, type Setup } from './setups.ts'

interface Placed {
  readonly row: Row
  readonly page: number
}

/** The pages after a change. */
export function expectedPages(setup: Setup, pages: Pages, change: Change): Pages {
  // No page, no place for a row.
  if (pages.length === 0) return pages
  const before = pages.flatMap((rows, page) => rows.map((row) => ({ row, page })))
  const after = expectedRows(setup, before, change, pages.length)
  const kept = setup.shape.isInfinite ? after : after.slice(0, setup.limit ?? Infinity)
  return pages.map((_, page) => kept.filter((each) => each.page === page).map(({ row }) => row))
}

/** Whether a change leaves a list short that was at its limit: such a list is refetched. */
export function isShortened({ shape, limit }: Setup, before: Pages, after: Pages): boolean {
  if (shape.isInfinite || limit === undefined) return false
  return before.flat().length >= limit && after.flat().length < limit
}

function expectedRows(
  setup: Setup,
  before: readonly Placed[],
  { does, row }: Change,
  pageCount: number,
): readonly Placed[] {
  const { order, isVersioned, isFiltered, limit, shape } = setup
  const held = before.find((each) => each.row.id === row.id)
  const others = before.filter((each) => each.row.id !== row.id)
  const isFull = !shape.isInfinite && limit !== undefined && before.length >= limit
  const belongs = !isFiltered || isOpen(row)

  if (does === 'remove') {
    if (held === undefined) return before
    return isVersioned && held.row.version > row.version ? before : others
  }

  if (held === undefined) {
    if (does === 'update' || !belongs) return before
    if (order === 'first') return [{ row, page: 0 }, ...others]
    if (order === 'none' || (order === 'last' && isFull)) return before
    if (order === 'last') return [...others, { row, page: pageCount - 1 }]
  } else {
    if (isVersioned && row.version <= held.row.version) return before
    if (!belongs) return others
    if (order !== 'compare')
      return before.map((each) => (each === held ? { ...each, row } : each))
  }

  const next = others.find((each) => byRank(row, each.row) < 0)
  const at = next === undefined ? others.length : others.indexOf(next)
  const isWhereItWas = held !== undefined && before.indexOf(held) === at
  const page = isWhereItWas ? held.page : (next?.page ?? pageCount - 1)
  // Behind the last row of a full list there may be rows that belong before it.
  const isNearer = isWhereItWas && byRank(row, held.row) <= 0
  if (isFull && next === undefined && !isNearer) return others
  return [...others.slice(0, at), { row, page }, ...others.slice(at)]
}
