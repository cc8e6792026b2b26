/** One run of the command: from its arguments to what it prints, and the code it ends with. */

import type { SyncRules } from '../../rules.ts'
import type { RouterLike } from '../../typing/router.ts'
import { checkSyncRules, type CheckOptions } from '../check-sync-rules.ts'
import { parseCommand, USAGE, type CheckCommand, type ModuleExport } from './arguments.ts'
import { loadModule } from './load-module.ts'
import { exportsOf, OPTIONS, pickExport, ROUTER, RULES, type Kind } from './pick-export.ts'
import { printJson, printText, type Report } from './report.ts'

export interface Run {
  readonly output: string
  readonly errors: string
  /** 0: nothing to say; 1: findings; 2: it could not check. */
  readonly exitCode: 0 | 1 | 2
}

export async function run(args: readonly string[]): Promise<Run> {
  const command = parseCommand(args)
  if (command.type === 'help') return { output: USAGE, errors: '', exitCode: 0 }
  if (command.type === 'unusable') {
    return { output: '', errors: `${command.problem}\n\n${USAGE}`, exitCode: 2 }
  }
  try {
    const report = await check(command.check)
    const isClean = report.findings.every(({ severity }) => severity === 'note')
    const output = command.check.isJson ? printJson(report) : printText(report)
    return { output, errors: '', exitCode: isClean ? 0 : 1 }
  } catch (thrown) {
    return { output: '', errors: `${describe(thrown)}\n`, exitCode: 2 }
  }
}

/** With the place in a module of the user's where it failed to load. */
function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const { message, cause } = thrown
  return cause instanceof Error ? `${message}\n\n${cause.stack ?? ''}` : message
}

async function check(command: CheckCommand): Promise<Report> {
  const { file } = command.rules
  // What modules print while they load must not stand among the findings.
  return withoutOutput(async () => {
    const loaded = await loadModule(file)
    // Whatever it is, the check refuses what are no rules.
    const rules = pickExport(loaded, command.rules, RULES) as SyncRules
    const options = await optionsOf(command, loaded)
    return {
      file,
      rules: Object.keys(rules).length,
      findings: await checkSyncRules(rules, options),
    }
  })
}

/** Those of the options module, with what was said on the command line over them. */
async function optionsOf(
  { router, options, rooms, ignore, seed, isVerbose }: CheckCommand,
  rulesModule: Record<string, unknown>,
): Promise<CheckOptions> {
  const given = options === undefined ? {} : ((await load(options, OPTIONS)) as CheckOptions)
  const exported: unknown = exportsOf(rulesModule)['joinableRooms']
  const joinableRooms = rooms ?? given.joinableRooms ?? exported
  return {
    ...given,
    ...(router !== undefined && { router: (await load(router, ROUTER)) as RouterLike }),
    // A list of templates; what is none, the check refuses.
    ...(Array.isArray(joinableRooms) && { joinableRooms: joinableRooms as string[] }),
    ...(seed !== undefined && { seed }),
    ...(isVerbose && { verbose: true }),
    ignore: [...(given.ignore ?? []), ...ignore],
  }
}

async function load(wanted: ModuleExport, kind: Kind): Promise<unknown> {
  return pickExport(await loadModule(wanted.file), wanted, kind)
}

async function withoutOutput<Result>(work: () => Promise<Result>): Promise<Result> {
  const { log, info, debug } = console
  Object.assign(console, { log: console.error, info: console.error, debug: console.error })
  try {
    return await work()
  } finally {
    Object.assign(console, { log, info, debug })
  }
}
