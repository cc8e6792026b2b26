/**
 * How a scenario measures: contestants side by side, in one process, in one run.
 *
 * A machine has moods: it is shared, it gets warm, it compiles. A figure taken alone tells of the
 * mood, so contestants take turns in short samples, and the ratio of two is taken within each
 * round, before the median over the rounds. Time is the process's own CPU time: what the machine
 * does for others meanwhile does not count.
 */

export interface Contestant {
  readonly name: string
  /** Does the thing that is measured, so many times. */
  readonly run: (times: number) => void | Promise<void>
}

export interface MeasureOptions {
  /** How often each contestant has its turn. @default 21 */
  readonly rounds?: number
  /** How long a turn lasts, roughly. @default 10 */
  readonly sampleMs?: number
  /** A fixed number of runs per turn, where `sampleMs` cannot find one. */
  readonly times?: number
  readonly onRound?: (round: number, rounds: number) => void
}

/** Microseconds of CPU time per run, one value per round. */
export type Samples = readonly number[]

/** A middle, and how far the middle half of the values lies around it. */
export interface Figure {
  readonly median: number
  /** The quartiles: a quarter of the values lies below, a quarter above. */
  readonly low: number
  readonly high: number
  /** Half of the distance between the quartiles, as a share of the median. */
  readonly spread: number
}

const WARM_UP_SAMPLES = 4

/** Gives each contestant a turn per round, in an order that moves on by one each round. */
export async function measure(
  contestants: readonly Contestant[],
  { rounds = 21, sampleMs = 10, times, onRound }: MeasureOptions = {},
): Promise<ReadonlyMap<string, Samples>> {
  const turns: { contestant: Contestant; times: number; samples: number[] }[] = []
  for (const contestant of contestants) {
    const runs = times ?? (await findTimes(contestant, sampleMs))
    turns.push({ contestant, times: runs, samples: [] })
  }
  for (let round = 0; round < rounds; round++) {
    // The young generation is enough: it is what the last round has left behind.
    globalThis.gc?.({ type: 'minor', execution: 'sync' })
    for (let turn = 0; turn < turns.length; turn++) {
      const { contestant, times: runs, samples } = turns[(turn + round) % turns.length]!
      samples.push((await cpuTimeOf(contestant, runs)) / runs)
    }
    onRound?.(round + 1, rounds)
  }
  return new Map(turns.map(({ contestant, samples }) => [contestant.name, samples]))
}

/**
 * How many runs take about `sampleMs`. Measured again after a warm-up: the first runs are slow,
 * because their code is not compiled yet.
 */
async function findTimes(contestant: Contestant, sampleMs: number): Promise<number> {
  const wanted = sampleMs * 1000
  let times = 1
  for (let samples = 0; samples < WARM_UP_SAMPLES;) {
    const taken = await cpuTimeOf(contestant, times)
    if (taken >= wanted / 2) samples++
    times = Math.min(times * 8, Math.ceil((times * wanted) / Math.max(taken, 1)))
  }
  return times
}

async function cpuTimeOf(contestant: Contestant, times: number): Promise<number> {
  const start = process.cpuUsage()
  await contestant.run(times)
  const { user, system } = process.cpuUsage(start)
  return user + system
}

export function figureOf(values: Samples): Figure {
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(values, share))
  const spread = high === low ? 0 : (high! - low!) / 2 / median!
  return { median: median!, low: low!, high: high!, spread }
}

/** A value that is counted, not sampled: it has no spread. */
export function exactly(value: number): Figure {
  return { median: value, low: value, high: value, spread: 0 }
}

/** A point of a plot. */
export function pointOf(size: number, values: Samples): Figure & { readonly size: number } {
  return { size, ...figureOf(values) }
}

/** How many times as much `a` took as `b`, round by round. */
export function ratioOf(a: Samples, b: Samples): Figure {
  return figureOf(a.map((value, round) => value / b[round]!))
}

function quantile(values: Samples, share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)]!
  const above = sorted[Math.ceil(place)]!
  return below + (above - below) * (place - Math.floor(place))
}
