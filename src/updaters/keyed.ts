/**
 * Keyed updaters: one row of a list is added, changed or removed, found by its id.
 *
 * They are replay-stable: over a list that holds their effect, or later ones, they change nothing
 * that matters. That is what lets the engine put events over a response that may know them.
 */

import { currentApplication, type Application } from '../application.ts'
import { isEqual } from '../equal.ts'
import type { ActionContext, QueryInput } from '../rules.ts'
import type { rows, RowsOf } from '../typing/rows.ts'
import {
  fieldId,
  isNewer,
  rememberRowId,
  resolveOptions,
  type Keyed,
  type KeyedOptions,
} from './keyed-options.ts'
import {
  countRows,
  findById,
  hasNoPage,
  readList,
  removeRows,
  replaceRow,
  type List,
  type Place,
} from './list.ts'
import { rememberMakers } from './makers.ts'
import { beyondList, placeRow, type FormerPlace, type Insert } from './place-row.ts'
import { isNewerVersion } from './versions.ts'

/** An updater made here; fits a cache action's `updater`. Data comes back in its own shape. */
export interface KeyedUpdater<Event, Item = Event, Row = Item> {
  <Data>(old: Data, event: Event, context?: ActionContext<unknown>): Data
  readonly [rows]?: RowsOf<Row, Item>
}

export interface UpsertOptions<
  Event,
  Item = Event,
  Row = Item,
  Input = QueryInput,
  Viewer = unknown,
> extends KeyedOptions<Event, Item, Row, Input, Viewer> {
  /** Where new rows go in a list ordered by arrival; for sorted lists, give `compare` instead. */
  readonly insert?: Insert
}

/**
 * An updater that replaces the event's row, or adds it where it is missing.
 *
 * A new row's place follows from `compare`, or from `insert`. With neither, or where the loaded
 * rows cannot prove the place, the query is refetched.
 */
export function upsertItem<Event, Item = Event, Row = Item, Input = QueryInput>(
  options: UpsertOptions<Event, Item, Row, Input> = {},
): KeyedUpdater<Event, NoInfer<Item>, Row> {
  const keyed = resolveOptions(options)
  return named('upsertItem', keyed, (old, event, context) =>
    putRow(old, event, context, { keyed, insert: options.insert, adds: true }),
  )
}

/** An updater that replaces the event's row where it is, and does nothing where it is missing. */
export function updateItem<Event, Item = Event, Row = Item, Input = QueryInput>(
  options: KeyedOptions<Event, Item, Row, Input> = {},
): KeyedUpdater<Event, NoInfer<Item>, Row> {
  const keyed = resolveOptions(options)
  return named('updateItem', keyed, (old, event, context) =>
    putRow(old, event, context, { keyed, insert: undefined, adds: false }),
  )
}

/** An updater that removes the event's row. The event needs nothing but the row's id. */
export function removeItem<Event>(): KeyedUpdater<Event, never, unknown>
export function removeItem<Event, Row = Event, Input = QueryInput>(
  options: KeyedOptions<Event, Row, Row, Input>,
): KeyedUpdater<Event, never, Row>
export function removeItem<Event>(
  options: KeyedOptions<Event> = {},
): KeyedUpdater<Event, never> {
  const keyed = resolveOptions(options)
  return named('removeItem', keyed, (old, event, context) => {
    const run = startRun(old, event, keyed, context)
    if (run === undefined || run.application?.mode.foretell) return old
    const kept = removeFound(run)
    if (kept === run.list.pages) missRow(run)
    return finishRun(run, old, kept)
  })
}

rememberMakers({ upsertItem, updateItem, removeItem })

/** Rules are printed: an updater then shows what it was made by. */
function named<Event, Item, Row>(
  name: string,
  { idOf }: Keyed,
  updater: KeyedUpdater<Event, Item, Row>,
): KeyedUpdater<Event, Item, Row> {
  rememberRowId(updater, idOf)
  return Object.defineProperty(updater, 'name', { value: name })
}

export interface PutOptions {
  readonly keyed: Keyed
  readonly insert: Insert | undefined
  /** Whether a missing row is added. */
  readonly adds: boolean
}

