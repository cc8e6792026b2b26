/** The linter of sync rules. Its command line is `iron-sync`. */

export { checkSyncRules } from './check-sync-rules.ts'
export type { CheckOptions, IgnoredFinding } from './check-sync-rules.ts'
export { formatFinding } from './finding.ts'
export type { Finding, FindingCode, Severity } from './finding.ts'
