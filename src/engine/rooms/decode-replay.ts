/** Reads replayed events that came as bytes. What they say is still to be looked at. */

import type { PackedEvents } from '../../control.ts'

/** Undefined for what are no such bytes. */
export function decodeReplay(bytes: unknown): readonly unknown[] | undefined {
  try {
    // What is something else throws, here or where it is used, or makes events that are none.
    const text = new TextDecoder().decode(bytes as Uint8Array)
    const [names, prefix, events] = JSON.parse(text) as PackedEvents
    return events.map(([name, data, id, places, ...rest]) => {
      const ownId = typeof id === 'string' ? prefix + id : id[0]
      return [names[name], data, ownId, pairsOf(places), ...rest]
    })
  } catch {
    return undefined
  }
}

function pairsOf(values: readonly unknown[]): unknown[] {
  const pairs: unknown[] = []
  for (let at = 0; at < values.length; at += 2) pairs.push([values[at], values[at + 1]])
  return pairs
}
