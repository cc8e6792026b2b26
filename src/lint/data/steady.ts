/**
 * Time and chance that are the same at each run: a function that reads the clock, or rolls dice, is
 * then found out always, or never.
 */

import { createRandom } from '../../random.ts'

export interface Steady {
  /** Runs a function at once, with `Date` and `Math.random` in hand. Throws what it throws. */
  readonly run: <Result>(run: () => Result) => Result
}

const START = Date.UTC(2030)

/** @param seed - where chance begins. Each look at the clock is a second later. */
export function createSteady(seed: number): Steady {
  const random = createRandom(seed)
  let now = START
  const tick = () => (now += 1000)

  const date = new Proxy(Date, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [tick()] : args, newTarget) as Date,
    apply: () => String(new Date(tick())),
    get: (target, property) =>
      property === 'now' ? tick : (Reflect.get(target, property) as unknown),
  })

  return {
    run(run) {
      const real = { Date: globalThis.Date, random: Math.random }
      globalThis.Date = date
      Math.random = random.float
      try {
        return run()
      } finally {
        globalThis.Date = real.Date
        Math.random = real.random
      }
    },
  }
}
