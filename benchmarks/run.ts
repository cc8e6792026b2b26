/**
 * `npm run bench`: every scenario, its progress, then its table.
 *
 * `npm run bench -- --only NAME` runs the scenarios whose name contains NAME. Ends non-zero when
 * a bar is broken.
 */

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isBroken, printReport } from './table.ts'
import type { Report, Scenario } from './scenario.ts'
import { attach } from './scenarios/attach.ts'
import { broadcast } from './scenarios/broadcast.ts'
import { comeAndGo } from './scenarios/come-and-go.ts'
import { compile } from './scenarios/compile.ts'
import { frames } from './scenarios/frames.ts'
import { memory } from './scenarios/memory.ts'
import { oneEvent } from './scenarios/one-event.ts'
import { reconnect } from './scenarios/reconnect.ts'
import { postgresLogScenario } from './scenarios/postgres-log.ts'
import { redisLogScenario } from './scenarios/redis-log.ts'
import { sameProcedure } from './scenarios/same-procedure.ts'
import { slowConsumer } from './scenarios/slow-consumer.ts'

const SCENARIOS: readonly Scenario[] = [
  oneEvent,
  sameProcedure,
  attach,
  comeAndGo,
  broadcast,
  frames,
  reconnect,
  redisLogScenario,
  postgresLogScenario,
  slowConsumer,
  memory,
  compile,
]

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const chosen = SCENARIOS.filter(({ name }) => name.includes(values.only))
if (chosen.length === 0) {
  const names = SCENARIOS.map(({ name }) => name).join(', ')
  console.error(`No scenario is called "${values.only}". There are: ${names}.`)
  process.exit(2)
}

const startedAt = performance.now()
const reports: Report[] = []
for (const { name, run } of chosen) {
  reports.push(await run((done) => showProgress(`${name}: ${done}`)))
  endProgress(`${name}: done after ${secondsSince(startedAt)} s in all`)
}

console.log(`\nNode ${process.versions.node}, ${availableParallelism()} cores.`)
console.log('CPU time: median of the rounds ± half of the distance between the quartiles.\n')
console.log(reports.map(printReport).join('\n\n'))

const broken = reports.flatMap(({ bars = [] }) => bars).filter(isBroken)
process.exitCode = broken.length === 0 ? 0 : 1

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1)
}

function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${line}`)
}

function endProgress(line: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\u001B[K${line}\n` : `${line}\n`)
}
