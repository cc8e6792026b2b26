/**
 * Puts results into `docs/PERFORMANCE.md`, between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`,
 * and their plots into `docs/plots`. What stands between markers is never written by hand; what
 * stands outside is never touched.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { drawPlot } from './plot.ts'
import type { Environment, Results } from './results.ts'
import { printReport } from './table.ts'

const DOCUMENT = new URL('../docs/PERFORMANCE.md', import.meta.url)
const PLOTS = new URL('../docs/plots/', import.meta.url)

export function writeDocument(results: Results): void {
  mkdirSync(PLOTS, { recursive: true })
  for (const [name, { report }] of Object.entries(results)) {
    if (report.plot) writeFileSync(new URL(`${name}.svg`, PLOTS), drawPlot(report))
  }
  writeFileSync(DOCUMENT, fillIn(readFileSync(DOCUMENT, 'utf8'), results))
}

/** The document with what stands between markers made anew; a scenario it lacks comes last. */
export function fillIn(document: string, results: Results): string {
  let filled = document
  for (const [name, { environment, report }] of Object.entries(results)) {
    const picture = report.plot ? `![${report.title}](plots/${name}.svg)` : undefined
    const block = [
      `<!-- bench:${name} -->`,
      '',
      printReport(report, picture),
      '',
      printEnvironment(environment),
      '',
      `<!-- /bench:${name} -->`,
    ].join('\n')
    const start = filled.indexOf(`<!-- bench:${name} -->`)
    const endMarker = `<!-- /bench:${name} -->`
    const end = filled.indexOf(endMarker)
    filled =
      start === -1 || end === -1
        ? `${filled.trimEnd()}\n\n${block}\n`
        : filled.slice(0, start) + block + filled.slice(end + endMarker.length)
  }
  return filled
}

function printEnvironment({ date, processor, cores, versions }: Environment): string {
  const of = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `<sub>${[date, `${cores} cores`, processor, ...of].join(' · ')}</sub>`
}
