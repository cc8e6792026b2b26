/** The result, as a table: this engine beside what people write by hand. */

import { BRIDGES, BRIDGE_TITLES, type BridgeName } from './bridges.ts'
import { TRANSITIONS } from './transitions.ts'
import type { Sum } from './report.ts'

/** What is checked, in the order and with the words of PROTOCOL.md. */
const INVARIANTS: readonly (readonly [id: string, title: string])[] = [
  ['I1', 'every query equals the server'],
  ['I2', 'counters exact'],
  ['I4', 'nothing of a revoked room'],
  ['I7', 'no invalidation lost (I5)'],
  ['I8', 'nothing goes back (I6)'],
  ['I11', 'refetches bounded'],
  ['I12', 'cleanup leaves nothing'],
  ['I13', 'plain listeners hear in order'],
  ['I14', 'a throwing rule stays alone'],
  ['I16', 'same seed, same trace'],
]

export function printTable(sums: Readonly<Record<BridgeName, Sum>>, tookMs: number): void {
  const columns = BRIDGES.filter((bridge) => sums[bridge].runs > 0)
  const line = (title: string, cell: (sum: Sum) => string) =>
    console.log(
      title.padEnd(38) + columns.map((each) => cell(sums[each]).padStart(18)).join(''),
    )

  console.log(''.padEnd(38) + columns.map((each) => BRIDGE_TITLES[each].padStart(18)).join(''))
  line('runs', ({ runs }) => String(runs))
  line('steps a run', ({ steps, runs }) => (steps / runs).toFixed(1))
  line('events a run', ({ events, runs }) => (events / runs).toFixed(1))
  line('full fetches a run', ({ fetches, runs }) => (fetches / runs).toFixed(1))
  line('runs that end or look wrong', ({ wrongRuns }) => String(wrongRuns))
  for (const [id, title] of INVARIANTS) {
    line(`  ${id} ${title}`, ({ violations }) => String(violations[id] ?? 0))
  }

  const { transitions } =
    sums.sync.runs > 0 ? sums.sync : columns[0] ? sums[columns[0]] : sums.sync
  const seen = TRANSITIONS.filter((name) => (transitions[name] ?? 0) > 0)
  console.log(`\ntransitions covered: ${seen.length} of ${TRANSITIONS.length}`)
  for (const name of TRANSITIONS) {
    console.log(`  ${name.padEnd(48)}${String(transitions[name] ?? 0).padStart(10)}`)
  }
  const total = Object.values(sums).reduce((sum, { runs }) => sum + runs, 0)
  console.log(`\n${(tookMs / 1000).toFixed(1)} s, ${(tookMs / total).toFixed(2)} ms a run`)
}
