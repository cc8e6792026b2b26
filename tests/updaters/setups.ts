/**
 * Random lists, random options for the updaters, and random events: what the properties are
 * about. A setup's options are the same for all three updaters, as in an application's rules.
 */

import {
  appendToLastPage,
  prependToFirstPage,
  removeItem,
  updateItem,
  upsertItem,
  type ActionContext,
} from '@iron-stack/sync'
import * as fc from 'fast-check'

export interface Row {
  readonly id: number
  readonly version: number
  readonly rank: number
  readonly status: 'open' | 'closed'
}

/** What happened to a row; the row is as it is afterwards. */
export interface Change {
  readonly does: 'upsert' | 'update' | 'remove'
  readonly row: Row
}

export interface Setup {
  /** An array, a page object, or pages of either; `rows` stands for an `items` option. */
  readonly shape: { readonly isInfinite: boolean; readonly field: 'items' | 'rows' | undefined }
  /** How new rows find their place. */
  readonly order: 'compare' | 'first' | 'last' | 'none'
  readonly isVersioned: boolean
  /** Whether the list holds open rows only. */
  readonly isFiltered: boolean
  readonly limit: number | undefined
  /**
   * What an event is: the row; an object that holds it (`item`); the same, put over the row in
   * the list (`change`); or, with a plain function for an updater, the row again.
   */
  readonly event: 'row' | 'item' | 'change' | 'function'
  /** Whether a removal says up to which version it removes (`eventVersion`). */
  readonly hasUpTo: boolean
}

export type Pages = readonly (readonly Row[])[]

export interface Scenario {
  readonly setup: Setup
  /** The rows the list begins with; one page where it is not infinite. */
  readonly pages: Pages
  readonly changes: readonly Change[]
}

export const byRank = (a: Row, b: Row) => a.rank - b.rank || a.id - b.id

export const isOpen = ({ status }: Row) => status === 'open'

/** What an application does to a list: one updater for each thing that happens to a row. */
export type Apply = (old: unknown, change: Change) => unknown

type Updater = (old: unknown, event: unknown, context: ActionContext) => unknown

/** The updaters of a setup, called by hand as the engine calls them. */
export function applierOf(setup: Setup): Apply {
  const updaters = updatersOf(setup)
  const context = freeze({ input: inputOf(setup), viewer: undefined, queryKey: [] })
  return (old, change) => updaters[change.does](old, eventOf(setup, change), context)
}

export function updatersOf(setup: Setup): Record<Change['does'], Updater> {
  const { order, isVersioned, isFiltered, shape, event } = setup
  const common = {
    ...(isVersioned && { version: (row: Row) => row.version }),
    ...(shape.field !== undefined && { items: shape.field }),
  }
  // Cast below: what an event is depends on the setup, and no type says so.
  const upTo = setup.hasUpTo && { eventVersion: (removal: { upTo: number }) => removal.upTo }
  if (event === 'function') {
    const add = order === 'first' ? prependToFirstPage : appendToLastPage
    return {
      upsert: (old, row) => add(old, row as Row, common),
      update: updateItem(common as object),
      remove: removeItem({ ...common, ...upTo } as object),
    }
  }
  const inside = {
    ...common,
    ...(isFiltered && { where: isOpen }),
    ...(order === 'compare' && { compare: byRank }),
    ...(event !== 'row' && { item: (holder: { row: Row }) => holder.row }),
    ...(event === 'change' && {
      change: (row: Row, holder: { row: Row }) => ({ ...row, ...holder.row }),
    }),
  }
  const insert = order === 'first' || order === 'last' ? { insert: order } : {}
  return {
    upsert: upsertItem({ ...inside, ...insert } as object),
    update: updateItem(inside as object),
    remove: removeItem({ ...(upTo ? common : inside), ...upTo } as object),
  }
}

/** What the list was asked with; the limit is the input's, as it is in most applications. */
export function inputOf({ limit }: Setup): Record<string, unknown> {
  return limit === undefined ? {} : { limit }
}

