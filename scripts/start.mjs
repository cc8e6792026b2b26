/**
 * `npm start`: the chat, from a fresh clone, with nothing but Node and npm; `npm start -- board`,
 * or `npm run start:board`: the board; `npm run start:cluster`: the chat on two nodes.
 *
 * The examples use the package as an application would, from `dist`, so the library is built first.
 */

import { installIfNeeded } from './install.mjs'
import { npm, runInForeground, runQuietly } from './run.mjs'

const EXAMPLES = {
  chat: { name: 'chat', script: 'start' },
  board: { name: 'board', script: 'start' },
  cluster: { name: 'chat', script: 'start:cluster' },
}
const [wanted = 'chat'] = process.argv.slice(2)

if (!Object.hasOwn(EXAMPLES, wanted)) {
  const names = Object.keys(EXAMPLES).join(', ')
  console.error(`There is no example "${wanted}" to start. There are: ${names}.`)
  process.exit(1)
}
const { name, script } = EXAMPLES[wanted]
const workspace = `${name}-example`
await installIfNeeded()
await build('the library', npm('run', 'build'))
await build(`the ${name}'s client`, npm('run', 'build', '-w', workspace))
process.exitCode = await runInForeground(npm('run', '--silent', script, '-w', workspace))

async function build(what, command) {
  const { ok, output, seconds } = await runQuietly(command)
  if (ok) return console.log(`Built ${what} in ${seconds.toFixed(1)} s.`)
  console.error(`${output}\nCould not build ${what}.`)
  process.exit(1)
}
