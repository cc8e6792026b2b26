/**
 * `npm run simulate -- --runs 100000 --seed 1`: random histories of events, fetches and edits, and
 * whether every cache ends as the server has it; beside it, what people write by hand.
 *
 * --runs N      how many histories (default 2000)
 * --seed S      the first one's seed; the next has S + 1 (default 1)
 * --fault NAME  takes one safeguard out of the engine; fails if that goes unnoticed
 * --only NAME   one bridge alone: sync, set, cancel or invalidate
 * --stamps KIND leaves out the seeds whose responses are stamped otherwise: none, bound or exact
 * --compare N   how many of the runs are also made by hand (default 2000)
 * --threads N   (default: as many as there are cores)
 */

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { BRIDGES, type BridgeName } from './bridges.ts'
import { bundleWorker } from './bundle.ts'
import { FAULTS } from './faults.ts'
import { STAMPINGS } from './history.ts'
import { printTable } from './table.ts'
import { addUp } from './transitions.ts'
import { emptySum, type Failure, type Report, type Sum, type Task } from './report.ts'

const CHUNK = 50

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    fault: { type: 'string' },
    only: { type: 'string' },
    stamps: { type: 'string' },
    compare: { type: 'string', default: '2000' },
    threads: { type: 'string', default: String(availableParallelism()) },
    shrink: { type: 'string', default: '3' },
  },
})

const runs = Number(values.runs)
const firstSeed = Number(values.seed)
const compared = values.fault === undefined ? Number(values.compare) : 0
const only = BRIDGES.find((name) => name === values.only)
const stamps = STAMPINGS.find((kind) => kind === values.stamps)
const fault = values.fault === undefined ? undefined : FAULTS[values.fault]
if (values.stamps !== stamps) {
  console.error(`No stamps "${values.stamps}". There are: ${STAMPINGS.join(', ')}.`)
  process.exit(2)
}
if (values.fault !== undefined && fault === undefined) {
  console.error(`No fault "${values.fault}". There are: ${Object.keys(FAULTS).join(', ')}.`)
  process.exit(2)
}

const started = performance.now()
const sums: Record<BridgeName, Sum> = {
  sync: emptySum(),
  set: emptySum(),
  cancel: emptySum(),
  invalidate: emptySum(),
  reconnect: emptySum(),
}
const failures: Failure[] = []
/** When progress was shown last. */
let shown = 0
const tasks = planTasks()
/** With a fault, one violation is all that is wanted. */
const isEnough = () => fault !== undefined && failures.length > 0
// Whoever stops it still gets the table, of what has been run.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => tasks.splice(0))

const code = await bundleWorker(fault)
const threads = Array.from({ length: Number(values.threads) }, () => startThread(code))
/** The engine as it is: what fails here, too, is not the fault's doing. */
const control = fault && startThread(await bundleWorker(undefined))
await Promise.all(threads.map(({ work }) => work(tasks)))
clearProgress()
await shrinkFailures()
for (const thread of [...threads, control]) await thread?.worker.terminate()

printTable(sums, performance.now() - started)
if (fault !== undefined) {
  const first = Math.min(...failures.map(({ seed }) => seed))
  console.log(
    failures.length > 0
      ? `Without ${fault.without}: caught in run ${first - firstSeed + 1}.`
      : `Without ${fault.without}: NOT caught in ${sums.sync.runs} runs.`,
  )
}
process.exitCode = failures.length > 0 ? 1 : 0

function planTasks(): Task[] {
  const planned: Task[] = []
  for (let from = firstSeed; from < firstSeed + runs; from += CHUNK) {
    const to = Math.min(from + CHUNK, firstSeed + runs)
    const isCompared = from < firstSeed + compared
    const bridges = only ? [only] : isCompared ? BRIDGES : (['sync'] as const)
    planned.push({ kind: 'run', from, to, bridges, stamps })
  }
  return planned
}

function startThread(code: string) {
  const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`)
  // The bundle is plain JavaScript: what this process was started with is not for it.
  const worker = new Worker(url, { execArgv: [], env: process.env })

  let last: Promise<unknown> = Promise.resolve()

  /** One task at a time. */
  function ask(task: Task): Promise<Report> {
    const report = last.then(() => send(task))
    last = report
    return report
  }

  function send(task: Task): Promise<Report> {
    return new Promise((resolve, reject) => {
      worker.once('error', reject)
      worker.once('message', (report: Report) => {
        worker.off('error', reject)
        resolve(report)
      })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have none
      worker.postMessage(task)
    })
  }

  async function work(queue: Task[]): Promise<void> {
    for (let task = queue.shift(); task !== undefined && !isEnough(); task = queue.shift()) {
      await take(await ask(task))
    }
  }
  return { worker, ask, work }
}

async function take(report: Report): Promise<void> {
  if (report.kind !== 'run') return
  for (const bridge of BRIDGES) {
    const [sum, part] = [sums[bridge], report.sums[bridge]]
    if (part === undefined) continue
    sum.runs += part.runs
    sum.wrongRuns += part.wrongRuns
    sum.steps += part.steps
    sum.events += part.events
    sum.fetches += part.fetches
    addUp(sum.transitions, part.transitions)
    addUp(sum.violations, part.violations)
  }
  for (const failure of report.failures) {
    if (!(await isDue(failure))) continue
    failures.push(failure)
    clearProgress()
    console.log(`seed ${failure.seed} is wrong: ${failure.violations[0]?.invariant ?? ''}`)
  }
  showProgress()
}

async function isDue({ seed, bridge }: Failure): Promise<boolean> {
  if (control === undefined) return true
  if (isEnough()) return false
  const report = await control.ask({
    kind: 'run',
    from: seed,
    to: seed + 1,
    bridges: [bridge],
    stamps,
  })
  return report.kind === 'run' && report.failures.length === 0
}

function showProgress(): void {
  const now = performance.now()
  const done = Math.max(...BRIDGES.map((bridge) => sums[bridge].runs))
  if (now - shown < (process.stdout.isTTY ? 200 : 10_000)) return
  shown = now
  const line = `${done} of ${stamps === undefined ? runs : `the ${stamps} ones of ${runs}`} runs, ${failures.length} wrong, ${((now - started) / 1000).toFixed(0)} s`
  process.stdout.write(process.stdout.isTTY ? `\r${line}` : `${line}\n`)
}

function clearProgress(): void {
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
}

/** Prints the smallest histories found, for the first failures of each invariant. */
async function shrinkFailures(): Promise<void> {
  const [thread] = threads
  let left = Number(values.shrink)
  const seen = new Set<string>()
  for (const { seed, bridge, violations } of failures.toSorted((a, b) => a.seed - b.seed)) {
    const [first] = violations
    const kind = `${first?.invariant} ${first?.query.split(' ')[0]}`
    if (first === undefined || left === 0 || seen.has(kind)) continue
    seen.add(kind)
    left--
    const report = await thread?.ask({
      kind: 'shrink',
      seed,
      bridge,
      invariant: first.invariant,
    })
    if (report?.kind === 'shrink') console.log(`\nSeed ${seed}, ${kind}:\n${report.text}\n`)
  }
  const rest = failures.slice(0, 20).map(({ seed, violations }) => {
    const [first] = violations
    return `  seed ${seed}: ${first?.invariant} ${first?.query}: ${first?.detail.slice(0, 150)}`
  })
  if (rest.length > 0 && fault === undefined) console.log(rest.join('\n'))
}