/** Puts the event's row into a list, by the options. Data that is no list comes back as it is, in doubt. */
export function putRow<Data>(
  old: Data,
  event: unknown,
  context: ActionContext<unknown> | undefined,
  options: PutOptions,
): Data {
  const run = startRun(old, event, options.keyed, context)
  if (run === undefined) return old
  const found = findOwn(run, run.list.pages)
  if (run.application?.mode.foretell !== undefined) {
    lookAhead(run, found, options)
    return old
  }
  const next =
    found === undefined ? addMissing(run, options) : changeFound(run, found, context, options)
  return finishRun(run, old, next)
}

interface Run {
  readonly list: List
  readonly event: unknown
  readonly id: unknown
  readonly isRow: (row: unknown) => boolean
  readonly keyed: Keyed
  readonly input: QueryInput
  readonly application: Application | undefined
}

function startRun(
  old: unknown,
  event: unknown,
  keyed: Keyed,
  context: ActionContext<unknown> | undefined,
): Run | undefined {
  const application = currentApplication()
  const list = readList(old, keyed.field)
  if (list === undefined) {
    if (application !== undefined && !hasNoPage(old)) missList(application, old)
    return undefined
  }
  const id = keyed.eventIdOf(event) ?? undefined
  const isRow = (row: unknown) => id !== undefined && keyed.idOf(row) === id
  // What the input is, the rule that gave the options knows.
  const input = application?.input ?? (context?.input as QueryInput)
  const run = { list, event, id, isRow, keyed, input, application }
  if (application !== undefined) {
    if (id === undefined || haveNoId(run)) missId(application)
    noteOwnWork(run, application, { input: old, output: old })
  }
  return run
}

/** Without an id, a replay would add the row twice: then the work is no more than a closure's. */
function noteOwnWork(
  { keyed }: Run,
  application: Application,
  work: NonNullable<Application['keyed']>,
): void {
  if (keyed.isStable && application.missing !== 'id') application.keyed = work
}

/** What the event does to such data, nobody here knows. */
function missList(application: Application, data: unknown): void {
  application.doubt(NO_LIST)
  if (data !== null) application.missing = 'list'
}

/** Which row is meant, and whether it is there, nobody here knows. */
function missId(application: Application): void {
  application.doubt(NO_ID)
  application.missing = 'id'
}

/** Whether rows have no field `id`, and the rule does not say what they have instead. */
function haveNoId({ list: { pages }, keyed: { idOf } }: Run): boolean {
  if (idOf !== fieldId || countRows(pages) === 0) return false
  return pages.every((rows) => rows.every((row) => (fieldId(row) ?? undefined) === undefined))
}

/** Where the event's row is; nowhere, if the event names none. */
function findOwn(
  { keyed: { idOf }, id }: Run,
  pages: List['pages'],
  after?: Place,
): Place | undefined {
  return id === undefined ? undefined : findById(pages, { idOf, id }, after)
}

/** The data with the new pages, noted as this updater's own work. */
function finishRun<Data>(run: Run, old: Data, pages: List['pages']): Data {
  const { list, keyed, input, application } = run
  const kept = trim(list, pages, keyed.limitOf(input))
  // A list stays a list of the same shape; only its rows are new.
  const output = kept === list.pages ? old : (list.rebuild(kept) as Data)
  if (application !== undefined) {
    noteOwnWork(run, application, { input: old, output })
    if (isShort(run, kept)) application.doubt(REFILL)
    if (kept !== list.pages && list.isInfinite) {
      noteErosion(run, kept, application)
      if (countRows(kept) < countRows(list.pages)) noteLoss(application, output)
    }
  }
  return output
}

/** Looks whether the row at hand stood at the edge of a page, where it has left or moved. */
function noteErosion(run: Run, next: List['pages'], application: Application): void {
  const { list, keyed, input } = run
  const place = findOwn(run, list.pages)
  if (place === undefined) return
  const rows = list.pages[place.page] ?? []
  if (place.row > 0 && place.row < rows.length - 1) return
  const now = findOwn(run, next)
  const row = now && next[now.page]?.[now.row]
  const stays = row !== undefined && (keyed.compare?.(rows[place.row], row, input) ?? 0) === 0
  if (stays) return
  const { before, after } = neighbours(list.pages, place)
  const isFirst = before === undefined
  const isLast = after === undefined
  if (isFirst) application.erode('start')
  if (isLast) application.erode('end')
  if (!isFirst && !isLast) application.erode('seam')
}

/** Stands among the doubted ids for data that is no list. */
const NO_LIST: unique symbol = Symbol('no list')

/** Stands among the doubted ids for an event, or rows, without one. */
const NO_ID: unique symbol = Symbol('no id')

