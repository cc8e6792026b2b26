/** What was asked for on the command line. */

import { parseArgs } from 'node:util'
import type { IgnoredFinding } from '../check-sync-rules.ts'
import { FINDING_CODES, type FindingCode } from '../finding.ts'

/** A module, and which of its exports is meant, if that was said. */
export interface ModuleExport {
  readonly file: string
  readonly name: string | undefined
}

export interface CheckCommand {
  readonly rules: ModuleExport
  readonly router: ModuleExport | undefined
  readonly options: ModuleExport | undefined
  readonly rooms: readonly string[] | undefined
  readonly ignore: readonly IgnoredFinding[]
  readonly seed: number | undefined
  readonly isJson: boolean
  readonly isVerbose: boolean
}

export type Command =
  | { readonly type: 'check'; readonly check: CheckCommand }
  | { readonly type: 'help' }
  | { readonly type: 'unusable'; readonly problem: string }

export const USAGE = `Usage: iron-sync check <rules module>[#export] [options]

Checks an application's sync rules: procedures that are gone, updaters that mutate or
count twice, functions that could be declared, rooms that nobody is in.

  --router <module>[#export]   the tRPC router whose procedures the rules name
  --room <template>            a room that somebody is let into; may be repeated
  --ignore [<event>/]<code>    a finding that is meant to be so; may be repeated
  --options <module>[#export]  more options, as of checkSyncRules: samples, viewer, …
  --seed <number>              where chance begins; the same seed finds the same
  --json                       prints the findings as JSON
  --verbose                    also notes what could not be checked
  --help                       prints this

Exits with 0 if there is nothing to say, 1 if there are findings, 2 if it could not check.
`

export function parseCommand(args: readonly string[]): Command {
  try {
    return parse(args)
  } catch (thrown) {
    // What parseArgs throws says what is wrong.
    return { type: 'unusable', problem: thrown instanceof Error ? thrown.message : '' }
  }
}

function parse(args: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      router: { type: 'string' },
      room: { type: 'string', multiple: true },
      ignore: { type: 'string', multiple: true },
      options: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'boolean' },
      verbose: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true || positionals[0] === 'help') return { type: 'help' }
  const [name, rules, ...others] = positionals
  if (name !== 'check')
    return unusable(name === undefined ? 'No command.' : `No command ${name}.`)
  if (rules === undefined) return unusable('Which module has the rules?')
  if (others.length > 0) return unusable(`One module at a time, and not ${others.join(', ')}.`)
  const seed = values.seed === undefined ? undefined : Number(values.seed)
  if (seed !== undefined && !Number.isInteger(seed))
    return unusable('A seed is a whole number.')
  const ignore = (values.ignore ?? []).map(parseIgnored)
  const wrong = ignore.find(({ code }) => !FINDING_CODES.includes(code))
  if (wrong !== undefined) {
    return unusable(
      `No finding has the code ${wrong.code}. Codes: ${FINDING_CODES.join(', ')}.`,
    )
  }
  return {
    type: 'check',
    check: {
      rules: parseModule(rules),
      router: values.router === undefined ? undefined : parseModule(values.router),
      options: values.options === undefined ? undefined : parseModule(values.options),
      rooms: values.room,
      ignore,
      seed,
      isJson: values.json ?? false,
      isVerbose: values.verbose ?? false,
    },
  }
}

function parseModule(text: string): ModuleExport {
  const at = text.lastIndexOf('#')
  return at < 0
    ? { file: text, name: undefined }
    : { file: text.slice(0, at), name: text.slice(at + 1) }
}

/** An event may contain a slash, a code never. */
function parseIgnored(text: string): IgnoredFinding {
  const at = text.lastIndexOf('/')
  // Checked by the caller.
  const code = text.slice(at + 1) as FindingCode
  return at < 0 ? { code } : { code, event: text.slice(0, at) }
}

function unusable(problem: string): Command {
  return { type: 'unusable', problem }
}
