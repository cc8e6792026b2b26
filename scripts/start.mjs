/**
 * `npm start`: the chat, from a fresh clone, with nothing but Node and npm.
 *
 * The chat uses the package as an application would, from `dist`, so the library is built first.
 */

import { installIfNeeded } from './install.mjs'
import { npm, runInForeground, runQuietly } from './run.mjs'

await installIfNeeded()
await build('the library', npm('run', 'build'))
await build("the chat's client", npm('run', 'build', '-w', 'chat-example'))
process.exitCode = await runInForeground(npm('run', '--silent', 'start', '-w', 'chat-example'))

async function build(what, command) {
  const { ok, output, seconds } = await runQuietly(command)
  if (ok) return console.log(`Built ${what} in ${seconds.toFixed(1)} s.`)
  console.error(`${output}\nCould not build ${what}.`)
  process.exit(1)
}
