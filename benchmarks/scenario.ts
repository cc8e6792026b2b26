/** What a benchmark is made of: a scenario measures, and returns tables and bars. */

import type { Figure } from './harness.ts'

export interface Scenario {
  /** What `--only` calls it. */
  readonly name: string
  /** @param progress - shows how far it has come; overwritten by the next call. */
  readonly run: (progress: (done: string) => void) => Promise<Report>
}

export interface Report {
  readonly title: string
  /** How to read the table: what was done, and with what. */
  readonly note: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  readonly bars?: readonly Bar[]
}

/** A text, a time in microseconds, or a ratio. */
export type Cell = string | { readonly us: Figure } | { readonly ratio: Figure }

/** A ratio that must not be passed. */
export interface Bar {
  readonly claim: string
  readonly ratio: Figure
  readonly most: number
}
