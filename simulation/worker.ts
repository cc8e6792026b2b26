/**
 * One thread's share of the work: runs seeds, and adds up what became of them.
 */

import { notifyManager } from '@tanstack/query-core'
import { parentPort } from 'node:worker_threads'
import { makeHistory } from './history.ts'
import { runHistory } from './run-history.ts'
import { describeHistory, shrink } from './shrink.ts'
import {
  emptySum,
  type Failure,
  type Report,
  type RunReport,
  type ShrinkReport,
  type Sum,
  type Task,
} from './report.ts'
import { addUp, count } from './transitions.ts'
import type { BridgeName } from './bridges.ts'

/** How much of a timeline is printed: the end is what counts. */
const TIMELINE_LENGTH = 100

/** Every so many seeds one is run twice, and must leave the same trace. */
const REPEAT_EVERY = 50

notifyManager.setScheduler(queueMicrotask)

parentPort?.on('message', (task: Task) => {
  const work = task.kind === 'run' ? runSeeds(task) : shrinkSeed(task)
  work.then(
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have none
    (report: Report) => parentPort?.postMessage(report),
    (error: unknown) => {
      // Shows as the worker's own error, and ends the run.
      setImmediate(() => {
        throw error
      })
    },
  )
})

async function runSeeds({
  from,
  to,
  bridges,
  stamps,
}: Extract<Task, { kind: 'run' }>): Promise<RunReport> {
  const sums: Partial<Record<BridgeName, Sum>> = {}
  const failures: Failure[] = []
  for (let seed = from; seed < to; seed++) {
    const history = makeHistory(seed)
    if (stamps !== undefined && history.setup.stamps !== stamps) continue
    for (const bridge of bridges) {
      const outcome = await runHistory(history, bridge)
      const violations = [...outcome.violations]
      if (bridge === 'sync' && seed % REPEAT_EVERY === 0) {
        const again = await runHistory(makeHistory(seed), bridge)
        if (again.trace !== outcome.trace) {
          const detail = `trace ${outcome.trace}, then ${again.trace}`
          violations.push({ invariant: 'I16', query: 'all', detail })
        }
      }
      const sum = (sums[bridge] ??= emptySum())
      sum.runs++
      sum.steps += outcome.steps
      sum.events += outcome.events
      sum.fetches += outcome.fetches
      addUp(sum.transitions, outcome.counts)
      if (violations.length === 0) continue
      sum.wrongRuns++
      for (const invariant of new Set(violations.map((each) => each.invariant))) {
        count(sum.violations, invariant)
      }
      if (bridge === 'sync') failures.push({ seed, bridge, violations })
    }
  }
  return { kind: 'run', sums, failures }
}

async function shrinkSeed({
  seed,
  bridge,
  invariant,
}: Extract<Task, { kind: 'shrink' }>): Promise<ShrinkReport> {
  const { history, violations } = await shrink(makeHistory(seed), bridge, invariant)
  const faults = violations.map(
    ({ invariant, query, detail }) => `  ${invariant} ${query}: ${detail}`,
  )
  const timeline: string[] = []
  await runHistory(history, bridge, timeline)
  const last = timeline.slice(-TIMELINE_LENGTH)
  const text = [describeHistory(history), ...faults, 'timeline (ms):', ...last].join('\n')
  return { kind: 'shrink', seed, text }
}
