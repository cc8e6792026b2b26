/**
 * What a tRPC router has, by path: asked of the router itself, with its lazy parts loaded.
 */

import { SyncError } from '../errors.ts'
import { isRecord } from '../is-record.ts'

type PathKind = 'query' | 'mutation' | 'subscription' | 'router'

export interface RouterPaths {
  /** What is at a path; undefined where nothing is. `'unknown'`: a lazy part that does not load. */
  readonly kindOf: (path: string) => PathKind | 'unknown' | undefined
  /** The input parsers of a procedure; undefined where it does not say. */
  readonly inputsOf: (path: string) => readonly unknown[] | undefined
  /** All paths to queries, and, where `withRouters`, to what holds some. */
  readonly names: (options: { withRouters: boolean }) => readonly string[]
}

/** @throws SyncError `invalid-router` for what is none. */
export async function readRouter(router: unknown): Promise<RouterPaths> {
  const { procedures, lazy } = definitionOf(router)
  const broken = await loadLazy(lazy)
  const kinds = new Map<string, PathKind>()
  for (const [path, procedure] of Object.entries(procedures)) {
    const names = path.split('.')
    for (let n = 1; n < names.length; n++) kinds.set(names.slice(0, n).join('.'), 'router')
    kinds.set(path, kindOfProcedure(procedure))
  }
  const withQueries = new Set(
    [...kinds.keys()].filter((path) => kinds.get(path) === 'query').flatMap(pathsAbove),
  )
  return {
    kindOf(path) {
      const isBroken = broken.some((part) => path === part || path.startsWith(`${part}.`))
      return kinds.get(path) ?? (isBroken ? 'unknown' : undefined)
    },
    inputsOf(path) {
      const { inputs } = definitionOfProcedure(procedures[path])
      return Array.isArray(inputs) ? inputs : undefined
    },
    names: ({ withRouters }) =>
      [...kinds.keys()].filter((path) =>
        kinds.get(path) === 'router'
          ? withRouters && withQueries.has(path)
          : kinds.get(path) === 'query',
      ),
  }
}

interface RouterDefinition {
  readonly procedures: Record<string, unknown>
  readonly lazy: Record<string, unknown>
}

function definitionOf(router: unknown): RouterDefinition {
  const definition = definitionIn(router)
  if (isRecord(definition) && isRecord(definition['procedures'])) {
    const { procedures, lazy } = definition
    return { procedures, lazy: isRecord(lazy) ? lazy : {} }
  }
  throw new SyncError({
    code: 'invalid-router',
    problem: 'What is given as `router` is no router of tRPC 11.',
    remedy: 'Pass what `initTRPC.create().router({ … })` returned, or leave it out.',
  })
}

/** How deep lazy routers may lie in each other. */
const DEPTH = 20

/** Loads what is lazy, as a request would; each adds what it has to the router. @returns what failed. */
async function loadLazy(lazy: RouterDefinition['lazy']): Promise<string[]> {
  const tried = new Set<string>()
  const broken: string[] = []
  for (let depth = 0; depth < DEPTH; depth++) {
    const waiting = Object.entries(lazy).filter(([path]) => !tried.has(path))
    if (waiting.length === 0) break
    for (const [path, loader] of waiting) {
      tried.add(path)
      try {
        const { load } = loader as { load: () => Promise<unknown> }
        await load()
      } catch {
        broken.push(path)
      }
    }
  }
  return broken
}

/** What tRPC's routers, which are objects, and procedures, which are functions, say of themselves. */
function definitionIn(value: unknown): unknown {
  const isHolder = typeof value === 'function' || (typeof value === 'object' && value !== null)
  return isHolder ? (Reflect.get(value, '_def') as unknown) : undefined
}

function definitionOfProcedure(procedure: unknown): Record<string, unknown> {
  const definition = definitionIn(procedure)
  return isRecord(definition) ? definition : {}
}

function kindOfProcedure(procedure: unknown): PathKind {
  const { type } = definitionOfProcedure(procedure)
  return type === 'mutation' || type === 'subscription' ? type : 'query'
}

function pathsAbove(path: string): string[] {
  const names = path.split('.')
  return names.slice(1).map((_, n) => names.slice(0, n + 1).join('.'))
}
