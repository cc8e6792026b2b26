/**
 * Makes a history that fails as small as it gets: queries and steps are taken out as long as the
 * same invariant is still broken.
 */

import type { BridgeName } from './bridges.ts'
import type { History } from './history.ts'
import { runHistory } from './run-history.ts'
import type { Violation } from './world.ts'

export interface Shrunk {
  readonly history: History
  readonly violations: readonly Violation[]
}

/** @param invariant - which one must stay broken */
export async function shrink(
  history: History,
  bridge: BridgeName,
  invariant: string,
): Promise<Shrunk> {
  let smallest = history
  let violations: readonly Violation[] = []

  async function attempt(smaller: History): Promise<boolean> {
    const outcome = await runHistory(smaller, bridge)
    if (!outcome.violations.some((violation) => violation.invariant === invariant)) return false
    smallest = smaller
    violations = outcome.violations
    return true
  }

  async function dropSteps(): Promise<void> {
    for (let size = Math.ceil(smallest.steps.length / 2); size >= 1;) {
      let at = 0
      let hasDropped = false
      while (at < smallest.steps.length) {
        const steps = smallest.steps.toSpliced(at, size)
        if (await attempt({ ...smallest, steps })) hasDropped = true
        else at += size
      }
      if (size === 1 && !hasDropped) break
      if (size > 1 || !hasDropped) size = Math.floor(size / 2)
    }
  }

  async function simplify(): Promise<void> {
    const { setup } = smallest
    const simpler = [{ duplicateRate: 0 }, { initialRows: 0 }, { initialRows: 3 }]
    for (const change of simpler) {
      await attempt({ ...smallest, setup: { ...smallest.setup, ...change } })
    }
    for (const spec of setup.specs) {
      const specs = smallest.setup.specs.filter((other) => other !== spec)
      if (specs.length > 0) await attempt({ ...smallest, setup: { ...smallest.setup, specs } })
    }
    for (const [at, step] of smallest.steps.entries()) {
      if (step.waitMs === 0) continue
      const steps = smallest.steps.with(at, { ...step, waitMs: 0 })
      await attempt({ ...smallest, steps })
    }
  }

  await attempt(history)
  for (let round = 0; round < 3; round++) {
    const before = smallest
    await dropSteps()
    await simplify()
    if (smallest === before) break
  }
  return { history: smallest, violations }
}

/** A history as text: the setup, then a line a step. */
export function describeHistory({ setup, steps }: History): string {
  const { specs, ...rest } = setup
  const keys = specs.map(({ name }) => name).join(', ')
  const lines = steps.map(({ kind, a, b, c, waitMs }) => {
    const subject = specs[Math.floor(a * specs.length)]?.name
    return `  ${kind} (a ${a}: ${subject}, b ${b}, c ${c}), then ${waitMs} ms`
  })
  return [`queries: ${keys}`, `setup: ${JSON.stringify(rest)}`, ...lines].join('\n')
}
