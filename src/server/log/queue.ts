/** A queue whose ends cost the same however long it is. */

/** Past this many, the space of items that have left is given back. */
const SLACK = 64

export class Queue<Item> {
  #items: (Item | undefined)[] = []
  #start = 0

  get length(): number {
    return this.#items.length - this.#start
  }

  push(item: Item): void {
    this.#items.push(item)
  }

  first(): Item | undefined {
    return this.#items[this.#start]
  }

  shift(): Item | undefined {
    const items = this.#items
    if (this.#start === items.length) return undefined
    const item = items[this.#start]
    items[this.#start++] = undefined
    if (this.#start > SLACK && this.#start * 2 > items.length) {
      this.#items = items.slice(this.#start)
      this.#start = 0
    }
    return item
  }

  /** The item at a position, counted from the first. */
  at(position: number): Item | undefined {
    return this.#items[this.#start + position]
  }

  clear(): void {
    this.#items = []
    this.#start = 0
  }
}
