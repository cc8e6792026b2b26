/**
 * Closes a CI log with `N passed, N failed`, counted from vitest's own JSON report.
 *
 * A test file that does not load has no tests to count: it counts as one failure. A run in which
 * no test passed, or that left no report, fails.
 */

import { existsSync, readFileSync } from 'node:fs'

const file = process.argv[2]
if (!existsSync(file)) {
  console.log('The tests did not run.')
  process.exit(1)
}

const report = JSON.parse(readFileSync(file, 'utf8'))
const broken = report.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
)
const passed = report.numPassedTests
const failed = report.numFailedTests + broken.length
const skipped = report.numPendingTests + report.numTodoTests

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
