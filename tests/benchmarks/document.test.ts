/** Figures in the documentation are those of the last run that was written down, and no others. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fillIn } from '../../benchmarks/document.ts'
import { growthOf } from '../../benchmarks/growth.ts'
import { figureOf, pointOf } from '../../benchmarks/harness.ts'
import { drawPlot } from '../../benchmarks/plot.ts'
import { readResults, type Result } from '../../benchmarks/results.ts'
import type { Report } from '../../benchmarks/scenario.ts'
import { isBroken, printReport } from '../../benchmarks/table.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

const REPORT: Report = {
  title: 'A title',
  note: 'A note.',
  columns: ['N', 'ours'],
  rows: [['10', { us: figureOf([1, 2, 3]) }]],
  plot: {
    x: 'rows',
    y: 'time',
    unit: 'us',
    series: [
      {
        label: 'ours',
        points: [pointOf(1, [1, 2, 3]), pointOf(10, [10, 20, 30]), pointOf(100, [200])],
      },
    ],
  },
  bars: [
    { claim: 'is quick', ratio: figureOf([2]), most: 1 },
    { claim: 'is quicker than another', ratio: figureOf([20]), least: 20 },
  ],
}
const RESULT: Result = {
  environment: { date: '2026-01-02', processor: 'A Processor', cores: 2, versions: {} },
  report: REPORT,
}

describe('docs/PERFORMANCE.md', () => {
  it('holds what results.json holds', () => {
    expect(fillIn(read('docs/PERFORMANCE.md'), readResults())).toBe(read('docs/PERFORMANCE.md'))
  })

  it('shows plots that are drawn from results.json', () => {
    const drawn = Object.entries(readResults()).filter(([, { report }]) => report.plot)
    const kept = drawn.map(([name]) => read(`docs/plots/${name}.svg`))
    expect(kept).toEqual(drawn.map(([, { report }]) => drawPlot(report)))
  })

  it('is changed between the markers alone, and a scenario that it lacks comes last', () => {
    const before = 'First.\n\n<!-- bench:a -->\nOld.\n<!-- /bench:a -->\n\nLast.\n'
    const after = fillIn(before, { a: RESULT, b: RESULT })
    expect(after).toMatch(/^First\.\n\n<!-- bench:a -->\n\n## A title\n/)
    expect(after).not.toContain('Old.')
    expect(after).toMatch(/<!-- \/bench:a -->\n\nLast\.\n\n<!-- bench:b -->\n\n## A title\n/)
    expect(fillIn(after, { a: RESULT, b: RESULT })).toBe(after)
  })
})

describe('a report', () => {
  it('has its table, its exponents and its bars', () => {
    expect(printReport(REPORT).split('\n')).toEqual([
      '## A title',
      '',
      'A note.',
      '',
      '| N   |      ours |',
      '| --- | --------: |',
      '| 10  | 2 µs ±25% |',
      '',
      '| exponent over rows | ours |',
      '| ------------------ | ---: |',
      '| N ^                | 1.00 |',
      '',
      '- is quick: 2×; at most 1×: **not met**',
      '- is quicker than another: 20×; at least 20×: holds',
    ])
  })

  it('breaks a bar above its most and below its least, and not upon it', () => {
    const ratio = figureOf([1])
    const holds = [{ most: 1 }, { least: 1 }, { most: 0.9 }, { least: 1.1 }]
    expect(holds.map((limit) => isBroken({ claim: '', ratio, ...limit }))).toEqual([
      false,
      false,
      true,
      true,
    ])
  })
})

describe('the exponent of a cost', () => {
  const points = (cost: (size: number) => number) =>
    [10, 100, 1000].map((size) => pointOf(size, [cost(size)]))

  it('is 0 where the cost is flat, 1 where it is proportional, 2 where it is squared', () => {
    expect(growthOf(points(() => 7))).toBeCloseTo(0)
    expect(growthOf(points((size) => 7 * size))).toBeCloseTo(1)
    expect(growthOf(points((size) => size ** 2))).toBeCloseTo(2)
  })

  it('is unknown with two points', () => {
    expect(growthOf(points(() => 7).slice(1))).toBeUndefined()
  })
})

describe('a plot', () => {
  it('says what it shows to who cannot see it', () => {
    const drawn = drawPlot(REPORT)
    expect(drawn).toContain('<title id="title">A title</title>')
    expect(drawn).toContain('time over rows. ours: 2 µs at 1, 20 µs at 10, 200 µs at 100.')
  })
})
