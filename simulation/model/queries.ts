/**
 * The queries under test: how the server answers each, and when what a cache holds is right.
 */

import { isEqual } from '../../src/equal.ts'
import { byRank, newestFirst } from './rules.ts'
import { GROUPS, type Reading, type Row, type Store } from './store.ts'

export interface QuerySpec {
  readonly name: string
  readonly key: readonly unknown[]
  /** The group whose events change it; undefined for all. */
  readonly group: string | undefined
  /** Reads the answer; `pageParam` for infinite queries. */
  readonly read: (store: Reading, pageParam: unknown) => unknown
  /** What is wrong with the data; undefined if nothing is. */
  readonly findFault: (data: unknown, store: Store) => string | undefined
  /** The rows in the data that versions are checked of; none where closures paint guesses. */
  readonly rowsOf: (data: unknown) => readonly Row[]
  /** How a user's optimistic edit is made to the rows; undefined where there are none. */
  readonly mapRows?: (
    data: unknown,
    change: (rows: readonly Row[]) => readonly Row[],
  ) => unknown
  readonly paging?: Paging
  /** Whether the data is a count: its faults break I2, not I1. */
  readonly isCounter?: boolean
  /** Whether closures count it, and nothing but exact stamps makes that right. */
  readonly isCounting?: boolean
  /** Whether an `invalidate` rule means it. */
  readonly invalidatedBy?: readonly string[]
  readonly isFragile?: boolean
  /**
   * The rooms that the server stamps its answers with; undefined where it reads them off the rules.
   */
  readonly stampedBy?: readonly string[]
  /** Whether these are not all rooms that its events come from. */
  readonly isPartly?: boolean
  /** Whether nobody but who is in the lobby hears all of its events. */
  readonly isOfLobby?: boolean
  /** Whether new rows are put in front as they arrive, and nothing else says where they belong. */
  readonly isByArrival?: boolean
}

interface Paging {
  readonly initialPageParam: unknown
  readonly getNextPageParam: (page: Page, pages: Page[]) => unknown
  readonly getPreviousPageParam?: (page: Page, pages: Page[]) => unknown
  readonly maxPages?: number
}

interface Page {
  readonly items: readonly Row[]
  readonly next: number | null
  readonly previous: number | null
}

interface Pages {
  readonly pages: Page[]
  readonly pageParams: unknown[]
}

export interface SpecOptions {
  readonly limit: number
  readonly maxPages: number | undefined
  /** Whether page params are computed from the rows held, or kept as the server told them. */
  readonly hasComputedCursors: boolean
  readonly detailId: number
  /** Whether no response overtakes an event that it knows. */
  readonly areEventsFast: boolean
  /** Whether answers say exactly which events they know: only then may closures count. */
  readonly hasExactStamps: boolean
}

const PAGE_SIZE = 3

/** All queries that a run may choose from. */
export function makeSpecs(options: SpecOptions): QuerySpec[] {
  return [
    ...GROUPS.flatMap((group) => specsOfGroup(group, options)),
    detailSpec(options.detailId),
    tallySpec(),
  ]
}

function specsOfGroup(group: string, options: SpecOptions): QuerySpec[] {
  const { limit, maxPages } = options
  const input = { group }
  return [
    byArrival(listSpec('flat', input, newestFirst)),
    byArrival(listSpec('newest', { group, limit }, newestFirst)),
    byArrival(listSpec('newest', { group }, newestFirst)),
    listSpec('filtered', { group, status: 'open' }, newestFirst),
    listSpec('filtered', { group, status: 'done', limit }, newestFirst),
    listSpec('sorted', { group, limit }, byRank),
    { ...listSpec('paired', input, newestFirst), rowsOf: () => [], invalidatedBy: ROW_EVENTS },
    {
      ...listSpec('fragile', input, newestFirst),
      key: ['fragile', input],
      stampedBy: [`group:${group}`],
      rowsOf: () => [],
      isFragile: true,
    },
    // A closure that doubles what it is told twice is only right where no response knows an event
    // that is still on its way; a replay that doubles must be made right by a refetch.
    ...(options.areEventsFast
      ? [{ ...listSpec('naive', input, newestFirst), rowsOf: () => [] }]
      : []),
    byArrival(feedSpec(input, options)),
    rankedSpec('both', input, { initialPageParam: { after: keyAt(5) }, ...options }),
    {
      ...rankedSpec('ranked', input, { ...options, initialPageParam: null, maxPages }),
      invalidatedBy: ['group:touched'],
    },
    {
      ...plainSpec(`counter ${group}`, ['counter', input], group, (store) =>
        store.stats(group),
      ),
      // Edits take a stamp without an event; only the count says whether it is right.
      findFault: (data, store) => unequal(countOf(data), store.stats(group).count),
      isCounter: true,
    },
    {
      ...plainSpec(`total ${group}`, tRPCKey(['stats', 'total'], input), group, (store) => ({
        total: store.stats(group).count,
      })),
      isCounter: true,
      invalidatedBy: ['row:new', 'row:deleted'],
    },
    {
      ...plainSpec(`summary ${group}`, tRPCKey(['summary'], input), group, (store) => ({
        touches: store.touches.get(group) ?? 0,
      })),
      invalidatedBy: ['group:touched'],
    },
    plainSpec(`meta ${group}`, ['meta', input], group, (store) => ({
      name: store.names.get(group) ?? 0,
    })),
    ...(options.hasExactStamps ? countingSpecs(group) : []),
  ]
}

