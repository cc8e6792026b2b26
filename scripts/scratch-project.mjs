/** Projects as a user of the package has them: a folder, dependencies, the package's tarball. */

import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm, ROOT, runQuietly } from './run.mjs'

const FIXTURES = join(ROOT, 'tests/package/fixtures')

/** Makes the folder with a copy of the fixtures, and installs `dependencies` there. */
export async function createProject(folder, dependencies) {
  mkdirSync(folder)
  cpSync(FIXTURES, folder, { recursive: true })
  writeJson(join(folder, 'package.json'), { private: true, type: 'module', dependencies })
  const command = npm(
    'install',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--prefer-offline',
  )
  const { ok, output } = await runQuietly(command, { cwd: folder, timeoutMs: 180_000 })
  if (!ok) throw new Error(`npm install failed in a scratch project.\n${output}`)
  return folder
}

export function writeJson(path, value) {
  writeFileSync(path, JSON.stringify(value, null, 2))
}
