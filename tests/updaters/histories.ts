/**
 * Changes as an application makes them: what an updater must stand to see twice.
 *
 * The events of one row come in the order of its versions; and where rows are ordered by arrival,
 * a row is added once, and changed by updates from then on.
 */

import { expectedPages, isShortened } from './reference.ts'
import { dataOf, type Change, type Pages, type Scenario, type Setup } from './setups.ts'

export interface History {
  readonly setup: Setup
  readonly changes: readonly Change[]
  /** The list after each number of changes, beginning with none. */
  readonly states: readonly Pages[]
  /** The list after all of them. */
  readonly data: unknown
}

/** Versions no row of a scenario has by itself. */
const FIRST_VERSION = 10

/** The scenario's history, up to where its list is to be refetched. */
export function asHappened({ setup, pages, changes }: Scenario): History {
  const happened: Change[] = []
  const states = [pages]
  const known = new Set(pages.flat().map(({ id }) => id))
  let state = pages
  for (const { does, row } of changes) {
    const isArrival = setup.order !== 'compare' && does === 'upsert'
    if (isArrival && known.has(row.id)) continue
    known.add(row.id)
    const change = { does, row: { ...row, version: FIRST_VERSION + happened.length } }
    const next = expectedPages(setup, state, change)
    if (isShortened(setup, state, next)) break
    happened.push(change)
    states.push(next)
    state = next
  }
  return { setup, changes: happened, states, data: dataOf(setup, state) }
}
