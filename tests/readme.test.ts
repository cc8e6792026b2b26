/** What the README says of itself: its example compiles, its tables leave nothing out. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')
/** Inside of the repository, so that the blocks find the packages that they name. */
const folder = join(root, 'node_modules/.cache', `readme-${process.pid}`)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The code blocks under a heading, in order. */
function blocksUnder(heading: string): string[] {
  const [, rest = ''] = readme.split(`\n## ${heading}\n`)
  const [section = ''] = rest.split('\n## ')
  return [...section.matchAll(/```tsx?\n([^]*?)```/g)].map(([, code = '']) => code)
}

test('the complete example compiles, with what it leaves to its reader', async () => {
  const [rules = '', server = '', mutation = '', app = ''] = blocksUnder('A complete example')
  const files = {
    'sync-rules.ts': rules,
    'sync.ts': `import type { Server } from 'socket.io'
declare const io: Server
declare function readSession(cookie: string | undefined): Promise<{ id: string } | undefined>
declare function getUserConversationIds(userId: string): Promise<string[]>
${server}`,
    'mutation.ts': `import { sync } from './sync.ts'
import type { Message } from './sync-rules.ts'
declare const message: Message
${mutation}`,
    'app.tsx': `declare function YourApp(): null\n${app}`,
    'tsconfig.json': JSON.stringify({
      extends: '../../../tsconfig.json',
      include: ['.'],
      exclude: [],
    }),
  }
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const tsc = spawn(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '--noEmit',
    '--project',
    folder,
  ])
  let printed = ''
  tsc.stdout.on('data', (chunk: Buffer) => {
    printed += String(chunk)
  })
  await once(tsc, 'close')
  expect(printed).toBe('')
  expect([rules, server, mutation, app].map((text) => text.length > 40)).not.toContain(false)
}, 60_000)

test('the table of errors has every code, and no other', () => {
  const source = readFileSync(join(root, 'src/errors.ts'), 'utf8')
  const [, union = ''] = source.split('export type SyncErrorCode =')
  const codes = [...(union.split('\n\n')[0] ?? '').matchAll(/\| '([a-z-]+)'/g)]
  const [, table = ''] = readme.split('\n## Errors\n')
  const rows = [...(table.split('\n## ')[0] ?? '').matchAll(/^\| `([a-z-]+)`/gm)]
  const names = (found: readonly RegExpMatchArray[]) =>
    found.map(([, name = '']) => name).toSorted()
  expect(names(rows)).toEqual([...names(codes), 'code'].toSorted())
})

test('the defaults name every option of the engine and of the server', () => {
  const [, table = ''] = readme.split('\n## Defaults\n')
  const told = new Set(
    [...(table.split('\n## ')[0] ?? '').matchAll(/`([A-Za-z]+)`/g)].map(([, name]) => name),
  )
  const optionsIn = (file: string, name: string) => {
    const [, body = ''] = readFileSync(join(root, file), 'utf8').split(
      `export interface ${name}`,
    )
    return [...(body.split('\n}')[0] ?? '').matchAll(/^ {2}readonly ([A-Za-z]+)\?:/gm)].map(
      ([, option = '']) => option,
    )
  }
  const options = [
    ...optionsIn('src/engine/create-sync-engine.ts', 'SyncEngineOptions'),
    ...optionsIn('src/server/sync-server.ts', 'SyncServerOptions'),
  ]
  expect(options.length).toBeGreaterThan(20)
  // What tests put in the place of time and chance.
  const forTests = ['clock', 'random']
  expect(options.filter((name) => !told.has(name) && !forTests.includes(name))).toEqual([])
})
