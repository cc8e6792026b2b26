/**
 * `npm run test:package`: the packed tarball, installed in empty projects as users have them.
 *
 * The tests run from the sources; what is published is something else. Here it meets old and new
 * Nodes, the oldest and newest peers, projects without React or without a client, a bundler, and
 * four TypeScripts. One line a cell; what a failing cell said follows its line.
 */

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installIfNeeded } from './install.mjs'
import { createPool } from './pool.mjs'
import { npm, ROOT, runQuietly, tool } from './run.mjs'
import { createProject, writeJson } from './scratch-project.mjs'

const NODES = [20, 22, 24]
const TYPESCRIPTS = ['7.0.2', '6.0.3', '5.9.3', '5.8.3']
/** The type tests are about rules, not about what tRPC and zod declare. */
const TYPE_TEST_OPTIONS = {
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  paths: { vitest: ['./vitest.ts'] },
}
const TYPE_TESTS_NEED = [
  'vite',
  'expect-type',
  '@trpc/server',
  'zod',
  'valibot',
  'arktype',
  'ioredis',
  'pg',
  '@types/pg',
]
const RESOLUTIONS = {
  nodenext: { module: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
}

await installIfNeeded()
const { exports, devDependencies: newest } = JSON.parse(
  readFileSync(join(ROOT, 'package.json')),
)
const ENTRIES = Object.keys(exports).filter((entry) => entry !== './package.json')

const folder = mkdtempSync(join(tmpdir(), 'sync-package-'))
const inParallel = createPool(2)
let cells = 0
let failures = 0

try {
  await runMatrix(await pack())
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${cells} cells of the package matrix, ${failures} of them failed.`)
process.exitCode = failures === 0 ? 0 : 1

async function pack() {
  const { ok, output } = await runQuietly(npm('pack', '--pack-destination', folder))
  if (!ok) throw new Error(output)
  return join(folder, readdirSync(folder)[0])
}

async function runMatrix(tarball) {
  const project = (name, dependencies) =>
    inParallel(() =>
      createProject(join(folder, name), { ...dependencies, '@iron-stack/sync': tarball }),
    )
  const installing = {
    nodes: NODES.map((major) => inParallel(() => findNode(major))),
    app: project('app', {
      ...peers(newest),
      ...typescripts(),
      ...pick(newest, TYPE_TESTS_NEED),
    }),
    oldest: project('oldest', oldestPeers()),
    engine: project('engine', pick(newest, ['@tanstack/query-core', 'socket.io-client'])),
    server: project('server', pick(newest, ['socket.io'])),
  }
  const app = await installing.app
  cpSync(join(ROOT, 'tests/typing'), join(app, 'typing'), { recursive: true })
  const oldest = await installing.oldest
  const engine = await installing.engine
  const server = await installing.server
  const nodes = await Promise.all(installing.nodes)

  await cell('no React beside ./engine', () => absent(engine, 'react'))
  await cell('no client beside ./server', () => absent(server, '@tanstack'))
  await cell("'use client' comes first", () => checkDirectives(app))
  await Promise.all([
    ...nodes.flatMap((node) => onNode(node, { app, engine, server })),
    commandCell(`imports, oldest peers`, oldest, [process.execPath, 'imports.mjs', ...ENTRIES]),
    commandCell(`at work, oldest peers`, oldest, [process.execPath, 'smoke.mjs']),
    commandCell(`bundles, vite ${newest.vite}`, app, [process.execPath, 'bundle.mjs']),
    ...TYPESCRIPTS.flatMap((version) => typeCells(app, version)),
  ])
}

function onNode({ major, path }, { app, engine, server }) {
  const imports = [path, 'imports.mjs']
  return [
    commandCell(`imports, node ${major}, all entries`, app, [...imports, ...ENTRIES]),
    commandCell(`imports, node ${major}, engine alone`, engine, [...imports, '.', './engine']),
    commandCell(`imports, node ${major}, server alone`, server, [...imports, '.', './server']),
    commandCell(`at work, node ${major}`, app, [path, 'smoke.mjs']),
    commandCell(`checks rules, node ${major}`, app, [path, ...checkRules(major)]),
  ]
}

/** TypeScript where Node runs it by itself. What the README's rules do as functions is meant. */
function checkRules(major) {
  const rules = major < 22 ? 'rules.mjs' : 'readme/rules.ts'
  const meant = ['declarable-room', 'declarable-match'].flatMap((code) => ['--ignore', code])
  return ['node_modules/.bin/iron-sync', 'check', rules, ...meant]
}

/** What is documented, checked against the package's declarations and all those it draws in. */
function typeCells(app, version) {
  const documented = Object.entries(RESOLUTIONS).map(([resolution, options]) =>
    typeCell(app, { version, name: resolution, options, include: ['readme', 'registered'] }),
  )
  const options = { ...RESOLUTIONS.nodenext, ...TYPE_TEST_OPTIONS }
  return [
    ...documented,
    typeCell(app, { version, name: 'tests', options, include: ['typing', 'typed'] }),
  ]
}

function typeCell(app, { version, name, options, include }) {
  const config = `tsconfig.${version}.${name}.json`
  writeJson(join(app, config), {
    compilerOptions: {
      ...options,
      target: 'es2022',
      lib: ['es2022', 'dom', 'dom.iterable'],
      jsx: 'react-jsx',
      types: ['node'],
      strict: true,
      noEmit: true,
    },
    include,
  })
  const tsc = tool('tsc', { from: `typescript-${version}`, installedIn: app })
  return commandCell(`types, typescript ${version}, ${name}`, app, [...tsc, '-p', config])
}

function checkDirectives(app) {
  const client = join(app, 'node_modules/@iron-stack/sync/dist/client')
  const modules = readdirSync(client).filter((name) => name.endsWith('.js'))
  const wrong = modules.filter((name) => {
    const code = readFileSync(join(client, name), 'utf8')
    const needsIt =
      name === 'index.js' || /from ['"](react|@tanstack\/react-query)['"]/.test(code)
    return needsIt && !/^['"]use client['"]/.test(code)
  })
  return { ok: wrong.length === 0, output: `It does not in: ${wrong.join(', ')}.` }
}

function absent(project, dependency) {
  const ok = !readdirSync(join(project, 'node_modules')).includes(dependency)
  return { ok, output: `npm installed ${dependency}.` }
}

function commandCell(name, cwd, command) {
  const run = () => runQuietly(command, { cwd, timeoutMs: 120_000 })
  return inParallel(() => cell(name, run))
}

async function cell(name, run) {
  const { ok, output, seconds } = await run()
  cells++
  if (!ok) failures++
  const time = seconds === undefined ? '' : `${seconds.toFixed(1).padStart(5)} s`
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(36)}${time}`)
  if (!ok) console.log(output.trimEnd())
}

/** A Node of this major version: the one at hand, or npm's package of it. */
async function findNode(major) {
  if (process.versions.node.startsWith(`${major}.`)) return { major, path: process.execPath }
  const project = await createProject(join(folder, `node-${major}`), { node: String(major) })
  const file = process.platform === 'win32' ? 'node.exe' : 'node'
  return { major, path: join(project, 'node_modules/node/bin', file) }
}

function peers(from) {
  const names = ['@tanstack/query-core', '@tanstack/react-query', 'react', 'react-dom']
  const types = ['@types/node', '@types/react']
  return pick(from, [...names, 'socket.io', 'socket.io-client', ...types])
}

function oldestPeers() {
  return {
    '@tanstack/query-core': '5.0.0',
    '@tanstack/react-query': '5.0.0',
    react: '18.0.0',
    'react-dom': '18.0.0',
    'socket.io': '4.6.0',
    'socket.io-client': '4.6.0',
  }
}

function typescripts() {
  return Object.fromEntries(
    TYPESCRIPTS.map((version) => [`typescript-${version}`, `npm:typescript@${version}`]),
  )
}

function pick(from, names) {
  return Object.fromEntries(names.map((name) => [name, from[name]]))
}
