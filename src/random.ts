/** Chance that can be had again: the same seed gives the same numbers. */

export interface Random {
  /** From 0 up to 1, as `Math.random`. */
  readonly float: () => number
  /** A whole number from `min` to `max`, both included. */
  readonly int: (min: number, max: number) => number
  /** True with this probability. */
  readonly chance: (probability: number) => boolean
  /** One of the items. @throws RangeError where there are none. */
  readonly pick: <Item>(items: readonly Item[]) => Item
}

/** The generator "mulberry32": small, fast, and good enough for tests. */
export function createRandom(seed: number): Random {
  let state = seed | 0

  function float(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }

  return {
    float,
    int: (min, max) => min + Math.floor(float() * (max - min + 1)),
    chance: (probability) => float() < probability,
    pick<Item>(items: readonly Item[]): Item {
      if (items.length === 0) throw new RangeError('There is nothing to pick from.')
      // The index is below the length.
      return items[Math.floor(float() * items.length)] as Item
    },
  }
}
