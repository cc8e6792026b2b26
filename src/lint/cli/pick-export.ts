/** Which of a module's exports is meant: the one that is named, or the one that looks like it. */

import { isRecord } from '../../is-record.ts'
import type { ModuleExport } from './arguments.ts'
import { failed } from './load-module.ts'

export interface Kind {
  /** As it is called in messages: `sync rules`. */
  readonly what: string
  readonly is: (value: unknown) => boolean
  /** Names to prefer where several exports look like it. */
  readonly names: readonly string[]
}

export const RULES: Kind = {
  what: 'sync rules',
  names: ['syncRules', 'rules', 'default'],
  is: (value) =>
    isRecord(value) &&
    Object.keys(value).length > 0 &&
    Object.values(value).every(
      (rule) => isRecord(rule) && 'room' in rule && Array.isArray(rule['actions']),
    ),
}

export const ROUTER: Kind = {
  what: 'tRPC router',
  names: ['appRouter', 'router', 'default'],
  is: (value) => {
    const isHolder = isRecord(value) || typeof value === 'function'
    const definition: unknown = isHolder ? Reflect.get(value, '_def') : undefined
    return isRecord(definition) && definition['router'] === true
  },
}

export const OPTIONS: Kind = { what: 'options', names: ['default'], is: isRecord }

/**
 * All that a module exports: a CommonJS module has it in `default`, too. One that was made from ES
 * modules, as by TypeScript, has its own default export in there.
 */
export function exportsOf(loaded: Record<string, unknown>): Record<string, unknown> {
  const { default: outer } = loaded
  if (!isRecord(outer)) return loaded
  const isTranspiled = [loaded, outer].some((each) => each['__esModule'] === true)
  const inner = isTranspiled && 'default' in outer ? { default: outer['default'] } : {}
  return { ...outer, ...loaded, ...inner }
}

/** @throws SyncError `load-failed` where there is none, or it can't be told which. */
export function pickExport(
  loaded: Record<string, unknown>,
  { file, name }: ModuleExport,
  { what, is, names }: Kind,
): unknown {
  const exports = exportsOf(loaded)
  if (name !== undefined) {
    if (name in exports) return exports[name]
    const known = Object.keys(loaded).join(', ')
    throw failed(`${file} does not export ${name}.`, `It exports: ${known || 'nothing'}.`)
  }
  const found = Object.keys(exports).filter((each) => is(exports[each]))
  const preferred = names.find((each) => found.includes(each))
  const picked = preferred ?? (found.length === 1 ? found[0] : undefined)
  if (picked !== undefined) return exports[picked]
  throw failed(
    found.length === 0 ? `${file} exports no ${what}.` : `${file} exports several ${what}.`,
    `Say which export is meant: ${file}#${found[0] ?? 'name'}.`,
  )
}
