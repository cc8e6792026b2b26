/**
 * The examples' rules follow their routers: what is renamed there, and not in the rules, does not
 * compile, and the compiler points at the rule. Copies of the examples are renamed, never they.
 */

import { spawn } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Inside of the repository, so that the copies find the packages that the examples use. */
const folder = join(root, 'node_modules/.cache', `renames-${process.pid}`)
const RULES = 'shared/rules.ts'

interface Rename {
  readonly what: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** A line of the rules that the compiler then points at, and what it says of it. */
  readonly line: string
  readonly says: string
}

const RENAMES: Readonly<Record<string, readonly Rename[]>> = {
  board: [
    {
      what: 'a procedure',
      file: 'server/routers/post.ts',
      from: 'recentlyClosed: boardProcedure',
      to: 'lastClosed: boardProcedure',
      line: "procedure: ['post', 'recentlyClosed'],",
      says: `'"recentlyClosed"' is not assignable to type '"byId" | "lastClosed" | "list" | "text"'`,
    },
    {
      what: 'a field of an input',
      file: 'server/routers/post.ts',
      from: 'status: status.optional(), sort,',
      to: 'status: status.optional(), order: sort,',
      line: 'compare: (a, b, { sort }) => postOrder[sort](a, b),',
      says: "Property 'sort' does not exist",
    },
    {
      what: 'a field of a row',
      file: 'server/schema.ts',
      from: "closedCount: integer('closed_count').notNull().default(0),\n  version:",
      to: "closedCount: integer('closed_count').notNull().default(0),\n  revision:",
      line: 'updater: { update: { version: ({ version }) => version } },',
      says: "Property 'version' does not exist",
    },
  ],
  chat: [
    {
      what: 'a procedure',
      file: 'server/routers/member.ts',
      from: 'list: memberProcedure',
      to: 'all: memberProcedure',
      line: "procedure: ['member', 'list'],",
      says: `'"list"' is not assignable to type '"all"'`,
    },
    {
      what: 'a field of an input',
      file: 'server/trpc.ts',
      from: 'z.object({ conversationId: z.int()',
      to: 'z.object({ roomId: z.int()',
      line: "match: 'conversationId',",
      says: "Type 'string' is not assignable to type 'Match<",
    },
    {
      what: 'a field of a row',
      file: 'server/schema.ts',
      from: 'revision: integer().notNull(),',
      to: 'rev: integer().notNull(),',
      line: 'updater: { upsert: { compare: newestFirst, version: ({ revision }) => revision } },',
      says: "Property 'revision' does not exist",
    },
  ],
}

/** `board`, a tab, the line of its rules, a tab, what the compiler says. */
let faults: readonly string[] = []

beforeAll(async () => {
  for (const [example, renames] of Object.entries(RENAMES)) {
    for (const part of ['shared', 'server']) {
      const to = join(folder, example, part)
      cpSync(join(root, 'examples', example, part), to, { recursive: true })
    }
    for (const rename of renames) apply(example, rename)
  }
  const config = { extends: '../../../tsconfig.json', include: [`*/${RULES}`], exclude: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  faults = readFaults(await compile())
}, 60_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function apply(example: string, { file, from, to }: Rename): void {
  const path = join(folder, example, file)
  const text = readFileSync(path, 'utf8')
  if (!text.includes(from)) throw new Error(`${file} of the ${example} has no "${from}".`)
  writeFileSync(path, text.replace(from, to))
}

/** What the compiler prints about all copies: one run, for most of its time is the same for each. */
function compile(): Promise<string> {
  return new Promise((resolve, reject) => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const child = spawn(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
      cwd: folder,
    })
    let printed = ''
    child.stdout.on('data', (chunk) => (printed += String(chunk)))
    child.once('error', reject)
    child.once('close', () => resolve(printed))
  })
}

function readFaults(printed: string): string[] {
  return [...printed.matchAll(/^(\w+)\/shared\/rules\.ts\((\d+),\d+\): error (.*)$/gm)].map(
    ([, example = '', line, says]) => {
      const lines = readFileSync(join(folder, example, RULES), 'utf8').split('\n')
      return [example, lines[Number(line) - 1]?.trim(), says].join('\t')
    },
  )
}

const cases = Object.entries(RENAMES).flatMap(([example, renames]) =>
  renames.map((rename) => ({ example, ...rename })),
)

test.for(cases)(
  '$what renamed in the router of the $example does not compile in its rules',
  ({ example, line, says }) => {
    const found = faults.filter((fault) => fault.startsWith(`${example}\t${line}\t`))
    expect(found.join('\n')).toContain(says)
  },
)

test.for(Object.keys(RENAMES))(
  'the rules of the %s have no annotation and no cast',
  (example) => {
    const text = readFileSync(join(root, 'examples', example, RULES), 'utf8')
    const code = text.replaceAll(/\/\*.*?\*\/|\/\/.*$/gms, '')
    expect(code).not.toMatch(/\b(as|satisfies|any|unknown)\b/)
    // Parameters: names, or names taken out of them, and nothing that says of which type.
    for (const [, parameters = ''] of code.matchAll(/\(([^()]*)\)\s*=>/g)) {
      expect(parameters.replaceAll(/\{[^}:]*\}/g, '')).toMatch(/^[\w\s,]*$/)
    }
  },
)
