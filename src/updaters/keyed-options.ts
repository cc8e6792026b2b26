/**
 * The options that keyed updaters share, and their defaults.
 */

import type { ActionContext, QueryInput } from '../rules.ts'
import { isNewerVersion, type Version } from './versions.ts'

/**
 * @typeParam Item - the row that an event makes.
 * @typeParam Row - the rows in the list.
 */
export interface KeyedOptions<
  Event,
  Item = Event,
  Row = Item,
  Input = QueryInput,
  Viewer = unknown,
> {
  /** What identifies a row. @default (row) => row.id */
  readonly id?: (row: Row) => unknown
  /** What identifies the row an event is about. @default `id`, asked of the event */
  readonly eventId?: (event: Event) => unknown
  /** The row inside the event. @default the event itself */
  readonly item?: (event: Event) => Item
  /** Makes the new row from the one in the list, where the event is not the row. */
  readonly change?: (row: Row, event: Event, context: ActionContext<Input, Viewer>) => Item
  /** A row is only ever replaced by a newer one; equal is not newer. @default every event wins */
  readonly version?: (row: Row) => Version
  /** For `removeItem`: up to which version it removes. @default `version`, asked of the event's row */
  readonly eventVersion?: (event: Event) => Version
  /** Whether a row belongs in a list that was asked for with `input`. @default always */
  readonly where?: (row: Row, input: Input) => boolean
  /** The list's order, as for `Array.sort`. Two rows must never compare equal. */
  readonly compare?: (a: Row, b: Row, input: Input) => number
  /**
   * The most rows a list that is not infinite holds; `Infinity` where it always holds all.
   * @default the input's `limit`, where that is a number; else unknown
   */
  readonly limit?: number | ((input: Input) => number | undefined)
  /** Refetch a list at its limit that lost a row; `false` leaves it short. @default true */
  readonly refill?: boolean
  /** The field of a page that holds its rows, where a page is not an array. @default 'items' */
  readonly items?: string
}

/** The options with the defaults filled in, and the types forgotten: what the machinery runs on. */
export interface Keyed {
  readonly idOf: (row: unknown) => unknown
  readonly eventIdOf: (event: unknown) => unknown
  readonly itemOf: (event: unknown) => unknown
  readonly change:
    | ((row: unknown, event: unknown, context: ActionContext<unknown>) => unknown)
    | undefined
  readonly version: ((row: unknown) => Version) | undefined
  readonly eventVersionOf: (event: unknown) => Version | undefined
  readonly where: ((row: unknown, input: QueryInput) => boolean) | undefined
  readonly compare: ((a: unknown, b: unknown, input: QueryInput) => number) | undefined
  readonly limitOf: (input: QueryInput) => number | undefined
  readonly refill: boolean
  /** Whether running twice does what once does; a `change` without `version` may count, say. */
  readonly isStable: boolean
  /** Whether an event can make a row that is missing; a `change` alone cannot. */
  readonly makesRows: boolean
  readonly field: string
}

export function resolveOptions<Event, Item, Row, Input, Viewer>(
  options: KeyedOptions<Event, Item, Row, Input, Viewer>,
): Keyed {
  // An updater meets whatever its query holds; what Row and Event are is the rule's own promise.
  const given = options as unknown as KeyedOptions<unknown, unknown, unknown, unknown>
  const idOf = given.id ?? fieldId
  const { limit } = given
  return {
    idOf,
    eventIdOf: given.eventId ?? (given.item ? (event) => idOf(given.item?.(event)) : idOf),
    itemOf: given.item ?? ((event) => event),
    change: given.change,
    version: given.version,
    eventVersionOf: given.eventVersion ?? ((event) => versionInside(event, given)),
    where: given.where,
    compare: given.compare,
    limitOf: typeof limit === 'function' ? limit : (input) => limit ?? inputLimit(input),
    refill: given.refill ?? true,
    isStable: given.change === undefined || given.version !== undefined,
    makesRows: given.change === undefined || given.item !== undefined,
    field: given.items ?? 'items',
  }
}

/** The version of the row that an event is or holds; undefined where it holds none. */
function versionInside(
  event: unknown,
  { item, version }: KeyedOptions<unknown, unknown>,
): Version | undefined {
  const row = item === undefined ? event : item(event)
  return row === undefined ? undefined : version?.(row)
}

/** What identifies a row to an updater that was made here. */
const rowIds = new WeakMap<object, Keyed['idOf']>()

export function rememberRowId(updater: object, idOf: Keyed['idOf']): void {
  rowIds.set(updater, idOf)
}

/** Undefined for an updater that was not made here. */
export function rowIdOf(updater: object | undefined): Keyed['idOf'] | undefined {
  return updater && rowIds.get(updater)
}

/** The id of a row by convention. */
export function fieldId(row: unknown): unknown {
  return typeof row === 'object' && row !== null ? (row as { id?: unknown }).id : undefined
}

function inputLimit(input: QueryInput): number | undefined {
  const limit = input?.['limit']
  return typeof limit === 'number' ? limit : undefined
}

/** Whether `next` may replace `row`; undefined where their versions do not tell. */
export function isNewer({ version }: Keyed, next: unknown, row: unknown): boolean | undefined {
  return version === undefined || isNewerVersion(version(next), version(row))
}
