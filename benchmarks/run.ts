/**
 * `npm run bench`: every scenario, its progress, then its table.
 *
 * - `--only NAME` runs the scenarios whose name contains NAME.
 * - `--write` keeps what was measured in `results.json`, draws the plots and puts the tables into
 *   docs/PERFORMANCE.md; scenarios that did not run stay as they are.
 * - `--redraw` measures nothing, and writes the document and plots anew from `results.json`.
 *
 * Ends with 1 when a bar is not met, with 2 when there is no such scenario.
 */

process.env['NODE_ENV'] ??= 'production'

import { parseArgs } from 'node:util'
import { writeDocument } from './document.ts'
import { lookAround, readResults, writeResults, type Result } from './results.ts'
import type { Scenario } from './scenario.ts'
import { attach } from './scenarios/attach.ts'
import { broadcast } from './scenarios/broadcast.ts'
import { burst } from './scenarios/burst.ts'
import { bundleSize } from './scenarios/bundle-size.ts'
import { clientMemory } from './scenarios/client-memory.ts'
import { comeAndGo } from './scenarios/come-and-go.ts'
import { compile } from './scenarios/compile.ts'
import { frames } from './scenarios/frames.ts'
import { idleSockets, memory } from './scenarios/memory.ts'
import { oneEvent } from './scenarios/one-event.ts'
import { prepend } from './scenarios/prepend.ts'
import { postgresNodes, redisNodes } from './scenarios/nodes.ts'
import { paint } from './scenarios/paint.ts'
import { reconnect } from './scenarios/reconnect.ts'
import { postgresLogScenario } from './scenarios/postgres-log.ts'
import { renders } from './scenarios/renders.ts'
import { redisLogScenario } from './scenarios/redis-log.ts'
import { sameProcedure } from './scenarios/same-procedure.ts'
import { slowConsumer } from './scenarios/slow-consumer.ts'
import { isBroken, printReport } from './table.ts'

/** Only where it is named: it takes minutes, and nothing of it runs in an application. */
const APART: readonly Scenario[] = [compile]

const SCENARIOS: readonly Scenario[] = [
  // First, while the process holds little: each collection looks at all there is.
  clientMemory,
  memory,
  idleSockets,
  oneEvent,
  sameProcedure,
  burst,
  prepend,
  attach,
  comeAndGo,
  bundleSize,
  broadcast,
  frames,
  reconnect,
  paint,
  renders,
  redisLogScenario,
  postgresLogScenario,
  redisNodes,
  postgresNodes,
  slowConsumer,
]

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
    redraw: { type: 'boolean', default: false },
  },
})

if (values.redraw) {
  writeDocument(readResults())
} else {
  const all = values.only === '' ? SCENARIOS : [...SCENARIOS, ...APART]
  const chosen = all.filter(({ name }) => name.includes(values.only))
  if (chosen.length === 0) {
    const names = all.map(({ name }) => name).join(', ')
    console.error(`No scenario is called "${values.only}". There are: ${names}.`)
    process.exit(2)
  }
  await runAll(chosen)
}

async function runAll(chosen: readonly Scenario[]): Promise<void> {
  const environment = lookAround()
  const startedAt = performance.now()
  const results: Record<string, Result> = {}
  for (const [place, { name, run }] of chosen.entries()) {
    const which = `[${place + 1}/${chosen.length}] ${name}`
    results[name] = { environment, report: await run((done) => show(`${which}: ${done}`)) }
    // What has been measured is kept, whatever becomes of the rest.
    if (values.write) writeDocument(writeResults(results))
    showForGood(`${which}: done after ${secondsSince(startedAt)} s in all`)
  }
  const { versions, cores } = environment
  console.log(`\nNode ${versions['node']}, ${cores} cores.`)
  console.log('Medians ± half of the distance between the quartiles.\n')
  const reports = Object.values(results).map(({ report }) => report)
  console.log(reports.map((report) => printReport(report)).join('\n\n'))

  const broken = reports.flatMap(({ bars = [] }) => bars).filter(isBroken)
  process.exitCode = broken.length === 0 ? 0 : 1
}

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1)
}

function show(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${line}`)
}

function showForGood(line: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\u001B[K${line}\n` : `${line}\n`)
}
