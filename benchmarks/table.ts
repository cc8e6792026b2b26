/** Reports as Markdown: aligned for a terminal, and ready for docs/PERFORMANCE.md. */

import type { Figure } from './harness.ts'
import type { Bar, Cell, Report } from './scenario.ts'

export function printReport({ title, note, columns, rows, bars = [] }: Report): string {
  const lines = [`### ${title}`, '', note, '', ...tableLines(columns, rows)]
  if (bars.length > 0) lines.push('', ...bars.map(printBar))
  return lines.join('\n')
}

export function isBroken({ ratio, most }: Bar): boolean {
  return ratio.median > most
}

function printBar(bar: Bar): string {
  const verdict = isBroken(bar) ? 'BROKEN' : 'holds'
  return `- ${bar.claim}: ${printRatio(bar.ratio)}, bar ${bar.most}×: ${verdict}`
}

function tableLines(columns: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const cells = rows.map((row) => row.map(printCell))
  const widths = columns.map((column, place) =>
    Math.max(column.length, ...cells.map((row) => row[place]!.length)),
  )
  const isText = columns.map((_, place) => rows.every((row) => typeof row[place] === 'string'))
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
  if (typeof cell === 'string') return cell
  return 'us' in cell ? printTime(cell.us) : printRatio(cell.ratio)
}

function printTime({ median, spread }: Figure): string {
  const [value, unit] = median < 1000 ? [median, 'µs'] : [median / 1000, 'ms']
  return `${short(value)} ${unit} ±${percent(spread)}`
}

function printRatio({ median, spread }: Figure): string {
  return `${short(median)}× ±${percent(spread)}`
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`
}

/** Three digits that count; all of them above a hundred. */
function short(value: number): string {
  if (value >= 100) return value.toFixed(0)
  return value.toFixed(value >= 10 ? 1 : 2)
}
