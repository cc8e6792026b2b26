/** Updaters that need not be replay-stable: a refetch of the same queries makes up for them. */

import type { CacheAction } from '../rules.ts'
import { differenceIn } from './data/copy.ts'

/** Whether the rule has an `invalidate` for all queries that this action changes. */
export function isMadeUpFor(action: CacheAction, actions: readonly CacheAction[]): boolean {
  const path = action.procedure ?? action.queryKey
  const infinite = action.infinite ?? false
  return actions.some((other) => {
    if (other.action !== 'invalidate') return false
    if ((other.procedure === undefined) !== (action.procedure === undefined)) return false
    const prefix = other.procedure ?? other.queryKey
    const isAbove = prefix.every((name, n) => differenceIn(name, path[n]) === undefined)
    const hasShape = other.infinite === undefined || other.infinite === infinite
    const isAsWide = other.match === undefined || isSameMatch(other.match, action.match)
    return isAbove && hasShape && isAsWide
  })
}

/** Functions are written twice more often than shared: their text says what they do. */
function isSameMatch(a: CacheAction['match'], b: CacheAction['match']): boolean {
  if (typeof a === 'function') return typeof b === 'function' && String(a) === String(b)
  return differenceIn(a, b) === undefined
}
