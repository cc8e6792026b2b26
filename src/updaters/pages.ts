/**
 * The two updaters that are updaters themselves: `(old, item)`. They add rows by order of arrival.
 */

import type { ActionContext } from '../rules.ts'
import { putRow } from './keyed.ts'
import { resolveOptions, type Keyed } from './keyed-options.ts'
import type { Insert } from './place-row.ts'

export interface PageOptions {
  /** The field of a page that holds its rows, where a page is not an array. @default 'items' */
  readonly items?: string
}

/**
 * Puts `item` in front: of the first page of an infinite query, or of a list.
 *
 * For events that add a row. A row with the same `id`, on any page, is replaced where it stands.
 * Pages are arrays, or objects that hold one. Data of another shape, and `undefined`, come back
 * as they are. Fits `updater` as it is, and inside one: `(old, event) => prependToFirstPage(old, event)`.
 */
export function prependToFirstPage<Data>(
  old: Data,
  item: unknown,
  options?: PageOptions | ActionContext,
): Data {
  return addByArrival(old, item, 'first', options)
}

/** Puts `item` at the end: of the last page of an infinite query, or of a list. Else as above. */
export function appendToLastPage<Data>(
  old: Data,
  item: unknown,
  options?: PageOptions | ActionContext,
): Data {
  return addByArrival(old, item, 'last', options)
}

function addByArrival<Data>(
  old: Data,
  item: unknown,
  insert: Insert,
  options: PageOptions | ActionContext | undefined,
): Data {
  const isContext = options !== undefined && 'queryKey' in options
  const keyed =
    isContext || options?.items === undefined ? byConvention : resolveOptions(options)
  // A list stays a list of the same shape; only its rows are new.
  return putRow(old, item, isContext ? options : undefined, {
    keyed,
    insert,
    adds: true,
  }) as Data
}

const byConvention: Keyed = resolveOptions({})
