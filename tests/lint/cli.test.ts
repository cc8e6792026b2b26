/** The command `iron-sync`, as a process, in projects as users have them. */

import { expect, test, vi } from 'vitest'
import { createProject } from './support/project.ts'

// Each run is a process that loads TypeScript.
vi.setConfig({ testTimeout: 60_000 })

const ESM = JSON.stringify({ type: 'module' })

const ROUTER = `
  import { initTRPC } from '@trpc/server'
  import { z } from 'zod'
  const t = initTRPC.create()
  console.log('The router is loading.')
  setInterval(() => {}, 1000) // As a connection to a database would, it keeps the process.
  export const appRouter = t.router({
    post: t.router({
      list: t.procedure.input(z.object({ boardId: z.string() })).query((): string[] => []),
    }),
  })
`

const CLEAN = `
  import { defineSyncRules, upsertItem } from '@iron-stack/sync'
  interface Post { id: string; boardId: string }
  export const joinableRooms = ['board:{boardId}']
  export const syncRules = defineSyncRules<{ 'post:added': Post }>({
    'post:added': {
      room: 'board:{boardId}',
      actions: [
        {
          procedure: ['post', 'list'],
          action: 'direct',
          match: 'boardId',
          updater: upsertItem({ insert: 'first' }),
        },
      ],
    },
  })
`

const FAULTY = `
  import { defineSyncRules } from '@iron-stack/sync'
  interface Post { id: string; boardId: string }
  export const rules = defineSyncRules<{ 'post:added': Post }>({
    'post:added': {
      room: (post) => \`board:\${post.boardId}\`,
      actions: [
        {
          procedure: ['posts', 'list'],
          action: 'direct',
          match: 'boardId',
          updater: (old: Post[], post) => [...old, post],
        },
      ],
    },
  })
`

const files = {
  'package.json': ESM,
  'src/router.ts': ROUTER,
  'src/sync-rules.ts': CLEAN,
  'src/faulty-rules.ts': FAULTY,
}

test('clean rules end with 0, and one line', async () => {
  const { run } = createProject({ files })
  expect(await run('check', './src/sync-rules.ts', '--router', './src/router.ts')).toEqual({
    exitCode: 0,
    output: './src/sync-rules.ts: 1 rule, nothing to say.\n',
    // What modules print stays out of the way.
    errors: 'The router is loading.\n',
  })
})

test('findings end with 1: each with its file, rule, problem and remedy', async () => {
  const { run } = createProject({ files })
  const router = ['--router', 'src/router.ts#appRouter']
  const { exitCode, output } = await run('check', 'src/faulty-rules.ts#rules', ...router)
  expect(exitCode).toBe(1)
  expect(output).toBe(
    `src/faulty-rules.ts: post:added, room: warning declarable-room
  The \`room\` is a function; from a template, clients know which queries are its own, and ask for it by themselves.
  Write room: 'board:{boardId}'.

src/faulty-rules.ts: post:added, action 1 (posts.list): error unknown-procedure
  The router has no procedure posts.list.
  Did you mean ['post', 'list']?

src/faulty-rules.ts: post:added, action 1 (posts.list): error unstable-updater
  The \`updater\` for posts.list changes more when it runs twice, at \`old.length\`.
  A response may know the event already: look for the row first (see upsertItem), keep a version beside a counter, or add an \`invalidate\` for the same query.

src/faulty-rules.ts: 1 rule, 2 errors, 1 warning.
`,
  )
})

test('--json prints the findings as values, and nothing else', async () => {
  const { run } = createProject({ files })
  const ignore = ['--ignore', 'declarable-room', '--ignore', 'post:added/unstable-updater']
  const args = ['src/faulty-rules.ts', '--router', 'src/router.ts', '--json', ...ignore]
  const { exitCode, output } = await run('check', ...args)
  expect(exitCode).toBe(1)
  expect(JSON.parse(output)).toEqual({
    file: 'src/faulty-rules.ts',
    rules: 1,
    findings: [
      {
        code: 'unknown-procedure',
        severity: 'error',
        event: 'post:added',
        action: 0,
        procedure: 'posts.list',
        problem: 'The router has no procedure posts.list.',
        remedy: "Did you mean ['post', 'list']?",
      },
    ],
  })
})

test('without a router, and with all that is left ignored, it ends with 0', async () => {
  const { run } = createProject({ files })
  const ignore = ['--ignore', 'declarable-room', '--ignore', 'post:added/unstable-updater']
  const { exitCode } = await run('check', 'src/faulty-rules.ts', ...ignore)
  expect(exitCode).toBe(0)
})

test('rooms come from the command line, else from the module of the rules', async () => {
  const unheard = `
    export { syncRules } from './sync-rules.ts'
    export const joinableRooms = ['lobby']
  `
  const { run } = createProject({ files: { ...files, 'src/unheard.ts': unheard } })
  const rules = ['check', 'src/sync-rules.ts', '--json']
  const codes = ({ output }: { output: string }) =>
    (JSON.parse(output) as { findings: { code: string }[] }).findings.map(({ code }) => code)
  expect(codes(await run(...rules))).toEqual([])
  expect(codes(await run('check', 'src/unheard.ts', '--json'))).toEqual(['unjoinable-room'])
  expect(codes(await run(...rules, '--room', 'lobby'))).toEqual(['unjoinable-room'])
  expect(codes(await run(...rules, '--room', 'lobby', '--room', 'board:{id}'))).toEqual([])
})

