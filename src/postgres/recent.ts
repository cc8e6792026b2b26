/**
 * What a node has told lately, by the events' order.
 *
 * Postgres may give the ids of transactions again that had ended before it crashed, if nothing of them was
 * on its disk. So after a crash, what a snapshot could see is not known; but an older one can be trusted,
 * whose transactions have long been on the disk. What was told since then is told apart by its order.
 */

export interface Recent {
  readonly has: (seq: number) => boolean
  readonly add: (seq: number) => void
  /** All that this snapshot can see has been told. */
  readonly note: (seen: string) => void
  /** A snapshot from some seconds ago, and the last that was told since. */
  readonly since: () => { readonly seen: string; readonly last: readonly number[] }
}

interface Span {
  readonly began: number
  readonly seen: string
  readonly told: Set<number>
}

/** What a database loses, it loses from the end. */
const LAST = 20

/** Postgres writes to its disk much more often than that. */
const SPAN_MS = 5000

export function createRecent(seen: string): Recent {
  let older = begin(seen)
  let newer = older
  return {
    has: (seq) => newer.told.has(seq) || older.told.has(seq),
    add: (seq) => newer.told.add(seq),

    note(at) {
      if (performance.now() - newer.began < SPAN_MS) return
      older = newer
      newer = begin(at)
    },

    since: () => ({
      seen: older.seen,
      last: [...new Set([...older.told, ...newer.told])].slice(-LAST),
    }),
  }
}

function begin(seen: string): Span {
  return { began: performance.now(), seen, told: new Set() }
}