/** Stands among the doubted ids for a list that lost a row it should fill up. */
const REFILL: unique symbol = Symbol('refill')

function isShort({ list, keyed, input }: Run, pages: List['pages']): boolean {
  if (list.isInfinite || !keyed.refill) return false
  const limit = keyed.limitOf(input)
  return limit !== undefined && countRows(list.pages) >= limit && countRows(pages) < limit
}

function noteLoss(application: Application, output: unknown): void {
  application.shift()
  if (hidesMore(application, output)) application.doubt(REFILL)
}

/** Whether pages that lost a row say that nothing follows, where something did: their length told. */
function hidesMore(application: Application, output: unknown): boolean {
  const before = application.beyondPages()
  const after = application.beyondPages(output)
  return (['start', 'end'] as const).some(
    (end) => before[end] === 'more rows' && after[end] === 'nothing',
  )
}

/** A list that is not infinite stays within its limit; an infinite one has its own. */
function trim(list: List, pages: List['pages'], limit: number | undefined): List['pages'] {
  const rows = pages[0] ?? []
  if (list.isInfinite || limit === undefined || rows.length <= limit) return pages
  return pages === list.pages ? pages : [rows.slice(0, limit)]
}

/** In the look ahead: says that the response already has what this event will add. */
function lookAhead(run: Run, found: Place | undefined, { insert, adds }: PutOptions): void {
  if (found === undefined || !adds || insert === undefined) return
  const { keyed, list, event, id } = run
  const row = list.pages[found.page]?.[found.row]
  const item = keyed.itemOf(event)
  const isLater = keyed.version && isNewer(keyed, item, row)
  const isKnown = isLater === undefined ? isEqual(row, item) : !isLater
  if (isKnown) run.application?.mode.foretell?.(id)
}

function addMissing(run: Run, { insert, adds }: PutOptions): List['pages'] {
  const { list, keyed, event, input, application, id } = run
  if (!adds) return list.pages
  const item = keyed.makesRows ? keyed.itemOf(event) : undefined
  if (item === undefined || item === null) {
    application?.doubt(id)
    return list.pages
  }
  const newer = newerBefore(run, item)
  // Of a response that may be older than what there was, nobody knows that the row is gone.
  if (newer !== undefined && !application?.mode.isLagging) return list.pages
  const row = newer ?? item
  if (keyed.where !== undefined && !keyed.where(row, input)) return list.pages
  const beyond = beyondList(list, keyed, input, application)
  if (insert !== undefined && application?.mode.isLate) application.doubt(id)
  const { isInfinite } = list
  return placeRow(
    list.pages,
    { row, id },
    { keyed, insert, input, application, isInfinite, beyond },
  )
}

/**
 * The row as it was before the fetch, if it was newer than the event has it. A response without it has
 * lost it: it is gone, and an older event must not bring it back for a moment.
 */
function newerBefore(run: Run, item: unknown): unknown {
  const { keyed, application } = run
  if (keyed.version === undefined) return undefined
  const previous = readList(application?.mode.previous, keyed.field)
  const place = previous && findOwn(run, previous.pages)
  const row = place && previous?.pages[place.page]?.[place.row]
  return row !== undefined && isNewer(keyed, row, item) ? row : undefined
}

function changeFound(
  run: Run,
  found: Place,
  context: ActionContext<unknown> | undefined,
  { insert }: PutOptions,
): List['pages'] {
  const { list, keyed, event, input, isRow, application, id } = run
  const row = list.pages[found.page]?.[found.row]
  if (insert !== undefined) doubtFreshRows(run, found, insert)
  const item = keyed.change ? keyed.change(row, event, context ?? BY_HAND) : keyed.itemOf(event)
  const isLater = isNewer(keyed, item, row)
  if (isLater === undefined && !isEqual(row, item)) application?.doubt(id)
  if (!isLater) return list.pages
  if (keyed.where !== undefined && !keyed.where(item, input)) return withoutRow(run)
  const next = isEqual(row, item) ? row : item
  const isSingle = findOwn(run, list.pages, found) === undefined
  const single = isSingle
    ? list.pages
    : removeRows(
        list.pages,
        (other, page, at) => isRow(other) && (page !== found.page || at !== found.row),
      )
  if (next === row) return single
  const inPlace = replaceRow(single, found, next)
  if (keyed.compare === undefined) return inPlace
  const around = neighbours(list.pages, found)
  const isInOrder = isBetween(run, next, around)
  if (isInOrder && around.before !== undefined && around.after !== undefined) return inPlace
  // At an open end it may have to go; where it need not, it keeps its page.
  const moved = moveRow(run, found, row, next)
  return isInOrder && findOwn(run, moved) !== undefined ? inPlace : moved
}

