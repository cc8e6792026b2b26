/** Reports as Markdown: aligned for a terminal, and ready for docs/PERFORMANCE.md. */

import { growthOf } from './growth.ts'
import type { Bar, Cell, GrowthPlot, Measured, Report } from './scenario.ts'
import { partsOf, printValue } from './units.ts'

/** @param picture - a line that shows the plot, where there is one to show. */
export function printReport(report: Report, picture?: string): string {
  const { title, note, columns, rows, plot, bars = [] } = report
  const lines = [`## ${title}`, '', note, '', ...tableLines(columns, rows)]
  if (plot && 'series' in plot) lines.push(...growthLines(plot))
  if (bars.length > 0) lines.push('', ...bars.map(printBar))
  if (picture !== undefined) lines.push('', picture)
  return lines.join('\n')
}

export function isBroken(bar: Bar): boolean {
  const [, { median }] = partsOf(bar)
  return 'most' in bar ? median > bar.most : median < bar.least
}

function printBar(bar: Bar): string {
  const [unit] = partsOf(bar)
  const limit = 'most' in bar ? ['at most', bar.most] : (['at least', bar.least] as const)
  const verdict = isBroken(bar) ? '**not met**' : 'holds'
  return `- ${bar.claim}: ${printMeasured(bar)}; ${limit[0]} ${printValue(Number(limit[1]), unit)}: ${verdict}`
}

/** How each cost grows, where there are points enough to say. */
function growthLines({ x, series }: GrowthPlot): string[] {
  const growing = series.flatMap(({ label, points }) => {
    const exponent = growthOf(points)
    return exponent === undefined
      ? []
      : [[label, (exponent + 0).toFixed(2).replace('-0.00', '0.00')] as const]
  })
  if (growing.length === 0) return []
  const head = [`exponent over ${x}`, ...growing.map(([label]) => label)]
  return ['', ...tableLines(head, [['N ^', ...growing.map(([, exponent]) => exponent)]], true)]
}

function tableLines(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  isNumeric = false,
): string[] {
  const cells = rows.map((row) => row.map(printCell))
  const widths = columns.map((column, place) =>
    Math.max(3, column.length, ...cells.map((row) => row[place]!.length)),
  )
  const isText = columns.map(
    (_, place) =>
      rows.every((row) => typeof row[place] === 'string') && !(isNumeric && place > 0),
  )
  const line = (texts: readonly string[]) =>
    `| ${texts
      .map((text, place) =>
        isText[place] ? text.padEnd(widths[place]!) : text.padStart(widths[place]!),
      )
      .join(' | ')} |`
  const rule = widths.map((width, place) =>
    isText[place] ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  )
  return [line(columns), line(rule), ...cells.map(line)]
}

function printCell(cell: Cell): string {
  return typeof cell === 'string' ? cell : printMeasured(cell)
}

/** The spread is left out where there is none to speak of: a size of a bundle has none. */
function printMeasured(measured: Measured): string {
  const [unit, { median, spread }] = partsOf(measured)
  const value = printValue(median, unit)
  return spread === 0 ? value : `${value} ±${Math.round(spread * 100)}%`
}
