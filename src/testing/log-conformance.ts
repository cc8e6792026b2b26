/**
 * What every log must do, as tests: the promises of `EventLog` that server and clients rest on. The
 * logs that come with this library pass them; so must one of your own.
 *
 * ```ts
 * for (const { name, run } of logConformance) test(name, () => run({ open }))
 * ```
 */

import type { EventLog } from '../server/log/event-log.ts'
import { alone } from './log-conformance/alone.ts'
import { shared } from './log-conformance/shared.ts'
import { startBench, type Bench } from './log-conformance/bench.ts'

export interface ConformanceOptions {
  /**
   * Opens a log of its own that nobody has used, and as many nodes' ends of it as asked for: one, if
   * it is not shared.
   */
  readonly open: (nodes: number) => readonly EventLog[] | Promise<readonly EventLog[]>
  /** How many events a room of it keeps; trimming is tried where this is said. @default unknown */
  readonly maxEventsPerRoom?: number | undefined
  /** How long a node may take to be told of an event, in milliseconds. @default 5000 */
  readonly patienceMs?: number | undefined
}

export interface ConformanceCase {
  /** A claim. */
  readonly name: string
  /** Whether it is about several nodes: not for a log of one process. */
  readonly isShared: boolean
  /** Rejects with what was found instead. */
  readonly run: (options: ConformanceOptions) => Promise<void>
}

export const logConformance: readonly ConformanceCase[] = [
  ...Object.entries(alone).map(([name, claim]) => caseOf(name, claim, 1)),
  ...Object.entries(shared).map(([name, claim]) => caseOf(name, claim, 2)),
]

function caseOf(
  name: string,
  claim: (bench: Bench) => Promise<void>,
  nodes: number,
): ConformanceCase {
  return {
    name,
    isShared: nodes > 1,
    async run(options) {
      const bench = startBench(await options.open(nodes), options)
      try {
        // A node is told of what is appended once it has answered something.
        for (const { log } of bench.ends) await log.heads([])
        await claim(bench)
      } finally {
        await bench.close()
      }
    },
  }
}
