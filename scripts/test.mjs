/**
 * `npm test`: every test this machine can run, from a fresh clone. Arguments go to vitest.
 *
 * What it cannot run is said at the end, with the way to enable it. In CI that is an error: a
 * test that is silently skipped there is a test nobody has.
 */

import { installIfNeeded } from './install.mjs'
import { probeMachine } from './probes.mjs'
import { npm, runInForeground, runQuietly, tool } from './run.mjs'

await installIfNeeded()
const { env, missing } = await probeMachine()

if (process.env.CI && missing.length > 0) {
  for (const probe of missing) console.error(`No ${probe.name}: ${probe.remedy}.`)
  console.error('In CI every test must run.')
  process.exit(1)
}

if (env.SYNC_TEST_CHROMIUM) await buildForBrowser()
process.exitCode = await runInForeground([...tool('vitest'), 'run', ...process.argv.slice(2)], {
  env,
})
for (const probe of missing) {
  console.log(`Skipped ${probe.tests}: no ${probe.name} here. To run them, ${probe.remedy}.`)
}

/** A browser loads what users get: the built library, and the examples built with it. */
async function buildForBrowser() {
  const examples = ['chat-example', 'board-example']
  for (const workspace of [[], ...examples.map((name) => ['-w', name])]) {
    const { ok, output } = await runQuietly(npm('run', 'build', ...workspace))
    if (ok) continue
    console.error(output)
    process.exit(1)
  }
}
