/**
 * Updaters for the shapes that lists come in, so that rules need not spell them out.
 *
 * An updater never mutates, keeps every row and page it did not change, and returns `old` itself
 * where there is nothing to do.
 */

import type { ActionContext } from './rules.ts'

export interface PageOptions {
  /** The field of a page that holds its rows, where a page is not an array. Default: `'items'`. */
  readonly items?: string
}

/**
 * Puts `item` in front of the first page of an infinite query's data.
 *
 * A row with the same `id` on any page is replaced where it stands. Pages are arrays, or objects
 * that hold one. Data of another shape, and `undefined`, are returned as they came.
 * Fits `updater` as it is, and inside one: `(old, event) => prependToFirstPage(old, event)`.
 */
export function prependToFirstPage<Data>(
  old: Data,
  item: unknown,
  options?: PageOptions | ActionContext,
): Data {
  const field = options && 'items' in options ? (options.items ?? 'items') : 'items'
  if (!isInfiniteData(old)) return old
  const pages = replaceRow(old.pages, item, field) ?? prependRow(old.pages, item, field)
  return pages === undefined ? old : { ...old, pages }
}

type Pages = readonly unknown[]

/** The pages with the row of the same id replaced; undefined where no page has it. */
function replaceRow(pages: Pages, item: unknown, field: string): Pages | undefined {
  const id = idOf(item)
  if (id === undefined) return undefined
  for (const [position, page] of pages.entries()) {
    const place = rowsOf(page, field)?.findIndex((row) => idOf(row) === id) ?? -1
    if (place >= 0) {
      return pages.with(
        position,
        withRows(page, field, (rows) => rows.with(place, item)),
      )
    }
  }
  return undefined
}

function prependRow(pages: Pages, item: unknown, field: string): Pages | undefined {
  if (rowsOf(pages[0], field) === undefined) return undefined
  return pages.with(
    0,
    withRows(pages[0], field, (rows) => [item, ...rows]),
  )
}

function rowsOf(page: unknown, field: string): readonly unknown[] | undefined {
  const rows = isRecord(page) && !Array.isArray(page) ? page[field] : page
  return Array.isArray(rows) ? rows : undefined
}

function withRows(
  page: unknown,
  field: string,
  change: (rows: readonly unknown[]) => readonly unknown[],
): unknown {
  const rows = change(rowsOf(page, field) ?? [])
  return isRecord(page) && !Array.isArray(page) ? { ...page, [field]: rows } : rows
}

function idOf(row: unknown): unknown {
  return isRecord(row) ? row['id'] : undefined
}

function isInfiniteData(data: unknown): data is { readonly pages: Pages } {
  return isRecord(data) && Array.isArray(data['pages'])
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
