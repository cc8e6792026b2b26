/**
 * Which transactions could be seen at a moment: what Postgres prints of a `pg_snapshot`,
 * `xmin:xmax:xip,xip,…`.
 */

export interface Snapshot {
  /** As Postgres printed it. */
  readonly text: string
  /** All before this one have ended. */
  readonly xmin: number
  /** This one and all after it had not begun. */
  readonly xmax: number
  /** Those between that had not ended. */
  readonly inProgress: readonly number[]
}

/** The snapshot that can see nothing. */
export const NOTHING = '1:1:'

/** Transaction ids have 64 bits, and are far from the 53 that a number holds exactly. */
export function parseSnapshot(text: string): Snapshot {
  const [xmin = '', xmax = '', list = ''] = text.split(':')
  const inProgress = list === '' ? [] : list.split(',').map(Number)
  return { text, xmin: Number(xmin), xmax: Number(xmax), inProgress }
}

/** Whether what this transaction did could be seen, if it committed. */
export function canSee({ xmin, xmax, inProgress }: Snapshot, xid: number): boolean {
  return xid < xmin || (xid < xmax && !inProgress.includes(xid))
}

/** Whether the one was taken after the other, and may see more. Both are of one database. */
export function isNewer(one: Snapshot, other: Snapshot): boolean {
  if (one.xmax !== other.xmax) return one.xmax > other.xmax
  return one.inProgress.length < other.inProgress.length
}
