/** The rules of several features as one. */

import { checkRules } from './check-rules.ts'
import { SyncError } from './errors.ts'
import { ruleEntries, templateText, type SyncRule, type SyncRules } from './rules.ts'

/**
 * Joins the rules of two features. Where both have a rule for an event, its actions add up; it is
 * volatile if both say so. What only one of them says of its data holds for both.
 *
 * @throws SyncError `conflicting-rooms` where both name an event but not the same `room`;
 * `conflicting-data` where each has a `schema`, a `version` or an `upcast` of its own.
 */
export function mergeSyncRules<A, B, AcceptedByA, AcceptedByB>(
  a: SyncRules<A, AcceptedByA>,
  b: SyncRules<B, AcceptedByB>,
): SyncRules<A & B, AcceptedByA & AcceptedByB> {
  const merged: Record<string, SyncRule> = Object.assign(Object.create(null), a)
  for (const [event, rule] of ruleEntries(b)) {
    const first = merged[event]
    merged[event] = first === undefined ? rule : addUp(event, first, rule)
  }
  checkRules(merged)
  // The loop above has put every event of A and of B into one object.
  return merged as SyncRules<A & B, AcceptedByA & AcceptedByB>
}

function addUp(event: string, first: SyncRule, second: SyncRule): SyncRule {
  if (first === second) return first
  if (templateOf(first) !== templateOf(second)) {
    throw new SyncError({
      code: 'conflicting-rooms',
      problem: `Two rules for "${event}" each bring a room of their own.`,
      remedy: 'Give both the same `room`: define it once and import it in both.',
      subject: event,
    })
  }
  const actions = [...first.actions, ...second.actions]
  // What one of them must not miss is remembered for both.
  const volatile = first.volatile === true && second.volatile === true
  return {
    room: first.room,
    ...(volatile && { volatile }),
    ...agreed(event, 'schema', first, second),
    ...agreed(event, 'version', first, second),
    ...agreed(event, 'upcast', first, second),
    actions,
  }
}

/** What both say of the event's data, or the one that says something. */
function agreed(
  event: string,
  option: 'schema' | 'version' | 'upcast',
  ...rules: [SyncRule, SyncRule]
): Partial<SyncRule> {
  const [first, second] = rules.map((rule) => rule[option])
  if (first !== undefined && second !== undefined && first !== second) {
    throw new SyncError({
      code: 'conflicting-data',
      problem: `Two rules for "${event}" do not have the same \`${option}\`.`,
      remedy: 'Both see the same data: define it once and import it in both.',
      subject: event,
    })
  }
  const said = first ?? second
  return said === undefined ? {} : { [option]: said }
}

/** What two rules must share to go to the same rooms: a template's text, or the function. */
function templateOf({ room }: SyncRule): unknown {
  return templateText(room) ?? room
}
