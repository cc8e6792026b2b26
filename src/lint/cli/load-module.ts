/**
 * Loads a module of the user's: JavaScript as it is, TypeScript by the project's own `tsx`, or by
 * Node where it can.
 */

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SyncError } from '../../errors.ts'

/** @throws SyncError `load-failed` */
export async function loadModule(file: string): Promise<Record<string, unknown>> {
  const path = resolve(file)
  if (!existsSync(path)) {
    throw failed(`There is no file ${file}.`, `Paths are relative to ${process.cwd()}.`)
  }
  if (isTypeScript(path)) await prepareForTypeScript(path, file)
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (cause) {
    // Rules that are refused say themselves what to do.
    if (cause instanceof Error && cause.name === 'SyncError') throw cause
    throw failed(`${file} does not load: ${describe(cause)}`, remedyFor(cause), cause)
  }
}

function isTypeScript(path: string): boolean {
  return /\.[cm]?tsx?$/.test(path)
}

/** Node says 'strip' or 'transform' where it runs TypeScript by itself. */
function nodeCanRunTypeScript(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript)
}

let isPrepared = false

async function prepareForTypeScript(path: string, file: string): Promise<void> {
  if (isPrepared) return
  isPrepared = true
  const tsx = findTsx(path)
  if (tsx !== undefined) {
    // As `node --import tsx` does: loading it is what registers it.
    await import(pathToFileURL(tsx).href)
  } else if (!nodeCanRunTypeScript()) {
    throw failed(
      `${file} is TypeScript, which Node ${process.versions.node} does not run by itself.`,
      'Install tsx in the project (npm install --save-dev tsx), or use Node 22.18 or newer.',
    )
  }
}

/** tsx as the module sees it, or the folder where the command runs. */
function findTsx(path: string): string | undefined {
  for (const from of [path, resolve('package.json')]) {
    try {
      return createRequire(from).resolve('tsx')
    } catch {
      // Not here.
    }
  }
  return undefined
}

function describe(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function remedyFor(cause: unknown): string {
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' || code === 'ERR_MODULE_NOT_FOUND') {
    return 'If the project needs more than Node does by itself (paths, enums, imports without .ts), install tsx in it.'
  }
  return 'It must load where the command runs: set what it reads from the environment.'
}

export function failed(problem: string, remedy: string, cause?: unknown): SyncError {
  return new SyncError({ code: 'load-failed', problem, remedy, cause })
}
