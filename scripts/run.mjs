/**
 * How the repository's commands start other programs.
 *
 * npm's tools are started by their own JavaScript file with the Node at hand, not through
 * `node_modules/.bin`: that is one way for every system, and arguments arrive as they were given.
 */

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

/** The repository's folder. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Runs a command with this terminal as its own. Resolves to its exit code. */
export function runInForeground(command, { cwd = ROOT, env = {} } = {}) {
  const child = start(command, { cwd, env, stdio: 'inherit' })
  const forward = (signal) => child.kill(signal)
  process.on('SIGINT', stayUntilTheChildEnds)
  process.on('SIGTERM', forward)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      process.off('SIGINT', stayUntilTheChildEnds)
      process.off('SIGTERM', forward)
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1))
    })
  })
}

/** Runs a command and keeps what it prints, without its colors. Past its time it is killed, and has failed. */
export function runQuietly(command, { cwd = ROOT, env = {}, timeoutMs = 300_000 } = {}) {
  const startedAt = performance.now()
  const child = start(command, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))

  return new Promise((resolve) => {
    const finish = (ok) => {
      clearTimeout(timer)
      resolve({
        ok,
        output: stripVTControlCharacters(output),
        seconds: (performance.now() - startedAt) / 1000,
      })
    }
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      output += `\nKilled after ${timeoutMs / 1000} s.`
      finish(false)
    }, timeoutMs)
    child.once('error', (error) => {
      output += error.message
      finish(false)
    })
    child.once('close', (code) => finish(code === 0))
  })
}

/** The command that starts an installed package's tool. */
export function tool(name, { from = name, installedIn = ROOT } = {}) {
  const folder = join(installedIn, 'node_modules', from)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return [process.execPath, join(folder, typeof bin === 'string' ? bin : bin[name])]
}

/** The command that starts npm: the one that started us, else the one on the PATH. */
export function npm(...args) {
  const started = process.env.npm_execpath ?? ''
  return started.endsWith('npm-cli.js')
    ? [process.execPath, started, ...args]
    : ['npm', ...args]
}

/** A terminal sends Ctrl-C to the child, too. */
function stayUntilTheChildEnds() {}

function start([file, ...args], { cwd, env, stdio }) {
  // On Windows npm is a batch file, which only a shell can start.
  const shell = process.platform === 'win32' && file === 'npm'
  return spawn(file, args, { cwd, stdio, shell, env: { ...process.env, ...env } })
}