test('samples, a viewer and the like come from a module of options', async () => {
  const { run } = createProject({
    files: {
      'package.json': ESM,
      'rules.mjs': `
        export const rules = {
          'post:added': {
            room: 'posts',
            actions: [
              {
                queryKey: ['posts'],
                action: 'direct',
                updater: (old, post) => [...old, new URL(post.link).href],
              },
            ],
          },
        }
      `,
      'options.mjs': `
        export default { samples: { 'post:added': { link: 'https://example.org' } } }
        export const meant = { ignore: [{ code: 'not-checked' }], verbose: true }
      `,
    },
    packages: [],
  })
  const verbose = await run('check', 'rules.mjs', '--verbose')
  expect(verbose.exitCode).toBe(0)
  expect(verbose.output).toContain('action 1 (["posts"]): note not-checked')
  expect(verbose.output).toContain('1 rule, 1 note.')
  const meant = await run('check', 'rules.mjs', '--options', 'options.mjs#meant')
  expect(meant.output).toContain('nothing to say')
  const sampled = await run('check', 'rules.mjs', '--options', 'options.mjs')
  expect(sampled.exitCode).toBe(1)
  expect(sampled.output).toContain('unstable-updater')
})

test('TypeScript of all kinds loads by the tsx of the project', async () => {
  const { run } = createProject({
    files: {
      'package.json': '{}',
      'tsconfig.json': JSON.stringify({ compilerOptions: { paths: { '@/*': ['./src/*'] } } }),
      'src/room.ts': `export enum Room { Lobby = 'lobby' }`,
      'src/rules.ts': `
        import { Room } from '@/room'
        export const rules = { hello: { room: Room.Lobby as string, actions: [] } }
        export const joinableRooms = [Room.Lobby]
      `,
    },
    packages: ['tsx'],
  })
  const { exitCode, output } = await run('check', 'src/rules.ts')
  expect(output).toBe('src/rules.ts: 1 rule, nothing to say.\n')
  expect(exitCode).toBe(0)
})

test('the default export of what was made CommonJS from ES modules is found', async () => {
  const { run } = createProject({
    files: {
      'package.json': '{}',
      'rules.cjs': `
        Object.defineProperty(exports, '__esModule', { value: true })
        exports.default = { 'post:added': { room: 'board:{boardId}', actions: [] } }
      `,
    },
  })
  const { exitCode, output } = await run('check', 'rules.cjs')
  expect({ exitCode, output }).toEqual({
    exitCode: 0,
    output: 'rules.cjs: 1 rule, nothing to say.\n',
  })
})

test('TypeScript that nothing can load ends with 2, and says what to install', async () => {
  const { run } = createProject({ files, packages: ['@trpc/server', 'zod'] })
  const { exitCode, output, errors } = await run('check', 'src/sync-rules.ts')
  // Node 22.18 and newer run it by themselves.
  const canRun = Boolean((process.features as { typescript?: unknown }).typescript)
  expect(exitCode).toBe(canRun ? 0 : 2)
  if (canRun) return
  expect(output).toBe('')
  expect(errors).toContain('src/sync-rules.ts is TypeScript')
  expect(errors).toContain('npm install --save-dev tsx')
})

test('what can not be loaded ends with 2, and says why', async () => {
  const { run } = createProject({
    files: {
      ...files,
      'src/throws.ts': `throw new Error('DATABASE_URL is not set')`,
      'src/refused.ts': `
        import { defineSyncRules } from '@iron-stack/sync'
        export const rules = defineSyncRules({ connect: { room: 'x', actions: [] } })
      `,
      'src/two.ts': `
        export { rules as a } from './faulty-rules.ts'
        export { syncRules as b } from './sync-rules.ts'
      `,
    },
  })
  const says = async (...args: string[]) => {
    const { exitCode, output, errors } = await run('check', ...args)
    expect({ exitCode, output }).toEqual({ exitCode: 2, output: '' })
    return errors
  }
  expect(await says('src/missing.ts')).toContain('There is no file src/missing.ts.')
  expect(await says('src/throws.ts')).toContain('does not load: DATABASE_URL is not set.')
  expect(await says('src/throws.ts')).toContain('src/throws.ts:1')
  expect(await says('src/refused.ts')).toContain('Socket.IO reserves this event name.')
  expect(await says('src/router.ts')).toContain('src/router.ts exports no sync rules.')
  expect(await says('src/two.ts')).toContain('Say which export is meant: src/two.ts#a.')
  expect(await says('src/sync-rules.ts#rules')).toContain(
    'It exports: joinableRooms, syncRules.',
  )
  expect(await says('src/sync-rules.ts', '--router', 'src/sync-rules.ts')).toContain(
    'exports no tRPC router.',
  )
})

test('a wrong use ends with 2, and says how to use it', async () => {
  const { run } = createProject({ files: {}, packages: [] })
  for (const [args, problem] of [
    [[], 'No command.'],
    [['chekc', 'rules.ts'], 'No command chekc.'],
    [['check'], 'Which module has the rules?'],
    [['check', 'a.ts', 'b.ts'], 'One module at a time, and not b.ts.'],
    [['check', 'a.ts', '--seed', 'x'], 'A seed is a whole number.'],
    [['check', 'a.ts', '--ignore', 'unstable'], 'No finding has the code unstable.'],
    [['check', 'a.ts', '--routr', 'b.ts'], "Unknown option '--routr'"],
  ] as const) {
    const { exitCode, output, errors } = await run(...args)
    expect({ exitCode, output }).toEqual({ exitCode: 2, output: '' })
    expect(errors).toContain(problem)
    expect(errors).toContain('Usage: iron-sync check')
  }
  const help = await run('--help')
  expect(help.exitCode).toBe(0)
  expect(help.output).toContain('Usage: iron-sync check')
})
