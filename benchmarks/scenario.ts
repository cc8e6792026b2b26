/**
 * What a benchmark is made of: a scenario measures, and returns a report. A report is plain data:
 * it is printed, drawn, and kept as JSON in `results.json`.
 */

import type { Figure } from './harness.ts'

export interface Scenario {
  /** What `--only` calls it; also the name of its plot's file. */
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
  /** What the table shows, drawn. */
  readonly plot?: GrowthPlot | BarPlot
  readonly bars?: readonly Bar[]
}

export type Cell = string | Measured

/** A time in microseconds, a size in bytes, a rate per second, a plain number, or a ratio. */
export type Measured =
  | { readonly us: Figure }
  | { readonly bytes: Figure }
  | { readonly perSecond: Figure }
  | { readonly count: Figure }
  | { readonly ratio: Figure }

/** Names of the kinds of {@link Measured}: what an axis counts in. */
export type Unit = 'us' | 'bytes' | 'perSecond' | 'count' | 'ratio'

/**
 * How each contestant's cost grows with a size: a line for each, with whiskers from quartile to
 * quartile. Both axes are logarithmic where their values span a decade.
 *
 * With three points or more, the report has the exponent of each line as well: `size ^ exponent`
 * is how its cost grows. 0 is flat, 1 proportional.
 */
export interface GrowthPlot {
  /** What a size counts: `'cached queries'`. */
  readonly x: string
  /** What is measured, without its unit: `'CPU time per event'`. */
  readonly y: string
  readonly unit: Unit
  /** Ours first: it is drawn strongest. */
  readonly series: readonly Series[]
}

interface Series {
  /** Written at the end of its line; short. */
  readonly label: string
  /** From the smallest size to the largest. `pointOf` makes one of samples. */
  readonly points: readonly Point[]
}

export interface Point extends Figure {
  readonly size: number
}

/** Contestants without a size: a bar for each, from zero. */
export interface BarPlot {
  /** What is measured, without its unit. */
  readonly y: string
  readonly unit: Unit
  /** From top to bottom. Those that are `ours` are drawn strongest. */
  readonly values: readonly (Figure & { readonly label: string; readonly ours?: boolean })[]
}

/** What must hold: that the median is at most, or at least, so much. In the unit measured. */
export type Bar = { readonly claim: string } & Measured &
  ({ readonly most: number } | { readonly least: number })