/** What a `change` is told where its updater is called by hand. */
const BY_HAND: ActionContext<unknown> = { input: undefined, viewer: undefined, queryKey: [] }

/** A removal leaves what is newer than itself. */
function removeFound(run: Run): List['pages'] {
  const { list, keyed, event, isRow } = run
  const isMeant = (row: unknown) => isRow(row) && !isOutdated(keyed, event, row)
  return list.pages.some((rows) => rows.some(isMeant)) ? withoutRow(run) : list.pages
}

/** A row that is not here may have been before the first. */
function missRow({ list, application }: Run): void {
  if (application === undefined || !list.isInfinite) return
  if (application.beyondPages().start !== 'nothing') application.shift()
}

/** Whatever was in doubt about the row's place goes with it. */
function withoutRow({ list, isRow, application, id }: Run): List['pages'] {
  application?.forget(id)
  return removeRows(list.pages, isRow)
}

function moveRow(run: Run, found: Place, row: unknown, next: unknown): List['pages'] {
  const { list, keyed, input, application, id } = run
  const { before, after } = neighbours(list.pages, found)
  const former: FormerPlace = {
    row,
    wasFirst: before === undefined,
    wasLast: after === undefined,
  }
  const beyond = beyondList(list, keyed, input, application)
  const { isInfinite } = list
  const placing = { keyed, insert: undefined, input, application, isInfinite, beyond }
  return placeRow(withoutRow(run), { row: next, id, former }, placing)
}

/** Whether a row comes behind the one before, and before the one behind; an end is no bound. */
function isBetween(
  { keyed, input }: Run,
  row: unknown,
  { before, after }: Neighbours,
): boolean {
  const order = (a: unknown, b: unknown) => keyed.compare?.(a, b, input) ?? 0
  const isBehind = before === undefined || order(before.row, row) < 0
  return isBehind && (after === undefined || order(row, after.row) < 0)
}

/** The rows around a place, over all pages; undefined where it is the first or the last. */
interface Neighbours {
  readonly before: { readonly row: unknown } | undefined
  readonly after: { readonly row: unknown } | undefined
}

function neighbours(pages: List['pages'], place: Place): Neighbours {
  return { before: neighbour(pages, place, -1), after: neighbour(pages, place, 1) }
}

/** The row before (-1) or after (1) a place, over all pages. */
function neighbour(
  pages: List['pages'],
  { page, row }: Place,
  step: 1 | -1,
): { readonly row: unknown } | undefined {
  const rows = pages[page] ?? []
  const inside = row + step
  if (inside >= 0 && inside < rows.length) return { row: rows[inside] }
  for (let other = page + step; other >= 0 && other < pages.length; other += step) {
    const candidates = pages[other] ?? []
    if (candidates.length > 0) return { row: candidates.at(step === 1 ? 0 : -1) }
  }
  return undefined
}

/**
 * The response had this row, and rows of earlier events were put before it since. If the event is
 * what first added the row, the response was read after all of them, and their place was wrong.
 */
function doubtFreshRows(
  { list, keyed, application, id }: Run,
  found: Place,
  insert: Insert,
): void {
  if (application === undefined || !application.hasFresh || application.isFresh(id)) return
  const isBetween = (place: Place) =>
    insert === 'first' ? isBefore(place, found) : isBefore(found, place)
  for (const [page, rows] of list.pages.entries()) {
    for (const [row, other] of rows.entries()) {
      const otherId = keyed.idOf(other)
      if (isBetween({ page, row }) && application.isFresh(otherId)) application.doubt(otherId)
    }
  }
}

function isBefore(a: Place, b: Place): boolean {
  return a.page < b.page || (a.page === b.page && a.row < b.row)
}

/** Whether a removal is older than the row it means; only versions can tell. */
function isOutdated(keyed: Keyed, event: unknown, row: unknown): boolean {
  const upTo = keyed.eventVersionOf(event)
  if (upTo === undefined || keyed.version === undefined) return false
  return isNewerVersion(keyed.version(row), upTo) === true
}
