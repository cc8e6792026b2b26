/** A project that only a type checker reads: a router of many procedures, and rules typed from it. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROUTERS = 30
const PROCEDURES = 10

/** Where the project can resolve this package and tRPC by their names. Ignored by git. */
const FOLDER = join(import.meta.dirname, '../../.cache/compile')

/** Writes the project; returns the paths of its tsconfigs, with rules and without. */
export function writeTypedProject(rules: number): { typed: string; bare: string } {
  const folder = join(FOLDER, String(rules))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'router.ts'), routerSource())
  writeFileSync(join(folder, 'rules.ts'), rulesSource(rules))
  return { typed: writeConfig(folder, 'rules'), bare: writeConfig(folder, 'router') }
}

function writeConfig(folder: string, file: string): string {
  const path = join(folder, `tsconfig.${file}.json`)
  const compilerOptions = { noEmit: true, allowImportingTsExtensions: true, types: [] }
  writeFileSync(
    path,
    JSON.stringify({
      extends: '../../../tsconfig.base.json',
      compilerOptions,
      files: [`${file}.ts`],
    }),
  )
  return path
}

function routerSource(): string {
  const routers = times(ROUTERS, (router) => {
    const procedures = times(
      PROCEDURES,
      (procedure) => `  p${procedure}: t.procedure
    .input(
      z.object({
        groupId: z.string(),
        f${procedure}: z.number().optional(),
        cursor: z.number().optional(),
        limit: z.number().optional(),
      }),
    )
    .query((): { items: Row${router}[]; nextCursor: number | null } => null!),`,
    )
    return `interface Row${router} {
  id: number
  groupId: string
  title: string
  at: Date
  author: { id: string; name: string }
  n${router}: number
}
const r${router} = t.router({
${procedures}
})`
  })
  return `import { initTRPC } from '@trpc/server'
import { z } from 'zod'
const t = initTRPC.create()
${routers}
export const appRouter = t.router({ ${times(ROUTERS, (router) => `r${router},`)} })
export type AppRouter = typeof appRouter
`
}

function rulesSource(count: number): string {
  const events = times(count, (event) => `  e${event}: Row & { n${event % ROUTERS}: number }`)
  const rules = times(count, (event) => {
    const router = `r${event % ROUTERS}`
    return `  e${event}: {
    room: 'group:{groupId}',
    actions: [
      {
        procedure: ['${router}', 'p${event % PROCEDURES}'],
        action: 'direct',
        infinite: true,
        match: 'groupId',
        updater: {
          upsert: {
            compare: (a, b) => b.id - a.id,
            where: (row, input) => row.groupId === input.groupId,
          },
        },
      },
      {
        procedure: ['${router}', 'p${(event + 1) % PROCEDURES}'],
        action: 'direct',
        match: (row, input) => row.groupId === input.groupId,
        updater: (old, row) => ({ ...old, items: [...old.items, row] }),
      },
      {
        procedure: ['r${(event + 1) % ROUTERS}'],
        action: 'invalidate',
        match: { groupId: 'author.id' },
      },
    ],
  },`
  })
  return `import { defineSyncRules } from '@iron-stack/sync'
import type { AppRouter } from './router.ts'
interface Row {
  id: number
  groupId: string
  title: string
  at: string
  author: { id: string; name: string }
}
interface Events {
${events}
}
export const rules = defineSyncRules<Events, AppRouter, string>()({
${rules}
})
`
}

function times(count: number, write: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => write(index)).join('\n')
}
