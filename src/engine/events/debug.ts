/**
 * What `debug: true` prints: one line per event, and a warning where a rule looks as if it means
 * something else than it says. Payloads are never printed.
 */

import type { Query } from '@tanstack/query-core'
import { readPath } from '../../room.ts'
import {
  describeTarget,
  type ActionContext,
  type CacheAction,
  type QueryInput,
} from '../../rules.ts'
import type { Outcome, Trace } from './apply-action.ts'
import type { CompiledAction } from '../actions/compiled-action.ts'
import type { RoomReport } from '../rooms/rooms.ts'
import { findLookalikes } from './lookalikes.ts'
import { createRecentIds } from './recent-ids.ts'

export type Print = (line: string) => void

/** Collects what became of one event. `print` is called once for the line, and for each warning. */
export interface EventTrace {
  readonly record: Trace
  readonly finish: (event: string, actions: readonly CompiledAction[]) => void
}

/** Makes a trace per event; each warning is printed once per rule. */
export function createTracer(print: Print = console.log): () => EventTrace {
  const warned = new Set<string>()

  function warnOnce(compiled: CompiledAction, problem: string): void {
    const line = `[sync] ${compiled.event} → ${describeTarget(compiled.action)}: ${problem}`
    if (warned.has(line)) return
    warned.add(line)
    print(line)
  }

  return () => {
    const outcomes = new Map<CompiledAction, Map<Outcome, number>>()
    return {
      record(compiled, outcome, query, data) {
        const counts = outcomes.get(compiled) ?? new Map<Outcome, number>()
        outcomes.set(compiled, counts.set(outcome, (counts.get(outcome) ?? 0) + 1))
        if (outcome === 'no match') warnOfLookalikes(compiled, query, data)
      },

      finish(event, actions) {
        const parts = actions.map((compiled) => {
          const counts = outcomes.get(compiled)
          if (isShapeMistake(compiled.action, counts))
            warnOnce(compiled, shapeMistake(compiled))
          return `${compiled.action.action} ${describeTarget(compiled.action)}: ${summarise(counts)}`
        })
        print(`[sync] ${event} → ${parts.join('; ') || 'no actions'}`)
      },
    }
  }

  function warnOfLookalikes(compiled: CompiledAction, query: Query, data: unknown): void {
    const context = compiled.contextOf(query, compiled.keyOf(query))
    const found = comparisonsIn(compiled, context)
      .map((compare) => findLookalikes(data, context.input, compare))
      .find((each) => each !== undefined)
    if (found === undefined) return
    warnOnce(
      compiled,
      `\`match\` compared the ${found.event} in the event with the ${found.input} in the input, ` +
        'which look alike and are never equal. Convert one of them.',
    )
  }
}

/** Prints once that there is no rule here for an event. */
export function createUnknownPrinter(print: Print = console.log): (event: string) => void {
  const printed = createRecentIds(1000)
  return (event) => {
    if (printed.add(event)) print(`[sync] ${event} → no rule here`)
  }
}

/** Prints where a room that was asked for is refused. */
export function createRefusalPrinter(print: Print = console.log): (report: RoomReport) => void {
  return ({ room, outcome }) => {
    if (outcome !== 'refused') return
    print(`[sync] ${room}: refused. Is there \`rooms\` or \`authorize\` for it?`)
  }
}

/** What a match compares: a function in one go, declared fields pair by pair. */
function comparisonsIn(
  { fields, match }: CompiledAction,
  context: ActionContext,
): ((event: unknown, input: QueryInput) => void)[] {
  if (match !== undefined) return [(event, input) => match(event, input, { ...context, input })]
  if (fields === undefined) return []
  return fields.eventPaths.map((eventPath, at) => (event, input) => {
    readPath(event, eventPath)
    readPath(input, fields.inputPaths[at] ?? '')
  })
}

function summarise(counts: ReadonlyMap<Outcome, number> | undefined): string {
  if (counts === undefined) return 'no such query'
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ')
}

function isShapeMistake(
  action: CacheAction,
  counts: ReadonlyMap<Outcome, number> | undefined,
): boolean {
  return action.action === 'direct' && counts?.size === 1 && counts.has('other shape')
}

function shapeMistake({ infinite }: CompiledAction): string {
  return infinite
    ? '`direct` met only plain queries. Remove `infinite: true` if that is what they are.'
    : '`direct` met only infinite queries. Add `infinite: true` if they are meant.'
}
