/**
 * Updaters, run on made-up data: an updater must not change what it is given, must return at once,
 * and over data that holds its effect already it must change nothing.
 *
 * What it reads is learned first, by watching it. Where it throws on all that is made up, nothing is
 * known of it, and nothing is said.
 */

import { createRandom } from '../random.ts'
import { describeTarget, type CacheAction } from '../rules.ts'
import { createArguments, type Arguments } from './data/arguments.ts'
import { contentOf, copy, differenceIn, freeze } from './data/copy.ts'
import type { KnownData } from './data/known-data.ts'
import { literalsIn } from './data/literals.ts'
import { createMaker, watch } from './data/maker.ts'
import { createSteady } from './data/steady.ts'
import { createValues } from './data/values.ts'
import { createShapes, listWorlds, ownWorld, type World } from './data/worlds.ts'
import type { Fault, FindingCode } from './finding.ts'
import { isMadeUpFor } from './made-up-for.ts'

export interface UpdaterCheck {
  readonly action: Extract<CacheAction, { action: 'direct' }>
  /** All actions of the rule: an `invalidate` for the same query makes up for what is unstable. */
  readonly actions: readonly CacheAction[]
  readonly seed: number
  readonly known: KnownData
  /** Who looks at the cache, where that is known. */
  readonly viewer: unknown
}

/** How often an updater is watched, and tried, in each world; more often where a match is asked. */
const WATCHED = 16
const TRIED = 24
const TRIED_WITH_MATCH = 4 * TRIED

export function checkUpdater({ action, actions, seed, known, viewer }: UpdaterCheck): Fault[] {
  const random = createRandom(seed)
  const literals = literalsIn(action.updater, action.match)
  const shapes = createShapes(known.all)
  const source = createArguments({ action, known, viewer, shapes, random })
  const runs = createRuns(action, seed)
  const valuesOf = (round: number) =>
    createValues({ random, literals, known: known.all, round })

  function learn(world: World): void {
    for (let round = 0; round < WATCHED; round++) {
      watch({ random, values: valuesOf(round) }, (maker) =>
        runs.show(source.make(world, maker)),
      )
    }
  }

  const isInfinite = action.infinite === true
  const own = ownWorld(shapes, isInfinite)
  learn(own)
  const lists = listWorlds(shapes, isInfinite)
  for (const list of lists) learn(list)

  const trials = typeof action.match === 'function' ? TRIED_WITH_MATCH : TRIED
  const found = new Map<FindingCode, Fault>()
  let hasRun = false
  let thrown: unknown
  for (const world of [own, ...lists]) {
    for (let trial = 0; trial < trials; trial++) {
      const maker = createMaker(valuesOf(trial))
      const first = source.make(world, maker)
      const outcome = tryOut(runs, first, source.makeNext(first, maker))
      hasRun ||= outcome.type === 'ran'
      if (outcome.type === 'threw') thrown = outcome.thrown
      if (outcome.type !== 'ran') continue
      for (const { code, place } of outcome.faults) {
        if (!found.has(code)) found.set(code, FAULTS[code](describeTarget(action), place))
      }
    }
  }
  if (!hasRun) return [notChecked(action, thrown)]
  if (isMadeUpFor(action, actions)) found.delete('unstable-updater')
  return [...found.values()]
}

interface Runs {
  readonly update: (given: Arguments) => Attempt
  /** Whether the event concerns the query: a declared match has been made to, a function is asked. */
  readonly isMatch: (given: Arguments) => boolean
  /** Runs both on data that is watched. */
  readonly show: (given: Arguments) => void
}

type Attempt =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly thrown: unknown }

function createRuns({ updater, match }: UpdaterCheck['action'], seed: number): Runs {
  const steady = createSteady(seed)
  // What is made up has no type.
  const update = updater as (...args: unknown[]) => unknown
  const ask = match as (...args: unknown[]) => unknown

  function attempt(run: () => unknown): Attempt {
    try {
      return { ok: true, result: steady.run(run) }
    } catch (thrown) {
      return { ok: false, thrown }
    }
  }

  const runs: Runs = {
    update: ({ old, event, context }) => attempt(() => update(old, event, context)),
    isMatch({ event, context }) {
      if (typeof match !== 'function') return true
      const answer = attempt(() => ask(event, context.input, context))
      return answer.ok && Boolean(answer.result)
    },
    show(given) {
      runs.isMatch(given)
      const shown = runs.update(given)
      if (shown.ok) leaveAlone(shown.result)
    },
  }
  return runs
}

