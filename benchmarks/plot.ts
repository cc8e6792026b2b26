/**
 * Draws a plot as SVG: on a card of its own, so that it can be read on a dark page as on a light
 * one, with each line's name at its end and its spread as whiskers. Says in `desc` what it shows.
 */

import { scaleOf, scaleOfSizes } from './scale.ts'
import type { BarPlot, GrowthPlot, Report } from './scenario.ts'
import { printSize, printTick, printValue } from './units.ts'

/** @throws where the report has nothing to draw. */
export function drawPlot({ title, plot }: Report): string {
  if (!plot) throw new Error(`There is no plot of "${title}".`)
  return 'series' in plot ? drawGrowth(title, plot) : drawBars(title, plot)
}

const WIDTH = 760
const TOP = 44
/** The width of a letter, at most on average: labels are bold, some. */
const TEXT_PX = 7.6
const LINE_PX = 17
const INK = '#24292f'
const MUTED = '#57606a'
const GRID = '#e4e8ec'
const COLORS = ['#0969da', '#bc4c00', '#1a7f37', '#8250df', '#bf3989', '#57606a', '#7d4e00']
const OTHERS = '#8c959f'
/** What lies under a text stays off its letters. */
const HALO = ' stroke="#ffffff" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'

function drawGrowth(title: string, { x, y, unit, series }: GrowthPlot): string {
  const points = series.flatMap((line) => line.points)
  const xs = scaleOfSizes(points.map(({ size }) => size))
  const ys = scaleOf(points.flatMap(({ low, high }) => [low, high]))
  const height = 400
  const box = {
    left: 24 + widest(ys.ticks.map((tick) => printTick(tick, unit))),
    right: WIDTH - 36 - widest(series.map(({ label }) => label)),
    top: TOP,
    bottom: height - 56,
  }
  const across = (size: number) => box.left + 16 + xs.place(size) * (box.right - box.left - 24)
  const down = (value: number) => box.bottom - ys.place(value) * (box.bottom - box.top)

  const parts = [text({ x: 16, y: 26, bold: true }, y)]
  for (const tick of ys.ticks) {
    parts.push(rule(box.left, down(tick), box.right, down(tick), GRID))
    const at = { x: box.left - 8, y: down(tick) + 4, anchor: 'end', color: MUTED }
    parts.push(text(at, printTick(tick, unit)))
  }
  let free = 0
  for (const size of xs.ticks) {
    parts.push(rule(across(size), box.bottom, across(size), box.bottom + 5, MUTED))
    const half = widest([printSize(size)]) / 2
    if (across(size) - half < free) continue
    free = across(size) + half + 8
    const at = { x: across(size), y: box.bottom + 20, anchor: 'middle', color: MUTED }
    parts.push(text(at, printSize(size)))
  }
  const middle = (box.left + box.right) / 2
  parts.push(text({ x: middle, y: height - 14, anchor: 'middle', color: MUTED }, x))

  const ends = series.map((line) => line.points.at(-1)!)
  const labels = spread(
    ends.map(({ median }) => down(median) + 4),
    box.bottom,
  )
  // Ours comes last, over the others.
  for (const [place, { label, points: line }] of [...series.entries()].toReversed()) {
    const color = COLORS[place % COLORS.length]!
    for (const { size, low, high } of line) {
      parts.push(whisker(across(size), down(low), across(size), down(high), color))
    }
    const path = line.map(({ size, median }) => `${px(across(size))},${px(down(median))}`)
    const width = place === 0 ? 3 : 1.75
    parts.push(
      `<polyline points="${path.join(' ')}" fill="none" stroke="${color}" stroke-width="${width}"/>`,
    )
    for (const { size, median } of line) {
      parts.push(
        `<circle cx="${px(across(size))}" cy="${px(down(median))}" r="${place === 0 ? 4 : 3}" fill="${color}"/>`,
      )
    }
    const at = { x: across(ends[place]!.size) + 12, y: labels[place]!, color }
    parts.push(text({ ...at, bold: place === 0 }, label))
  }
  const told = series.map(({ label, points: line }) => {
    const shown = line.map((p) => `${printValue(p.median, unit)} at ${printSize(p.size)}`)
    return `${label}: ${shown.join(', ')}.`
  })
  return card({ title, height, parts, description: `${y} over ${x}. ${told.join(' ')}` })
}