/** What a closure counts: an event that is missed or met twice stays wrong for good. */
function countingSpecs(group: string): QuerySpec[] {
  const input = { group }
  const rooms = [`group:${group}`]
  const count: QuerySpec = {
    ...plainSpec(`count ${group}`, tRPCKey(['stats', 'count'], input), group, (store) => ({
      count: store.stats(group).count,
    })),
    stampedBy: rooms,
    isCounter: true,
    isCounting: true,
  }
  const posts: QuerySpec = {
    ...plainSpec(`posts ${group}`, ['posts', input], group, (store) => ({
      count: store.posts(group),
    })),
    stampedBy: [...rooms, 'lobby'],
    isCounter: true,
    isCounting: true,
    isOfLobby: true,
  }
  return [count, posts]
}

function byArrival(spec: QuerySpec): QuerySpec {
  return { ...spec, isByArrival: true }
}

const ROW_EVENTS = ['row:new', 'row:edited', 'row:deleted']

function plainSpec(
  name: string,
  key: readonly unknown[],
  group: string | undefined,
  read: (store: Reading) => unknown,
): QuerySpec {
  const findFault = (data: unknown, store: Store) => unequal(data, read(store))
  const rooms = (group === undefined ? GROUPS : [group]).map((each) => `group:${each}`)
  const isPlain = typeof key[0] === 'string'
  const stampedBy = isPlain ? { stampedBy: rooms } : {}
  return { name, key, group, read, findFault, rowsOf: () => [], ...stampedBy }
}

interface ListInput {
  readonly group: string
  readonly status?: string
  readonly limit?: number
}

function listSpec(
  kind: string,
  input: ListInput,
  compare: (a: Row, b: Row) => number,
): QuerySpec {
  const { group, status, limit } = input
  const read = (store: Reading) =>
    rowsOfGroup(store, group, compare)
      .filter((row) => status === undefined || row.status === status)
      .slice(0, limit)
  return {
    ...plainSpec(
      `${kind} ${Object.values(input).join(' ')}`,
      listKey(kind, input),
      group,
      read,
    ),
    rowsOf: (data) => data as readonly Row[],
    mapRows: (data, change) => change(data as readonly Row[]),
  }
}

function detailSpec(id: number): QuerySpec {
  return {
    ...plainSpec(`detail ${id}`, ['detail', { id }], undefined, (store) => {
      const row = store.rows.get(id)
      return row === undefined ? null : { ...row }
    }),
    // Of a row of the other group, a stamp says nothing.
    stampedBy: [`group:${GROUPS[0]}`],
    isPartly: true,
    rowsOf: (data) => (data === null ? [] : [data as Row]),
    mapRows: (data, change) => (data === null ? null : (change([data as Row])[0] ?? null)),
  }
}

const readTallies = (store: Reading) => structuredClone([...store.tallies.values()])

function tallySpec(): QuerySpec {
  const spec = plainSpec('tally', ['tally'], undefined, readTallies)
  return { ...spec, stampedBy: ['lobby'], isCounter: true }
}

/** Newest first; the cursor is the last row. */
function feedSpec(input: ListInput, { hasComputedCursors }: SpecOptions): QuerySpec {
  const read = (store: Reading, below: unknown): Page => {
    const rows = rowsOfGroup(store, input.group, newestFirst)
    const behind = rows.filter(({ id }) => below === null || id < Number(below))
    const items = behind.slice(0, PAGE_SIZE)
    const next = behind.length > PAGE_SIZE ? (items.at(-1)?.id ?? null) : null
    return { items, next, previous: null }
  }
  const paging: Paging = {
    initialPageParam: null,
    getNextPageParam: ({ next }, pages) =>
      next === null || !hasComputedCursors ? next : (lastRow(pages)?.id ?? next),
  }
  return pagesSpec('feed', input, { read, paging, compare: newestFirst })
}