export function eventOf(setup: Setup, { does, row }: Change): unknown {
  if (does === 'remove' && setup.hasUpTo) return freeze({ id: row.id, upTo: row.version })
  const isRow = setup.event === 'row' || setup.event === 'function'
  return freeze(isRow ? { ...row } : { row: { ...row } })
}

/** A list of the setup's shape, frozen all through. */
export function dataOf({ shape }: Setup, pages: Pages): unknown {
  const shells = pages.map((rows) =>
    shape.field === undefined ? [...rows] : { [shape.field]: [...rows], cursor: 'c' },
  )
  if (!shape.isInfinite) return freeze(shells[0])
  return freeze({ pages: shells, pageParams: shells.map((_, page) => page) })
}

/** The pages, as objects, and the rows on them. */
export function shellsIn({ shape }: Setup, data: unknown): readonly unknown[] {
  return shape.isInfinite ? (data as { pages: unknown[] }).pages : [data]
}

export function pagesIn(setup: Setup, data: unknown): Pages {
  const { field } = setup.shape
  return shellsIn(setup, data).map(
    (shell) =>
      (field === undefined ? shell : (shell as Record<string, unknown>)[field]) as Row[],
  )
}

export function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const each of Object.values(value)) freeze(each)
  }
  return value
}

const row: fc.Arbitrary<Row> = fc.record(
  {
    id: fc.integer({ min: 1, max: 12 }),
    version: fc.integer({ min: 0, max: 9 }),
    rank: fc.integer({ min: 0, max: 9 }),
    status: fc.constantFrom('open', 'open', 'closed'),
  },
  { noNullPrototype: true },
)

const setup: fc.Arbitrary<Setup> = fc
  .record({
    shape: fc.record({
      isInfinite: fc.boolean(),
      field: fc.constantFrom(undefined, 'items' as const, 'rows' as const),
    }),
    order: fc.constantFrom('compare' as const, 'compare' as const, 'first', 'last', 'none'),
    isVersioned: fc.boolean(),
    isFiltered: fc.boolean(),
    limit: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    event: fc.constantFrom(
      'row' as const,
      'item' as const,
      'change' as const,
      'function' as const,
    ),
    hasUpTo: fc.boolean(),
  })
  .map(withoutNonsense)

/** What the types or the documentation forbid is left out. */
function withoutNonsense(setup: Setup): Setup {
  const isFunction =
    setup.event === 'function' && (setup.order === 'first' || setup.order === 'last')
  const event = setup.event === 'function' && !isFunction ? 'row' : setup.event
  return {
    ...setup,
    event,
    isFiltered: setup.isFiltered && !isFunction,
    // Called by hand with options, they know of no input.
    limit: isFunction ? undefined : setup.limit,
    // A `change` is replay-stable by its version alone.
    isVersioned: setup.isVersioned || event === 'change',
    hasUpTo: setup.hasUpTo && (setup.isVersioned || event === 'change'),
  }
}

const change: fc.Arbitrary<Change> = fc.record({
  does: fc.constantFrom(
    'upsert' as const,
    'upsert' as const,
    'update' as const,
    'remove' as const,
  ),
  row,
})

/** Lists as a server gives them: in order, filtered, within their limit; no id twice. */
export const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    setup,
    rows: fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 12 }),
    sizes: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 5 }),
    changes: fc.array(change, { minLength: 1, maxLength: 8 }),
  })
  .map(({ setup, rows, sizes, changes }) => {
    const fitting = rows.filter((each) => !setup.isFiltered || isOpen(each))
    if (setup.order === 'compare') fitting.sort(byRank)
    const pages = setup.shape.isInfinite
      ? sizes.map((size) => fitting.splice(0, size))
      : [fitting.slice(0, Math.min(6, setup.limit ?? 6))]
    return freeze({ setup, pages, changes })
  })