function drawBars(title: string, { y, unit, values }: BarPlot): string {
  const { place } = scaleOf([0, ...values.map(({ high }) => high)])
  const named = values.map((value) => ({ ...value, shown: printValue(value.median, unit) }))
  const left = 28 + widest(values.map(({ label }) => label))
  const right = WIDTH - 36 - widest(named.map(({ shown }) => shown))
  const across = (value: number) => left + place(value) * (right - left)
  const rowHeight = 32
  const height = TOP + rowHeight * values.length + 16

  const parts = [text({ x: 16, y: 26, bold: true }, y)]
  for (const [row, { label, shown, median, low, high, ours = false }] of named.entries()) {
    const top = TOP + row * rowHeight
    const middle = top + rowHeight / 2
    const baseline = middle + 4
    const width = Math.max(1, across(median) - left)
    parts.push(
      text({ x: left - 10, y: baseline, anchor: 'end', bold: ours }, label),
      `<rect x="${px(left)}" y="${px(top + 6)}" width="${px(width)}" height="${rowHeight - 12}" rx="2" fill="${ours ? COLORS[0] : OTHERS}"/>`,
      whisker(across(low), middle, across(high), middle, INK),
      text({ x: across(Math.max(median, high)) + 10, y: baseline, bold: ours }, shown),
    )
  }
  parts.push(rule(left, TOP, left, height - 16, MUTED))
  const told = named.map(({ label, shown }) => `${label}: ${shown}.`)
  return card({ title, height, parts, description: `${y}. ${told.join(' ')}` })
}

interface Card {
  readonly title: string
  readonly description: string
  readonly height: number
  readonly parts: readonly string[]
}

function card({ title, description, height, parts }: Card): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13">`,
    `<title id="title">${escape(title)}</title>`,
    `<desc id="description">${escape(description)}</desc>`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" fill="#ffffff" stroke="#d0d7de"/>`,
    ...parts.filter((part) => part !== ''),
    '</svg>',
    '',
  ].join('\n')
}

interface TextOptions {
  readonly x: number
  readonly y: number
  readonly anchor?: string
  readonly color?: string
  readonly bold?: boolean
}

function text({ x, y, anchor, color = INK, bold }: TextOptions, content: string): string {
  const placed = anchor === undefined ? '' : ` text-anchor="${anchor}"`
  const weight = bold ? ' font-weight="600"' : ''
  return `<text x="${px(x)}" y="${px(y)}" fill="${color}"${placed}${weight}${HALO}>${escape(content)}</text>`
}

function rule(x1: number, y1: number, x2: number, y2: number, color: string): string {
  return `<path d="M${px(x1)} ${px(y1)}L${px(x2)} ${px(y2)}" stroke="${color}"/>`
}

/** A line from quartile to quartile, with a cap at each end; none where there is no spread. */
function whisker(x1: number, y1: number, x2: number, y2: number, color: string): string {
  if (x1 === x2 && y1 === y2) return ''
  const caps =
    x1 === x2
      ? [y1, y2].map((y) => `M${px(x1 - 4)} ${px(y)}h8`)
      : [x1, x2].map((x) => `M${px(x)} ${px(y1 - 4)}v8`)
  return `<path d="M${px(x1)} ${px(y1)}L${px(x2)} ${px(y2)}${caps.join('')}" stroke="${color}" stroke-opacity="0.7"/>`
}

/** Moves lines of text apart that would be written over each other, and none below `bottom`. */
function spread(lines: readonly number[], bottom: number): number[] {
  const moved = [...lines]
  const order = [...lines.keys()].toSorted((a, b) => lines[a]! - lines[b]!)
  let least = 0
  for (const line of order) least = (moved[line] = Math.max(moved[line]!, least)) + LINE_PX
  let most = bottom + 4
  for (const line of order.toReversed()) {
    most = (moved[line] = Math.min(moved[line]!, most)) - LINE_PX
  }
  return moved
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(({ length }) => length)) * TEXT_PX
}

/** A tenth of a pixel is as exact as can be seen. */
function px(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
