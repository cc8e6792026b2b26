/** What the main thread asks of a worker, and what it is told. */

import type { BridgeName } from './bridges.ts'
import type { Stamping } from './history.ts'
import type { Counts } from './transitions.ts'
import type { Violation } from './world.ts'

export type Task =
  | {
      readonly kind: 'run'
      readonly from: number
      readonly to: number
      readonly bridges: readonly BridgeName[]
      /** Other seeds are left out. */
      readonly stamps: Stamping | undefined
    }
  | {
      readonly kind: 'shrink'
      readonly seed: number
      readonly bridge: BridgeName
      readonly invariant: string
    }

export type Report = RunReport | ShrinkReport

/** The sums over a task's seeds. */
export interface RunReport {
  readonly kind: 'run'
  readonly sums: Partial<Record<BridgeName, Sum>>
  readonly failures: readonly Failure[]
}

export interface ShrinkReport {
  readonly kind: 'shrink'
  readonly seed: number
  readonly text: string
}

export interface Sum {
  runs: number
  wrongRuns: number
  steps: number
  events: number
  fetches: number
  readonly transitions: Counts
  /** Runs in which each invariant was broken. */
  readonly violations: Counts
}

export interface Failure {
  readonly seed: number
  readonly bridge: BridgeName
  readonly violations: readonly Violation[]
}

export function emptySum(): Sum {
  return {
    runs: 0,
    wrongRuns: 0,
    steps: 0,
    events: 0,
    fetches: 0,
    transitions: {},
    violations: {},
  }
}
