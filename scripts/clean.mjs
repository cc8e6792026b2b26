/** Removes the folders it is given: `rm -rf` for every system. */

import { rmSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { ROOT } from './run.mjs'

for (const argument of process.argv.slice(2)) {
  const folder = resolve(argument)
  const inside = relative(ROOT, folder)
  if (inside === '' || inside.startsWith('..')) {
    throw new Error(`"${argument}" is not a folder inside this repository.`)
  }
  rmSync(folder, { recursive: true, force: true })
}
