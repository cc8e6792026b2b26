/**
 * `npm start`: the chat, from a fresh clone, with nothing but Node and npm; `npm start -- board`,
 * or `npm run start:board`: the board.
 *
 * The examples use the package as an application would, from `dist`, so the library is built first.
 */

import { installIfNeeded } from './install.mjs'
import { npm, runInForeground, runQuietly } from './run.mjs'

const EXAMPLES = ['chat', 'board']
const [example = 'chat'] = process.argv.slice(2)

if (!EXAMPLES.includes(example)) {
  console.error(`There is no example "${example}" to start. There are: ${EXAMPLES.join(', ')}.`)
  process.exit(1)
}
const workspace = `${example}-example`
await installIfNeeded()
await build('the library', npm('run', 'build'))
await build(`the ${example}'s client`, npm('run', 'build', '-w', workspace))
process.exitCode = await runInForeground(npm('run', '--silent', 'start', '-w', workspace))

async function build(what, command) {
  const { ok, output, seconds } = await runQuietly(command)
  if (ok) return console.log(`Built ${what} in ${seconds.toFixed(1)} s.`)
  console.error(`${output}\nCould not build ${what}.`)
  process.exit(1)
}
