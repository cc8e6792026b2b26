/** The updaters for lists as the engine runs them: on cached queries, and over responses. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { defineSyncRules, type SyncRules } from '@iron-stack/sync'
import { startEngine, stateOf } from '../support/engine.ts'
import { defer } from '../support/defer.ts'
import { asHappened } from './histories.ts'
import { expectedPages } from './reference.ts'
import {
  dataOf,
  eventOf,
  inputOf,
  pagesIn,
  scenario,
  updatersOf,
  type Change,
  type Setup,
} from './setups.ts'

const procedure = ['row', 'list']

function rulesFor(setup: Setup): SyncRules<Record<Change['does'], unknown>> {
  const updaters = updatersOf(setup)
  const ruleFor = (does: Change['does']) =>
    ({
      room: 'rows',
      actions: [
        {
          procedure,
          action: 'direct',
          infinite: setup.shape.isInfinite,
          updater: updaters[does],
        },
      ],
    }) as const
  return defineSyncRules<Record<Change['does'], unknown>>({
    upsert: ruleFor('upsert'),
    update: ruleFor('update'),
    remove: ruleFor('remove'),
  })
}

function keyOf(setup: Setup): readonly unknown[] {
  const type = setup.shape.isInfinite ? 'infinite' : 'query'
  return [procedure, { input: inputOf(setup), type }]
}

/** A client that holds one list, and hears of changes. */
function start(setup: Setup, data: unknown) {
  const { queryClient, send, errors } = startEngine(rulesFor(setup))
  const queryKey = keyOf(setup)
  queryClient.setQueryData(queryKey, data)
  return {
    queryClient,
    queryKey,
    errors,
    held: () => queryClient.getQueryData(queryKey),
    hear: (change: Change) => send(change.does, eventOf(setup, change)),
  }
}

test('events change a cached list as a plain implementation would, page by page', () => {
  fc.assert(
    fc.property(scenario, ({ setup, pages, changes }) => {
      const { held, hear, errors } = start(setup, dataOf(setup, pages))
      let expected = pages
      for (const change of changes) {
        expected = expectedPages(setup, expected, change)
        hear(change)
        expect(held()).toEqual(dataOf(setup, expected))
      }
      expect(errors).toEqual([])
    }),
    { numRuns: 100 },
  )
})

test('a response that knows some of the events that came during its fetch ends as the others', async () => {
  await fc.assert(
    fc.asyncProperty(
      scenario,
      fc.nat({ max: 8 }),
      fc.nat({ max: 8 }),
      async (scenario, one, other) => {
        const { setup, data, states, changes } = asHappened(scenario)
        const started = Math.min(one, other, changes.length)
        const read = Math.min(Math.max(one, other), changes.length)
        const client = start(setup, dataOf(setup, states[started] ?? []))
        const response = defer<unknown>()
        const { queryClient, queryKey, errors } = client
        const fetch = queryClient.fetchQuery({ queryKey, queryFn: () => response.promise })
        for (const change of changes.slice(started)) client.hear(change)
        response.resolve(dataOf(setup, states[read] ?? []))
        await fetch

        const rows = pagesIn(setup, client.held()).flat()
        const isOwed = stateOf(queryClient, queryKey).isInvalidated
        // By arrival, or at a limit, a place may be a guess; then a refetch is owed.
        const isSure = setup.order === 'compare' && setup.limit === undefined
        expect(errors).toEqual([])
        if (isOwed && !isSure) return
        expect(rows).toEqual(pagesIn(setup, data).flat())
      },
    ),
    { numRuns: 100 },
  )
})
