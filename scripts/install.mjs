/**
 * Installs the dependencies where they are missing or older than the lock file, so that a fresh
 * clone needs no step of its own before `npm start` or `npm test`.
 */

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { npm, ROOT, runInForeground } from './run.mjs'

/** Ends the process when the dependencies cannot be installed: nothing after it would work. */
export async function installIfNeeded() {
  const reason = reasonToInstall()
  if (reason === undefined) return
  console.log(`Installing dependencies: ${reason}.`)
  const code = await runInForeground(npm('ci', '--no-audit', '--no-fund', '--loglevel=error'))
  if (code !== 0) process.exit(code)
}

/** npm writes its hidden lock file last: it tells when an installation was complete. */
function reasonToInstall() {
  const installedAt = modifiedAt('node_modules/.package-lock.json')
  if (installedAt === undefined) return 'node_modules is missing or incomplete'
  if (modifiedAt('package-lock.json') > installedAt) return 'package-lock.json is newer'
  return undefined
}

function modifiedAt(path) {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs
}