/** By rank, paged in both directions. Rows move between pages as their ranks change. */
function rankedSpec(
  kind: 'both' | 'ranked',
  input: ListInput,
  options: {
    readonly initialPageParam: { after: number } | null
    readonly maxPages?: number | undefined
    readonly hasComputedCursors: boolean
  },
): QuerySpec {
  const { initialPageParam, maxPages, hasComputedCursors } = options
  const read = (store: Reading, pageParam: unknown): Page => {
    const rows = rowsOfGroup(store, input.group, byRank)
    const { after, before } = (pageParam ?? {}) as { after?: number; before?: number }
    const items =
      before === undefined
        ? rows.filter((row) => after === undefined || keyOf(row) > after).slice(0, PAGE_SIZE)
        : rows.filter((row) => keyOf(row) < before).slice(-PAGE_SIZE)
    // An empty page still lies somewhere: what is before its cursor, and what is behind.
    const [first, last] = [items[0], items.at(-1)]
    const start = first ? keyOf(first) : (before ?? (after === undefined ? 0 : after + 0.5))
    const end = last ? keyOf(last) : (after ?? (before === undefined ? 0 : before - 0.5))
    return {
      items,
      previous: rows.some((row) => keyOf(row) < start) ? start : null,
      next: rows.some((row) => keyOf(row) > end) ? end : null,
    }
  }
  const paging: Paging = {
    initialPageParam,
    getNextPageParam({ next }, pages) {
      if (next === null) return null
      const last = hasComputedCursors ? lastRow(pages) : undefined
      return { after: last ? keyOf(last) : next }
    },
    getPreviousPageParam({ previous }, pages) {
      if (previous === null) return null
      const first = hasComputedCursors ? firstRow(pages) : undefined
      return { before: first ? keyOf(first) : previous }
    },
    ...(maxPages !== undefined && { maxPages }),
  }
  return pagesSpec(kind, input, { read, paging, compare: byRank })
}

interface PagesOptions {
  readonly read: (store: Reading, pageParam: unknown) => Page
  readonly paging: Paging
  readonly compare: (a: Row, b: Row) => number
}

function pagesSpec(kind: string, input: ListInput, options: PagesOptions): QuerySpec {
  const { read, paging, compare } = options
  return {
    name: `${kind} ${input.group}`,
    key: [['rows', kind], { input, type: 'infinite' }],
    group: input.group,
    read,
    paging,
    rowsOf: (data) => (data as Pages).pages.flatMap(({ items }) => items),
    mapRows(data, change) {
      const { pages, pageParams } = data as Pages
      const changed = pages.map(({ items, next, previous }) => {
        return { items: change(items), next, previous }
      })
      return { pages: changed, pageParams }
    },
    findFault(data, store) {
      const { pages } = data as Pages
      const all = rowsOfGroup(store, input.group, compare)
      return findWindowFault(pages, all, paging)
    },
  }
}

/** A window must be contiguous, and reach the ends behind which it says there is nothing. */
function findWindowFault(
  pages: Page[],
  all: readonly Row[],
  { getNextPageParam, getPreviousPageParam }: Paging,
): string | undefined {
  const [first, last] = [pages[0], pages.at(-1)]
  if (first === undefined || last === undefined) return 'no pages'
  const held = pages.flatMap(({ items }) => items)
  const isAtStart = (getPreviousPageParam?.(first, pages) ?? null) === null
  const isAtEnd = getNextPageParam(last, pages) === null
  const begin = isAtStart ? 0 : all.findIndex(({ id }) => id === held[0]?.id)
  if (held.length > 0 && begin < 0) return `row ${held[0]?.id} is none of the server's`
  if (isAtStart && isAtEnd) return unequal(held, all)
  if (held.length === 0) return undefined
  return unequal(held, isAtEnd ? all.slice(begin) : all.slice(begin, begin + held.length))
}

function unequal(held: unknown, right: unknown): string | undefined {
  if (isEqual(held, right)) return undefined
  return `held ${print(held)}, server has ${print(right)}`
}

function print(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(printRow).join(' ')}]` : JSON.stringify(value)
}

/** `7v2/3o`: row 7 in version 2, rank 3, open. */
function printRow(row: Partial<Row>): string {
  const { id, version, rank, status } = row
  if (version === undefined) return JSON.stringify(row)
  return `${id}v${version}/${rank}${status?.[0]}`
}

function countOf(data: unknown): unknown {
  return (data as { count?: unknown }).count
}

function rowsOfGroup(
  store: Reading,
  group: string,
  compare: (a: Row, b: Row) => number,
): Row[] {
  const rows: Row[] = []
  for (const row of store.rows.values()) if (row.group === group) rows.push({ ...row })
  return rows.sort(compare)
}

const RANK = 1_000_000
const keyAt = (rank: number): number => rank * RANK
const keyOf = ({ rank, id }: Row): number => rank * RANK + id

function firstRow(pages: readonly Page[]): Row | undefined {
  return pages.find(({ items }) => items.length > 0)?.items[0]
}

function lastRow(pages: readonly Page[]): Row | undefined {
  return pages.findLast(({ items }) => items.length > 0)?.items.at(-1)
}

function listKey(kind: string, input: ListInput): readonly unknown[] {
  return tRPCKey(['rows', kind], input)
}

function tRPCKey(path: readonly string[], input: object): readonly unknown[] {
  return [path, { input, type: 'query' }]
}