/** A promise that nobody waits for must not end the process when it fails. */
function leaveAlone(result: unknown): void {
  if (result instanceof Promise) result.catch(() => {})
}

type UpdaterFault = 'mutating-updater' | 'unstable-updater' | 'async-updater'

type Outcome =
  | { readonly type: 'no match' }
  | { readonly type: 'threw'; readonly thrown: unknown }
  | {
      readonly type: 'ran'
      readonly faults: readonly { readonly code: UpdaterFault; readonly place?: string }[]
    }

function tryOut(runs: Runs, given: Arguments, next: Arguments): Outcome {
  if (!runs.isMatch(copy(given))) return { type: 'no match' }
  const loose = copy(given)
  const first = runs.update(loose)
  if (!first.ok) return { type: 'threw', thrown: first.thrown }
  if (first.result instanceof Promise) {
    leaveAlone(first.result)
    return { type: 'ran', faults: [{ code: 'async-updater' }] }
  }
  // Frozen data shows writes that happen to change nothing; a copy, those that fail silently.
  const changed = differenceIn(contentOf(given), contentOf(loose))
  const isMutating = changed !== undefined || !runs.update(freeze(copy(given))).ok
  const place =
    instability(runs, [given]) ??
    (runs.isMatch(copy(next)) ? instability(runs, [given, next]) : undefined)
  return {
    type: 'ran',
    faults: [
      ...(isMutating ? [{ code: 'mutating-updater' as const, place: changed ?? '' }] : []),
      ...(place === undefined ? [] : [{ code: 'unstable-updater' as const, place }]),
    ],
  }
}

/**
 * Where the data differs between after some events, and after the same again, as replayed.
 *
 * Two events may change places in a list that was out of order before, as made-up lists are; they do
 * so once.
 */
function instability(
  runs: Runs,
  events: readonly [Arguments, ...Arguments[]],
): string | undefined {
  const passes = events.length === 1 ? 2 : 3
  let data = events[0].old
  let place: string | undefined
  for (let pass = 0; pass < passes; pass++) {
    const before = data
    for (const { event, context } of events) {
      // A copy, as from a response: its rows are equal to the event's, and not the same objects.
      const outcome = runs.update(copy({ old: data, event, context }))
      if (!outcome.ok) return undefined
      if (outcome.result !== undefined) data = outcome.result
    }
    place = differenceIn(contentOf(before), contentOf(data))
  }
  return place
}

const FAULTS: Readonly<Record<UpdaterFault, (target: string, place?: string) => Fault>> = {
  'mutating-updater': (target, place = '') => ({
    code: 'mutating-updater',
    problem: `The \`updater\` for ${target} mutates ${place === '' ? 'what it is given' : `\`${place.slice(1)}\``}, which the cache and its observers hold.`,
    remedy: 'Return a changed copy: { ...old, … }, [...old, …], old.map(…), old.toSorted(…).',
  }),
  'unstable-updater': (target, place = '') => ({
    code: 'unstable-updater',
    problem: `The \`updater\` for ${target} changes more when it runs twice${place === '' ? '' : `, at \`old${place}\``}.`,
    remedy:
      'A response may know the event already: look for the row first (see upsertItem), keep a ' +
      'version beside a counter, or add an `invalidate` for the same query.',
  }),
  'async-updater': (target) => ({
    code: 'async-updater',
    problem: `The \`updater\` for ${target} returns a promise.`,
    remedy:
      'Make the new data of the old and the event at once; for a request, use `invalidate`.',
  }),
}

function notChecked(action: CacheAction, thrown: unknown): Fault {
  const why =
    thrown === undefined
      ? 'the `match` says yes to no made-up data'
      : `it throws on made-up data (${thrown instanceof Error ? thrown.message : typeof thrown})`
  return {
    code: 'not-checked',
    problem: `The \`updater\` for ${describeTarget(action)} has not been checked: ${why}.`,
    remedy: "Give the event's data in `samples`, or a `viewer`.",
  }
}
