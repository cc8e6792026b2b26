/** Where a value lies on an axis, and which values the axis names. */

export interface Scale {
  /** From 0, the axis' start, to 1, its end. */
  readonly place: (value: number) => number
  readonly ticks: readonly number[]
}

const STEPS = [1, 2, 5]
/** Fewer powers of ten than this, and the steps between them are named as well. */
const ENOUGH_TICKS = 3

/** Logarithmic where the values span a decade; else from zero. */
export function scaleOf(values: readonly number[]): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return isWide(least, most) ? logarithmic(least, most) : linear(most)
}

/** An axis of the sizes that were measured, all of which it names. */
export function scaleOfSizes(sizes: readonly number[]): Scale {
  const ticks = [...new Set(sizes)].toSorted((a, b) => a - b)
  const [least, most] = [ticks[0]!, ticks.at(-1)!]
  const by = isWide(least, most) ? Math.log : (size: number) => size
  return { place: between(by, least, most), ticks }
}

function isWide(least: number, most: number): boolean {
  return least > 0 && most / least >= 10
}

function logarithmic(least: number, most: number): Scale {
  const steps = [...stepsFrom(least)]
  const start = steps.findLast((step) => step <= least)!
  const end = steps.find((step) => step >= most)!
  const inside = steps.filter((step) => step >= start && step <= end)
  const powers = inside.filter((step) => Number.isInteger(Math.log10(step)))
  return {
    place: between(Math.log, start, end),
    ticks: powers.length >= ENOUGH_TICKS ? powers : inside,
  }
}

/** 1, 2, 5, 10, 20, … from the power of ten below `least`, far enough for any axis. */
function* stepsFrom(least: number): Iterable<number> {
  const first = Math.floor(Math.log10(least))
  for (let power = first; power < first + 15; power++) {
    for (const step of STEPS) yield Number(`${step}e${power}`)
  }
}

function linear(most: number): Scale {
  const rough = most / 4
  const step = [...stepsFrom(rough / 10)].find((candidate) => candidate >= rough)!
  const count = Math.ceil(most / step)
  return {
    place: (value) => value / (step * count),
    ticks: Array.from({ length: count + 1 }, (_, n) => Number((n * step).toPrecision(12))),
  }
}

function between(by: (value: number) => number, start: number, end: number): Scale['place'] {
  const length = by(end) - by(start)
  return (value) => (length === 0 ? 0.5 : (by(value) - by(start)) / length)
}
