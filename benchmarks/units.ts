/** Numbers with their units, as people read them: in tables, and at the axes of plots. */

import type { Figure } from './harness.ts'
import type { Measured, Unit } from './scenario.ts'

/** What a report measured: its unit, and its figure. */
export function partsOf(measured: Measured): readonly [unit: Unit, figure: Figure] {
  return Object.entries(measured).find(([name]) => name in UNITS) as [Unit, Figure]
}

/** `3.25 µs`, `12.4 kB`, `7.80×`. */
export function printValue(value: number, unit: Unit): string {
  return UNITS[unit](value, short)
}

/** The same as short as it can be, for an axis: `1 ms`, `20 kB`, `100k`. */
export function printTick(value: number, unit: Unit): string {
  return UNITS[unit](value, (scaled) => String(Number(scaled.toPrecision(3))))
}

/** `1,000`. */
export function printSize(size: number): string {
  return size.toLocaleString('en')
}

type Digits = (scaled: number) => string

const UNITS: Record<Unit, (value: number, digits: Digits) => string> = {
  us: (value, digits) =>
    scale(value, digits, [
      [1, ' µs'],
      [1000, ' ms'],
      [1_000_000, ' s'],
    ]),
  bytes: (value, digits) =>
    scale(value, digits, [
      [1, ' B'],
      [1000, ' kB'],
      [1_000_000, ' MB'],
    ]),
  perSecond: (value, digits) => `${scale(value, digits, THOUSANDS)}/s`,
  count: (value, digits) => scale(value, digits, THOUSANDS),
  ratio: (value, digits) => `${digits(value)}×`,
}

const THOUSANDS: Steps = [
  [1, ''],
  [1000, 'k'],
  [1_000_000, 'M'],
]

type Steps = readonly (readonly [factor: number, name: string])[]

function scale(value: number, digits: Digits, steps: Steps): string {
  const [factor, name] = steps.findLast(([least]) => Math.abs(value) >= least) ?? steps[0]!
  return `${digits(value / factor)}${name}`
}

/** Three digits that count; all of them above a hundred. */
function short(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return value.toFixed(0)
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
