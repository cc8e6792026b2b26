/**
 * Refuses rules that could only fail later, when an event arrives and nobody is looking.
 *
 * The types already refuse most of this; rules also come from JavaScript, from merges and from
 * code that casts.
 */

import { checkRuleData, type Refuse } from './check-rule-data.ts'
import { SyncError } from './errors.ts'
import { templateFault } from './room.ts'
import { isRecord } from './is-record.ts'
import { isSocketIoEvent, RESERVED_PREFIX } from './reserved-events.ts'
import { makerName } from './updaters/makers.ts'

const ACTIONS = ['direct', 'invalidate', 'remove']
const RULE_OPTIONS = ['room', 'volatile', 'schema', 'version', 'upcast', 'actions']
const ACTION_OPTIONS = ['procedure', 'queryKey', 'action', 'updater', 'match', 'infinite']

const checked = new WeakSet<object>()

/** Throws a SyncError `invalid-rule` for the first fault; an object is looked at only once. */
export function checkRules(rules: unknown): asserts rules is object {
  if (typeof rules !== 'object' || rules === null) {
    throw fault('The sync rules are not an object.', 'Pass an object with one rule per event.')
  }
  if (checked.has(rules)) return
  for (const [event, rule] of Object.entries(rules)) checkRule(event, rule)
  checked.add(rules)
}

function checkRule(event: string, rule: unknown): void {
  const refuse = (problem: string, remedy: string): never => {
    throw fault(`Sync rule "${event}": ${problem}`, remedy, event)
  }
  if (event === '') refuse('an event needs a name.', 'Name it, e.g. "message:new".')
  if (isSocketIoEvent(event)) {
    refuse('Socket.IO reserves this event name.', 'Choose another name, e.g. "user:connected".')
  }
  if (event.startsWith(RESERVED_PREFIX)) {
    refuse(`the prefix "${RESERVED_PREFIX}" is reserved.`, 'Choose another name.')
  }
  if (!isRecord(rule)) return refuse('a rule is an object.', 'Write { room, actions }.')
  refuseUnknownOptions(rule, RULE_OPTIONS, refuse)
  checkRoom(rule['room'], refuse)
  if (!['undefined', 'boolean'].includes(typeof rule['volatile'])) {
    refuse(
      '`volatile` is not a boolean.',
      'Write true for what is never sent again, or leave it out.',
    )
  }
  checkRuleData(rule, refuse)
  const actions = rule['actions']
  if (!Array.isArray(actions)) {
    return refuse('`actions` is not an array.', 'List the cache actions; [] for none.')
  }
  actions.forEach((action: unknown, position) => checkAction(event, action, position))
}

function checkAction(event: string, action: unknown, position: number): void {
  const refuse = (problem: string, remedy: string): never => {
    const place = `action ${position + 1}${nameTarget(action)}`
    throw fault(`Sync rule "${event}", ${place}: ${problem}`, remedy, event)
  }
  if (!isRecord(action)) return refuse('not an object.', 'Write { procedure, action }.')
  refuseUnknownOptions(action, ACTION_OPTIONS, refuse)
  checkTarget(action, refuse)
  if (!ACTIONS.includes(String(action['action']))) {
    refuse(
      `unknown action ${JSON.stringify(action['action'])}.`,
      `Use one of ${ACTIONS.join(', ')}.`,
    )
  }
  const isDirect = action['action'] === 'direct'
  if (isDirect && typeof action['updater'] !== 'function') {
    refuse('`direct` needs an `updater`.', 'Add updater: (old, event) => …, or use invalidate.')
  }
  const maker = makerName(action['updater'])
  if (maker !== undefined) {
    refuse(`\`${maker}\` makes an updater, and is none.`, `Call it: updater: ${maker}().`)
  }
  if (!isDirect && action['updater'] !== undefined) {
    refuse(
      `an \`updater\` has no effect on ${String(action['action'])}.`,
      'Remove it, or use the action direct.',
    )
  }
  checkMatch(action['match'], refuse)
  if (action['infinite'] !== undefined && typeof action['infinite'] !== 'boolean') {
    refuse('`infinite` is not a boolean.', 'Use true, false, or leave it out.')
  }
}

function checkTarget(action: Record<string, unknown>, refuse: Refuse): void {
  const { procedure, queryKey } = action
  if ((procedure === undefined) === (queryKey === undefined)) {
    refuse('give either `procedure` or `queryKey`.', "E.g. procedure: ['message', 'list'].")
  }
  if (procedure !== undefined && !isPath(procedure)) {
    refuse(
      '`procedure` must be a path of one or more names.',
      "Write the path as an array, e.g. ['message', 'list'] for message.list.",
    )
  }
  if (queryKey !== undefined && !(Array.isArray(queryKey) && queryKey.length > 0)) {
    refuse('`queryKey` must be an array that is not empty.', "E.g. queryKey: ['todos'].")
  }
}

function checkRoom(room: unknown, refuse: Refuse): void {
  if (typeof room === 'function') return
  if (typeof room !== 'string') {
    return refuse(
      '`room` is neither a function nor a template.',
      'Write room: (event) => `conversation:${event.id}`, or a template with fields in braces.',
    )
  }
  const fault = templateFault(room)
  if (fault !== undefined) refuse(fault.problem, fault.remedy)
}

function checkMatch(match: unknown, refuse: Refuse): void {
  if (match === undefined || typeof match === 'function') return
  if (typeof match === 'string' && match !== '') return
  const isMap = isRecord(match) && !Array.isArray(match) && Object.keys(match).length > 0
  if (isMap && Object.values(match).every((path) => typeof path === 'string' && path !== ''))
    return
  refuse(
    '`match` is neither a function nor fields.',
    "Write match: (event, input) => boolean, match: 'field', or { inputField: 'eventField' }.",
  )
}

function refuseUnknownOptions(
  value: Record<string, unknown>,
  known: readonly string[],
  refuse: Refuse,
): void {
  const unknown = Object.keys(value).find((option) => !known.includes(option))
  if (unknown !== undefined) {
    refuse(`unknown option "${unknown}".`, `Options are ${known.join(', ')}.`)
  }
}

function nameTarget(action: unknown): string {
  if (!isRecord(action)) return ''
  const { procedure, queryKey } = action
  if (isPath(procedure)) return ` (${procedure.join('.')})`
  return Array.isArray(queryKey) ? ` (${JSON.stringify(queryKey)})` : ''
}

function isPath(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((segment) => typeof segment === 'string' && segment !== '')
  )
}

function fault(problem: string, remedy: string, subject?: string): SyncError {
  return new SyncError({
    code: 'invalid-rule',
    problem,
    remedy,
    ...(subject !== undefined && { subject }),
  })
}
