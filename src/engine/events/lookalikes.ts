/**
 * Finds why a `match` said no although a person would say yes: `'7' === 7`.
 *
 * The match is run once more on proxies that note which values it read on either side.
 */

import type { QueryInput } from '../../rules.ts'

/** The types of two values that print alike: what the event had, and what the input had. */
export interface Lookalikes {
  readonly event: string
  readonly input: string
}

export function findLookalikes(
  event: unknown,
  input: QueryInput,
  match: (event: unknown, input: QueryInput) => void,
): Lookalikes | undefined {
  const fromEvent: unknown[] = []
  const fromInput: unknown[] = []
  try {
    match(watch(event, fromEvent), watch(input, fromInput))
  } catch {
    // A match that cannot live with proxies keeps its secret.
    return undefined
  }
  for (const left of fromEvent) {
    const right = fromInput.find((value) => isLookalike(left, value))
    if (right !== undefined) return { event: typeof left, input: typeof right }
  }
  return undefined
}

function isLookalike(left: unknown, right: unknown): boolean {
  const types = [typeof left, typeof right]
  return types.includes('string') && types.includes('number') && String(left) === String(right)
}

/** The value itself, or a stand-in that adds every primitive read from it to `reads`. */
function watch<Value>(value: Value, reads: unknown[]): Value {
  if (typeof value !== 'object' || value === null) {
    reads.push(value)
    return value
  }
  return new Proxy(value, {
    get: (target, name): unknown => watch(Reflect.get(target, name), reads),
  })
}
