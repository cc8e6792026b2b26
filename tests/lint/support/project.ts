/**
 * A project of a user's in a folder of its own, and the command run there, as a process: bundled, for
 * it is TypeScript here, and the project's own tsx is what shall load the project.
 */

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { afterAll, onTestFinished } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const installed = (name: string) => join(ROOT, 'node_modules', name)

interface Outcome {
  readonly exitCode: number | null
  readonly output: string
  readonly errors: string
}

export interface Project {
  /** Runs `iron-sync` in the project's folder. */
  readonly run: (...args: string[]) => Promise<Outcome>
}

export interface ProjectOptions {
  /** By path; what is in them. */
  readonly files: Readonly<Record<string, string>>
  /** What is in `node_modules`, beside this library. @default tRPC, zod and tsx */
  readonly packages?: readonly string[]
}

export function createProject({
  files,
  packages = ['@trpc/server', 'zod', 'tsx'],
}: ProjectOptions): Project {
  const folder = mkdtempSync(join(tmpdir(), 'iron-sync-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const name of ['@iron-stack/sync', ...packages]) {
    const place = join(folder, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(installed(name), place, 'junction')
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return {
    async run(...args) {
      const command = ['--conditions=@iron-stack/source', await bundled(), ...args]
      const child = spawn(process.execPath, command, { cwd: folder, timeout: 60_000 })
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
      const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
      return { exitCode: await ended, output, errors }
    },
  }
}

const workshop = mkdtempSync(join(tmpdir(), 'iron-sync-command-'))
afterAll(() => rmSync(workshop, { recursive: true }))

let bundle: Promise<string> | undefined

/** The command as one file, made once. */
function bundled(): Promise<string> {
  bundle ??= makeBundle(join(workshop, 'cli.mjs'))
  return bundle
}

async function makeBundle(file: string): Promise<string> {
  const input = join(ROOT, 'src/lint/cli.ts')
  const build = await rolldown({ input, platform: 'node', logLevel: 'silent' })
  await build.write({ file, format: 'esm' })
  await build.close()
  return file
}
