/** A queue whose ends cost the same however long it is. */

export interface Queue<Item> {
  readonly length: number
  readonly push: (item: Item) => void
  readonly first: () => Item | undefined
  readonly shift: () => Item | undefined
  /** The item at a position, counted from the first. */
  readonly at: (position: number) => Item | undefined
  readonly clear: () => void
}

/** Past this many, the space of items that have left is given back. */
const SLACK = 64

export function createQueue<Item>(): Queue<Item> {
  let items: (Item | undefined)[] = []
  let start = 0
  return {
    get length() {
      return items.length - start
    },
    push(item) {
      items.push(item)
    },
    first: () => items[start],
    shift() {
      const item = items[start]
      if (start === items.length) return undefined
      items[start++] = undefined
      if (start > SLACK && start * 2 > items.length) {
        items = items.slice(start)
        start = 0
      }
      return item
    },
    at: (position) => items[start + position],
    clear() {
      items = []
      start = 0
    },
  }
}
