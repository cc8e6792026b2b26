/** What the command prints of its findings. */

import { formatFinding, type Finding, type Severity } from '../finding.ts'

export interface Report {
  /** The module that has the rules, as it was named. */
  readonly file: string
  /** How many rules there are. */
  readonly rules: number
  readonly findings: readonly Finding[]
}

export function printJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`
}

export function printText({ file, rules, findings }: Report): string {
  const lines = findings.map((finding) => `${file}: ${formatFinding(finding)}\n`)
  const counts = (['error', 'warning', 'note'] as const)
    .map((severity) => count(severity, findings))
    .filter((text) => text !== '')
  const sum = counts.length === 0 ? 'nothing to say' : counts.join(', ')
  return [...lines, `${file}: ${plural(rules, 'rule')}, ${sum}.\n`].join('\n')
}

function count(severity: Severity, findings: readonly Finding[]): string {
  const number = findings.filter((finding) => finding.severity === severity).length
  return number === 0 ? '' : plural(number, severity)
}

function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
