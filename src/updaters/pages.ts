/**
 * The two updaters that are updaters themselves: `(old, item)`. They add rows by order of arrival.
 */

import type { ActionContext } from '../rules.ts'
import { putRow } from './keyed.ts'
import { resolveOptions, type Keyed, type KeyedOptions } from './keyed-options.ts'
import type { RowOf } from '../typing/rows.ts'
import type { Insert } from './place-row.ts'

/** As in `KeyedOptions`, which has their meaning and defaults. */
export type PageOptions<Item = unknown> = Pick<KeyedOptions<Item>, 'id' | 'version' | 'items'>

/** A row of the list, where its type says what those are. */
type ItemFor<Data> = [RowOf<Data>] extends [never] ? unknown : RowOf<Data>

/**
 * Puts `item` in front: of the first page of an infinite query, or of a list.
 *
 * For events that add a row. A row with the same `id`, on any page, is replaced where it stands.
 * Pages are arrays, or objects that hold one. Data of another shape, and `undefined`, come back
 * as they are. Fits `updater` as it is, and inside one: `(old, event) => prependToFirstPage(old, event)`.
 */
export function prependToFirstPage<Data, Item extends ItemFor<Data> = ItemFor<Data>>(
  old: Data,
  item: Item,
  options?: PageOptions<Item> | ActionContext<unknown>,
): Data {
  return addByArrival(old, item, 'first', options)
}

/** Puts `item` at the end: of the last page of an infinite query, or of a list. Else as above. */
export function appendToLastPage<Data, Item extends ItemFor<Data> = ItemFor<Data>>(
  old: Data,
  item: Item,
  options?: PageOptions<Item> | ActionContext<unknown>,
): Data {
  return addByArrival(old, item, 'last', options)
}

function addByArrival<Data, Item>(
  old: Data,
  item: Item,
  insert: Insert,
  options: PageOptions<Item> | ActionContext<unknown> | undefined,
): Data {
  const isContext = options !== undefined && 'queryKey' in options
  const keyed = isContext || options === undefined ? byConvention : resolveOptions(options)
  return putRow(old, item, isContext ? options : undefined, { keyed, insert, adds: true })
}

const byConvention: Keyed = resolveOptions({})
