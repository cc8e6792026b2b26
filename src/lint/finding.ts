/** What the linter has to say: values, which can be counted, filtered and printed. */

export type FindingCode =
  /** The router has no such procedure, or none any more. */
  | 'unknown-procedure'
  /** A `direct` action on a router's path: only a procedure has data to change. */
  | 'direct-on-router'
  /** A mutation or a subscription: no cache holds a query of it. */
  | 'not-a-query'
  /** `infinite: true` for a procedure whose input takes no cursor. */
  | 'no-cursor'
  /** An updater that changes what it is given. */
  | 'mutating-updater'
  /** An updater that changes more when it runs twice. */
  | 'unstable-updater'
  /** An updater that returns a promise. */
  | 'async-updater'
  /** A `match` function that fields could declare. */
  | 'declarable-match'
  /** A `room` function that a template could declare. */
  | 'declarable-room'
  /** A room that nobody is let into. */
  | 'unjoinable-room'
  /** With `verbose`: a function that made-up data says nothing about. */
  | 'not-checked'

/** A fault; something that works, and could be better; something to know. */
export type Severity = 'error' | 'warning' | 'note'

export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  readonly event: string
  /** The action's index in its rule, from 0; undefined where the finding is about the room. */
  readonly action?: number
  /** What the action is about: `message.list`, or a query key as JSON. */
  readonly procedure?: string
  /** What is wrong, one sentence. */
  readonly problem: string
  /** What to do about it, one sentence. */
  readonly remedy: string
}

/** A finding without its place. */
export type Fault = Pick<Finding, 'code' | 'problem' | 'remedy'>

const SEVERITIES: Readonly<Record<FindingCode, Severity>> = {
  'unknown-procedure': 'error',
  'direct-on-router': 'error',
  'not-a-query': 'error',
  'no-cursor': 'error',
  'mutating-updater': 'error',
  'unstable-updater': 'error',
  'async-updater': 'error',
  'declarable-match': 'warning',
  'declarable-room': 'warning',
  'unjoinable-room': 'error',
  'not-checked': 'note',
}

/** All there are: the table's type has one row for each. */
export const FINDING_CODES: readonly FindingCode[] = Object.keys(SEVERITIES) as FindingCode[]

export function severityOf(code: FindingCode): Severity {
  return SEVERITIES[code]
}

/** A finding as text: place, severity and code; problem; remedy. */
export function formatFinding(finding: Finding): string {
  const { event, action, procedure, severity, code, problem, remedy } = finding
  const target = procedure === undefined ? '' : ` (${procedure})`
  const place = action === undefined ? 'room' : `action ${action + 1}${target}`
  return `${event}, ${place}: ${severity} ${code}\n  ${problem}\n  ${remedy}`
}
