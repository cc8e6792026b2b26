/**
 * What an updater may know, while it runs, of the query it is applied to.
 *
 * A list updater must see more than `(old, event)`: whether there are pages it has not loaded,
 * which rows arrived since the last response, whether this is a replay. It learns that here and
 * not from its arguments, because the documented form calls it inside a closure,
 * `(old, event) => prependToFirstPage(old, event)`, and that form must be right, too.
 *
 * Updaters are synchronous, so one module variable holds the application under way.
 */

import type { QueryInput } from './rules.ts'

/** What lies beyond an end of the loaded rows. */
export type Beyond = 'nothing' | 'more rows' | 'unknown'

export interface BeyondEnds {
  readonly start: Beyond
  readonly end: Beyond
}

/** What outlives one application, until the query's next full response. */
export interface ListMemory {
  /**
   * The ids of rows placed by order of arrival. Such a place is wrong if the response was read
   * after later events.
   */
  fresh: Set<unknown> | undefined
  /**
   * The ends whose outermost row has left or moved, and whether a row between two pages has. The
   * next page starts behind where it was, so a row left out there may belong before that: a hole,
   * once the page is loaded.
   */
  eroded: Set<ListEnd | 'seam'> | undefined
  hasHole: boolean
  /**
   * Whether a row has gone, or has come before the first: pages that are asked for by where they
   * begin, begin elsewhere now.
   */
  isShifted: boolean
}

export type ListEnd = 'start' | 'end'

export function createListMemory(): ListMemory {
  return { fresh: undefined, eroded: undefined, hasHole: false, isShifted: false }
}

/** In a replay: the rows of events still to come that the response has already. */
export interface Foresight {
  /** Whether there are any. */
  readonly isAny: boolean
  readonly has: (id: unknown) => boolean
}

/** Live, in a replay, or ahead of one. */
export interface ApplicationMode {
  readonly memory: ListMemory
  readonly foresight?: Foresight
  /** In a replay over a response: what the query held when the fetch started, which read it later. */
  readonly previous?: unknown
  /** The response may be older than `previous` all the same: reads lag. */
  readonly isLagging?: boolean
  /** Makes this a look ahead, which changes nothing: told the id of each row found known. */
  readonly foretell?: (id: unknown) => void
  /**
   * The event comes late: events of other rooms, sent after it, may have been applied before. Then
   * arrival says nothing of the order.
   */
  readonly isLate?: boolean
  /** Where a row between two pages goes: with the row that follows, or the one before. */
  readonly seam?: 'following' | 'preceding'
}

/** Past twice this many, all but the last so many fresh rows count as settled. */
const FRESH_ROWS = 256

/** One updater run over one query's data. */
export class Application {
  readonly input: QueryInput
  readonly mode: ApplicationMode
  /**
   * What lies beyond the loaded pages of an infinite query, or of what is made of them; asked only
   * where it matters.
   */
  readonly beyondPages: (data?: unknown) => BeyondEnds
  /** What the last stable keyed updater got and returned: how the engine tells it from a closure. */
  keyed: { readonly input: unknown; readonly output: unknown } | undefined
  /** What a keyed updater looked for in vain: a list in the data, or an id to find a row by. */
  missing: 'list' | 'id' | undefined
  #unproven: Set<unknown> | undefined

  constructor(
    input: QueryInput,
    mode: ApplicationMode,
    beyondPages: Application['beyondPages'],
  ) {
    this.input = input
    this.mode = mode
    this.beyondPages = beyondPages
  }

  /** Says that nothing proves the place of a row, or that rows are missing. */
  doubt(id: unknown): void {
    this.#unproven = (this.#unproven ?? new Set()).add(id)
  }

  /** A row that leaves the list takes its doubts along. */
  forget(id: unknown): void {
    this.#unproven?.delete(id)
    this.mode.memory.fresh?.delete(id)
  }

  /** Whether the data can't be proven right, so that its query must be refetched. */
  get isUnproven(): boolean {
    return this.#unproven !== undefined && this.#unproven.size > 0
  }

  get hasFresh(): boolean {
    return (this.mode.memory.fresh?.size ?? 0) > 0
  }

  isFresh(id: unknown): boolean {
    return this.mode.memory.fresh?.has(id) ?? false
  }

  /** Notes that a row was placed by order of arrival. */
  addFresh(id: unknown): void {
    const { memory } = this.mode
    memory.fresh = (memory.fresh ?? new Set()).add(id)
    // One by one, each would cost a search for the oldest.
    if (memory.fresh.size > 2 * FRESH_ROWS) {
      memory.fresh = new Set([...memory.fresh].slice(-FRESH_ROWS))
    }
  }

  /** Notes that the row at an end, or between two pages, has left it. */
  erode(end: ListEnd | 'seam'): void {
    const { memory } = this.mode
    memory.eroded = (memory.eroded ?? new Set()).add(end)
  }

  /** Notes that a row was left out beyond an end. */
  leaveOut(end: ListEnd): void {
    const { memory } = this.mode
    if (memory.eroded?.has(end)) memory.hasHole = true
    if (end === 'start') this.shift()
  }

  /** Notes that a row has gone, or has come before the first. */
  shift(): void {
    this.mode.memory.isShifted = true
  }
}

let current: Application | undefined

/** Runs `updater` as part of `application`. */
export function runWithin<Result>(application: Application, updater: () => Result): Result {
  const outer = current
  current = application
  try {
    return updater()
  } finally {
    current = outer
  }
}

/** The application under way; undefined where an updater is called by hand. */
export function currentApplication(): Application | undefined {
  return current
}
