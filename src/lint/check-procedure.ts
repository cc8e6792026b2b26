/** Procedures that a router does not have, or that do not fit what a rule does with them. */

import type { CacheAction } from '../rules.ts'
import type { Fault } from './finding.ts'
import { nearestName } from './nearest-name.ts'
import type { RouterPaths } from './router-paths.ts'
import { takesCursor } from './takes-cursor.ts'

export function checkProcedure(action: CacheAction, router: RouterPaths): Fault[] {
  if (action.procedure === undefined) return []
  const path = action.procedure.join('.')
  const kind = router.kindOf(path)
  if (kind === 'unknown') return [notLoaded(path)]
  if (kind === undefined) return [unknown(action, path, router)]
  if (kind === 'mutation' || kind === 'subscription') return [notAQuery(path, kind)]
  if (kind === 'router') {
    if (action.action === 'direct') return [onRouter(path, router)]
    return router.names({ withRouters: true }).includes(path) ? [] : [notAQuery(path, kind)]
  }
  return lacksCursor(action, path, router) ? [noCursor(path)] : []
}

function lacksCursor(action: CacheAction, path: string, router: RouterPaths): boolean {
  const inputs = action.infinite === true ? router.inputsOf(path) : undefined
  return inputs !== undefined && takesCursor(inputs) === 'no'
}

function unknown(action: CacheAction, path: string, router: RouterPaths): Fault {
  const names = router.names({ withRouters: action.action !== 'direct' })
  const nearest = nearestName(path, names)
  return {
    code: 'unknown-procedure',
    problem: `The router has no procedure ${path}.`,
    remedy:
      nearest === undefined
        ? `Name one that it has: ${list(names)}.`
        : `Did you mean ${print(nearest)}?`,
  }
}

function onRouter(path: string, router: RouterPaths): Fault {
  const below = router
    .names({ withRouters: false })
    .filter((name) => name.startsWith(`${path}.`))
  return {
    code: 'direct-on-router',
    problem: `${path} is a router; \`direct\` changes the data of one procedure.`,
    remedy: `Name the procedure: ${list(below)}; or use invalidate or remove.`,
  }
}

function notAQuery(path: string, kind: 'mutation' | 'subscription' | 'router'): Fault {
  const what = kind === 'router' ? 'a router without queries' : `a ${kind}`
  return {
    code: 'not-a-query',
    problem: `${path} is ${what}: the cache holds no query of it.`,
    remedy: 'Name the query that shows what the event has changed.',
  }
}

function noCursor(path: string): Fault {
  return {
    code: 'no-cursor',
    problem: `\`infinite: true\` means no query: the input of ${path} takes no \`cursor\`.`,
    remedy: 'Leave `infinite` out, or add a cursor to the input of the procedure.',
  }
}

function notLoaded(path: string): Fault {
  return {
    code: 'not-checked',
    problem: `${path} lies in a lazy router that could not be loaded.`,
    remedy: 'Load the router where all that it imports is there.',
  }
}

const MOST_NAMES = 6

function list(names: readonly string[]): string {
  if (names.length === 0) return 'it has no query'
  const more = names.length > MOST_NAMES ? ', …' : ''
  return names.slice(0, MOST_NAMES).map(print).join(', ') + more
}

function print(path: string): string {
  return `[${path
    .split('.')
    .map((name) => `'${name}'`)
    .join(', ')}]`
}
