/** How a cost grows with a size: the slope of the line through its points, both in logarithms. */

import type { Point } from './scenario.ts'

/**
 * The exponent `e` of `size ^ e`, by least squares: 0 where the cost is flat, 1 where it is
 * proportional. `undefined` with fewer than three points, through which any line would do.
 */
export function growthOf(points: readonly Point[]): number | undefined {
  if (points.length < 3) return undefined
  const xs = points.map(({ size }) => Math.log(size))
  const ys = points.map(({ median }) => Math.log(median))
  const middleX = mean(xs)
  const middleY = mean(ys)
  const along = mean(xs.map((x, place) => (x - middleX) * (ys[place]! - middleY)))
  return along / mean(xs.map((x) => (x - middleX) ** 2))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
