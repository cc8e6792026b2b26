/**
 * `npm run check`: everything that must hold before a change lands, one line a step, and all that
 * a step said where it failed. All steps run, so that one look shows all there is to mend.
 *
 * `--no-tests` leaves the tests out, for a run that has had them.
 */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installIfNeeded } from './install.mjs'
import { npm, runQuietly, tool } from './run.mjs'

/** The rules of the examples, as `iron-sync` is to check them. */
const RULES = {
  chat: [
    'examples/chat/shared/rules.ts',
    '--router=examples/chat/server/router.ts',
    '--room=conversation:{conversationId}',
  ],
  board: [
    'examples/board/shared/rules.ts',
    '--router=examples/board/server/router.ts',
    '--room=org:{orgId}',
    '--room=org:{orgId}:board:{boardId}',
    '--room=org:{orgId}:post:{postId}',
  ],
  minimal: ['examples/minimal/rules.ts', '--room=todos'],
}

await installIfNeeded()
const folder = mkdtempSync(join(tmpdir(), 'sync-check-'))
const failed = []

await step('format', [...tool('oxfmt'), '--check', '.'])
// With a configuration it finds by itself, oxlint's type-aware rules miss the overrides.
await step('lint', [...tool('oxlint'), '--type-aware', '--config', '.oxlintrc.json'])
await step('types', [...tool('tsc', { from: 'typescript' }), '-p', 'tsconfig.json'])
await step('unused code', [...tool('knip'), '--no-progress'])
if (!process.argv.includes('--no-tests')) {
  const told = /^ *(Test Files|Tests|Type Errors|Skipped) .*$/gm
  await step('tests', [process.execPath, 'scripts/test.mjs'], { show: told })
}
// Packing builds the library first, as publishing does.
if (await step('build and pack', npm('pack', '--pack-destination', folder))) {
  const tarball = join(folder, readdirSync(folder)[0])
  await step('publint', [...tool('publint'), 'run', tarball, '--strict'])
  const attw = [...tool('attw', { from: '@arethetypeswrong/cli' }), '--profile', 'esm-only']
  await step('types of the package', [...attw, '--no-emoji', tarball])
  for (const [name, rules] of Object.entries(RULES)) {
    await step(`rules of ${name}`, [process.execPath, 'dist/lint/cli.js', 'check', ...rules])
  }
}
await step('size', [process.execPath, 'scripts/size.mjs'], { show: /^.+$/gm })

rmSync(folder, { recursive: true })
console.log(failed.length === 0 ? 'All checks hold.' : `Failed: ${failed.join(', ')}.`)
process.exitCode = failed.length === 0 ? 0 : 1

/** @param show - what of the output is shown when the step succeeds, too. */
async function step(name, command, { show } = {}) {
  const { ok, output, seconds } = await runQuietly(command)
  console.log(
    `${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(22)}${seconds.toFixed(1).padStart(5)} s`,
  )
  if (!ok) failed.push(name)
  if (!ok) console.log(output.trimEnd())
  else if (show)
    for (const line of output.match(show) ?? []) console.log(`        ${line.trim()}`)
  return ok
}
