/**
 * Every event of a log, oldest first. An event leaves from the front when it is too old, and from the
 * middle when none of its rooms has it any more; both cost the same however long the list is.
 *
 * Linked by hand: taking the first of a `Set` passes all that were deleted before it.
 */

/** What an item of the list has for the list's own use. */
export interface Aged<Item> {
  older?: Item | undefined
  newer?: Item | undefined
}

export interface AgeList<Item> {
  readonly oldest: () => Item | undefined
  readonly add: (item: Item) => void
  /** For an item that is in the list. */
  readonly remove: (item: Item) => void
  readonly clear: () => void
}

export function createAgeList<Item extends Aged<Item>>(): AgeList<Item> {
  let oldest: Item | undefined
  let newest: Item | undefined
  return {
    oldest: () => oldest,

    add(item) {
      item.older = newest
      if (newest === undefined) oldest = item
      else newest.newer = item
      newest = item
    },

    remove(item) {
      const { older, newer } = item
      if (older === undefined) oldest = newer
      else older.newer = newer
      if (newer === undefined) newest = older
      else newer.older = older
      item.older = undefined
      item.newer = undefined
    },

    clear() {
      oldest = undefined
      newest = undefined
    },
  }
}
