/**
 * The updaters for lists, on random lists, options and events. A failure prints its seed, and the
 * smallest scenario that shows it.
 */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { expectedPages, isShortened } from './reference.ts'
import {
  applierOf,
  dataOf,
  freeze,
  pagesIn,
  scenario,
  shellsIn,
  type Apply,
  type Change,
  type Scenario,
  type Setup,
} from './setups.ts'
import { asHappened } from './histories.ts'

interface Step {
  readonly setup: Setup
  readonly change: Change
  readonly before: unknown
  readonly after: unknown
  readonly apply: Apply
}

/** Claims something of each change of five hundred scenarios. */
function forEachStep(claim: (step: Step) => void): void {
  forEachScenario(({ setup, pages, changes }) => {
    const apply = applierOf(setup)
    let before = dataOf(setup, pages)
    for (const change of changes) {
      const after = freeze(apply(before, change))
      claim({ setup, change, before, after, apply })
      before = after
    }
  })
}

function forEachScenario(claim: (scenario: Scenario) => void): void {
  fc.assert(fc.property(scenario, claim), { numRuns: 500 })
}

test('a list is what a plain implementation makes of it, page by page', () => {
  forEachStep(({ setup, change, before, after }) => {
    const pages = expectedPages(setup, pagesIn(setup, before), change)
    expect(after).toEqual(dataOf(setup, pages))
  })
})

test('nothing that they are given is mutated', () => {
  forEachStep(({ change, before, apply }) => {
    // List, event and context are frozen: a write to them throws.
    const copy = structuredClone({ before, change })
    apply(before, change)
    expect({ before, change }).toEqual(copy)
  })
})

test('rows that an event is not about are the same objects as before', () => {
  forEachStep(({ setup, change, before, after }) => {
    const held = new Set(pagesIn(setup, before).flat())
    const others = pagesIn(setup, after)
      .flat()
      .filter(({ id }) => id !== change.row.id)
    expect(others.filter((row) => !held.has(row))).toEqual([])
  })
})

test('pages whose rows stay are the same objects as before, and so are the page params', () => {
  forEachStep(({ setup, before, after }) => {
    const [oldPages, newPages] = [pagesIn(setup, before), pagesIn(setup, after)]
    const [oldShells, newShells] = [shellsIn(setup, before), shellsIn(setup, after)]
    const isKept = newPages.map((rows, page) => {
      const old = oldPages[page] ?? []
      return rows.length === old.length && rows.every((row, at) => row === old[at])
    })
    expect(newShells.map((shell, page) => shell === oldShells[page])).toEqual(isKept)
    expect(paramsOf(after)).toBe(paramsOf(before))
  })
})

test('where nothing changes, the list itself is returned', () => {
  forEachStep(({ setup, change, before, after }) => {
    const pages = pagesIn(setup, before)
    const isSame = isEqualJson(expectedPages(setup, pages, change), pages)
    expect(after === before).toBe(isSame)
  })
})

test('the same event again changes nothing', () => {
  forEachStep(({ setup, change, before, after, apply }) => {
    // A list that is at its limit and loses a row is refetched.
    if (isShortened(setup, pagesIn(setup, before), pagesIn(setup, after))) return
    expect(apply(after, change)).toBe(after)
  })
})

test('an event of an older version, or of the same, changes nothing about a newer row', () => {
  forEachStep(({ setup, change: { row, does }, after, apply }) => {
    const held = pagesIn(setup, after).flat()
    const newer = held.find(({ id }) => id === row.id)
    if (!setup.isVersioned || newer === undefined) return
    const older = { ...row, version: newer.version - 1 }
    expect(apply(after, { does, row: older })).toBe(after)
    expect(apply(after, { does: 'upsert', row: { ...row, version: newer.version } })).toBe(
      after,
    )
  })
})

test('the latest events again, however many, change neither a row nor the order', () => {
  forEachScenario((scenario) => {
    const { setup, data, changes } = asHappened(scenario)
    const apply = applierOf(setup)
    for (const from of changes.keys()) {
      const again = replay(setup, data, changes.slice(from), apply)
      if (again === undefined) continue
      expect(pagesIn(setup, again).flat()).toEqual(pagesIn(setup, data).flat())
    }
  })
})

/** Undefined where a list falls below its limit on the way: then it is refetched. */
function replay(
  setup: Setup,
  data: unknown,
  changes: readonly Change[],
  apply: Apply,
): unknown {
  let before = data
  for (const change of changes) {
    const after = freeze(apply(before, change))
    if (isShortened(setup, pagesIn(setup, before), pagesIn(setup, after))) return undefined
    before = after
  }
  return before
}

/** Undefined where a list is not infinite. */
function paramsOf(data: unknown): unknown {
  return (data as { pageParams?: unknown }).pageParams
}

function isEqualJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
