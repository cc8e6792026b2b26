/**
 * A list's change as its options alone, where a rule's router says what the rows are:
 * `updater: { upsert: { compare: (a, b) => b.rank - a.rank } }`.
 *
 * It is the same as `upsertItem({ … })`. TypeScript types the arguments of a call before it knows
 * what the call is for; those of a literal, after.
 */

import { isRecord } from '../is-record.ts'
import type { ActionContext } from '../rules.ts'
import { removeItem, updateItem, upsertItem, type UpsertOptions } from './keyed.ts'
import type { KeyedOptions } from './keyed-options.ts'

export type ListChange<Event, Row, Input, Viewer> = [Row] extends [never]
  ? never
  :
      | { readonly upsert: MadeRows<Event, Row, UpsertOptions<Event, Row, Row, Input, Viewer>> }
      | { readonly update: MadeRows<Event, Row, KeyedOptions<Event, Row, Row, Input, Viewer>> }
      | { readonly remove: FoundRows<Event, KeyedOptions<Event, Row, Row, Input, Viewer>> }

/** An event that is no row must say how to make one. */
type MadeRows<Event, Row, Options extends { item?: unknown; change?: unknown }> = [
  Event,
] extends [Row]
  ? Options
  : With<'item', Options> | With<'change', FoundRows<Event, Options>>

/** An event without an `id` must say whose it is. */
type FoundRows<Event, Options> = Event extends { readonly id: unknown }
  ? Options
  : With<'eventId' & keyof Options, Options> | With<'item' & keyof Options, Options>

type With<Name extends keyof Options, Options> = Options & Required<Pick<Options, Name>>

const MAKERS: Readonly<Record<string, (options: KeyedOptions<unknown>) => Callable>> = {
  upsert: upsertItem,
  update: updateItem,
  remove: removeItem,
}

type Callable = (old: unknown, event: unknown, context: ActionContext) => unknown

/**
 * The rules with an updater in the place of each list's change; the same object where there is none.
 * What is no rule is left for the check to refuse.
 */
export function makeUpdaters(rules: object): object {
  const made = Object.entries(rules).map(([event, rule]) => [event, makeOfRule(rule)] as const)
  return made.some(([event, rule]) => rule !== (rules as Record<string, unknown>)[event])
    ? Object.fromEntries(made)
    : rules
}

function makeOfRule(rule: unknown): unknown {
  if (!isRecord(rule) || !Array.isArray(rule['actions'])) return rule
  const given: readonly unknown[] = rule['actions']
  const actions = given.map(makeOfAction)
  return actions.every((action, index) => action === given[index]) ? rule : { ...rule, actions }
}

function makeOfAction(action: unknown): unknown {
  const updater = isRecord(action) ? updaterOf(action['updater']) : undefined
  return updater === undefined ? action : { ...(action as object), updater }
}

function updaterOf(change: unknown): Callable | undefined {
  if (!isRecord(change)) return undefined
  const [name = '', ...others] = Object.keys(change)
  const options = change[name]
  if (others.length > 0 || !Object.hasOwn(MAKERS, name) || !isRecord(options)) return undefined
  return MAKERS[name]?.(options)
}
