/**
 * Pages that are asked for by where they begin, as by number or offset, and not by a row.
 *
 * When a row has gone, such a page begins one row too late: the first of its rows stands on the page
 * before, as the server has it, and is on none of those that are loaded. A row that was added is no
 * harm: what comes twice is seen.
 */

import type { InfiniteData } from '@tanstack/query-core'
import { isRecord } from '../../is-record.ts'
import { countRows, hasPages, itemsField, readList, type List } from '../../updaters/list.ts'
import type { FetchInFlight } from './tracked-query.ts'

/** Whether an updater has made the pages fewer rows. */
export function hasFewerRows(data: unknown, old: unknown): boolean {
  const [now, before] = [listOf(data), listOf(old)]
  return (
    now !== undefined && before !== undefined && countRows(now.pages) < countRows(before.pages)
  )
}

/** Whether the pages of a full response, as they were read, were asked for by where they begin. */
export function hasPositions(data: unknown): boolean {
  return hasPages(data) && data.pages.some((_, at) => at > 0 && isPosition(data, at, at))
}

/** Whether the page that was loaded beside the others was. */
export function endsInPosition(
  data: InfiniteData<unknown, unknown>,
  direction: NonNullable<FetchInFlight['direction']>,
): boolean {
  const last = data.pages.length - 1
  if (last < 1) return false
  return direction === 'forward' ? isPosition(data, last, last) : isPosition(data, 1, 0)
}

/**
 * Whether the page `asked` for has for its param a number that is no row's where it meets the page
 * that its param was taken from (between `seam - 1` and `seam`), or one step from that page's. Who is
 * wrong about it refetches once too often.
 */
function isPosition(
  data: InfiniteData<unknown, unknown>,
  seam: number,
  asked: number,
): boolean {
  const [before, after] = data.pageParams.slice(seam - 1, seam + 1).map(numberOf)
  const param = numberOf(data.pageParams[asked])
  if (param === undefined) return false
  if (before !== undefined && after === before + 1) return true
  const pages = listOf(data)?.pages
  const around = [pages?.[seam - 1]?.at(-1), pages?.[seam]?.[0]]
  return !around.some(
    (row) => isRecord(row) && Object.values(row).map(cursorOf).includes(param),
  )
}

function listOf(data: unknown): List | undefined {
  return hasPages(data) ? readList(data, itemsField(data.pages[0])) : undefined
}

/** A cursor may be a number that travels as text. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : undefined
}

/** What a cursor may be of a row's value: that itself, or a date's number. */
function cursorOf(value: unknown): number | undefined {
  if (value instanceof Date) return value.getTime()
  return numberOf(value) ?? (typeof value === 'string' ? Date.parse(value) : undefined)
}
