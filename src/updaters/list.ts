/**
 * One view of the shapes that lists come in: an array of rows, a page object that holds one, and
 * the pages of an infinite query, of either kind.
 *
 * Rows are addressed by their place over all pages. Every change keeps the identity of the rows
 * and pages it does not touch.
 */

import { isRecord } from '../is-record.ts'

/** The data of an infinite query, as TanStack Query has it. */
export interface Pages {
  pages: unknown[]
  pageParams: unknown[]
}

export interface List {
  readonly pages: readonly (readonly unknown[])[]
  readonly isInfinite: boolean
  /** The data in its own shape, with these pages; pages that are the same object stay. */
  readonly rebuild: (pages: readonly (readonly unknown[])[]) => unknown
}

/** A row's place: which page, and where in it. */
export interface Place {
  readonly page: number
  readonly row: number
}

/** @param field - where a page object keeps its rows. Undefined for data that is no list. */
export function readList(data: unknown, field: string): List | undefined {
  if (hasPages(data)) {
    const shells = data.pages
    const pages = shells.map((shell) => rowsOf(shell, field))
    if (pages.length === 0 || !pages.every((page) => page !== undefined)) return undefined
    return {
      pages,
      isInfinite: true,
      rebuild: (next) => ({
        ...data,
        pages: next.map((rows, n) => fill(shells[n], rows, field)),
      }),
    }
  }
  const rows = rowsOf(data, field)
  if (rows === undefined) return undefined
  return {
    pages: [rows],
    isInfinite: false,
    rebuild: (next) => fill(data, next[0] ?? [], field),
  }
}

/** The one field of a page object that holds an array: its rows, where no rule says which. */
export function itemsField(page: unknown): string {
  if (!isRecord(page)) return 'items'
  const arrays = Object.entries(page).filter(([, value]) => Array.isArray(value))
  return arrays.length === 1 ? (arrays[0]?.[0] ?? 'items') : 'items'
}

/** Whether data is an infinite query's that has no page: a list, with no place for any row. */
export function hasNoPage(data: unknown): boolean {
  return hasPages(data) && data.pages.length === 0
}

/** Whether data is an infinite query's. A plain page may have a field `pages` of its own. */
export function hasPages(data: unknown): data is Pages {
  return isRecord(data) && Array.isArray(data['pages']) && Array.isArray(data['pageParams'])
}

/** The first place of a row for which `test` is true. */
export function findRow(
  pages: List['pages'],
  test: (row: unknown) => boolean,
): Place | undefined {
  for (const [page, rows] of pages.entries()) {
    const row = rows.findIndex(test)
    if (row >= 0) return { page, row }
  }
  return undefined
}

/** Which row is meant: the one of which `idOf` says `id`. */
export interface RowId {
  readonly idOf: (row: unknown) => unknown
  readonly id: unknown
}

/**
 * The first place of a row with this id, behind `after` where that is given. Plain loops: on a long
 * list, the search is most of what an event costs.
 */
export function findById(
  pages: List['pages'],
  { idOf, id }: RowId,
  after: Place = { page: 0, row: -1 },
): Place | undefined {
  for (let page = after.page; page < pages.length; page++) {
    const rows = pages[page] ?? []
    const start = page === after.page ? after.row + 1 : 0
    for (let row = start; row < rows.length; row++) {
      if (idOf(rows[row]) === id) return { page, row }
    }
  }
  return undefined
}

/** The pages with one row replaced. */
export function replaceRow(pages: List['pages'], place: Place, row: unknown): List['pages'] {
  return withPage(pages, place.page, (rows) => replaceAt(rows, place.row, row))
}

/** The pages with `row` put in at `place`. */
export function insertRow(pages: List['pages'], place: Place, row: unknown): List['pages'] {
  // Unlike a spread behind another element, this copies without a look at each row.
  return withPage(pages, place.page, (rows) =>
    place.row === 0
      ? [row].concat(rows)
      : rows.slice(0, place.row).concat([row], rows.slice(place.row)),
  )
}

/** The pages without the rows for which `test` is true. */
export function removeRows(
  pages: List['pages'],
  test: (row: unknown, page: number, at: number) => boolean,
): List['pages'] {
  const next = pages.map((rows, page) => {
    const kept = rows.filter((row, at) => !test(row, page, at))
    return kept.length === rows.length ? rows : kept
  })
  return next.every((rows, page) => rows === pages[page]) ? pages : next
}

export function countRows(pages: List['pages']): number {
  return pages.reduce((count, rows) => count + rows.length, 0)
}

function withPage(
  pages: List['pages'],
  page: number,
  change: (rows: readonly unknown[]) => readonly unknown[],
): List['pages'] {
  return replaceAt(pages, page, change(pages[page] ?? []))
}

/** A copy with one element replaced. */
export function replaceAt<Item>(items: readonly Item[], at: number, item: Item): Item[] {
  const copy = [...items]
  copy[at] = item
  return copy
}

function rowsOf(shell: unknown, field: string): readonly unknown[] | undefined {
  const rows = isRecord(shell) ? shell[field] : shell
  return Array.isArray(rows) ? rows : undefined
}

function fill(shell: unknown, rows: readonly unknown[], field: string): unknown {
  if (!isRecord(shell)) return rows
  return shell[field] === rows ? shell : { ...shell, [field]: rows }
}
