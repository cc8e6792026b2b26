/**
 * The server's truth: rows in groups, and a few facts about each group. Each commit says which
 * events it broadcasts, and is broadcast at once (assumption S1).
 */

export interface Row {
  readonly id: number
  readonly group: string
  readonly status: 'open' | 'done'
  readonly rank: number
  readonly text: string
  readonly version: number
}

export interface Events {
  'row:new': Row
  'row:edited': Row
  'row:deleted': { id: number; group: string; version: number }
  /** How many rows there are, as of `stamp`. */
  'stats:changed': Stats
  /** One more post; it says not how many there are. */
  'post:added': { group: string; stamp: number }
  'group:touched': { group: string }
  'group:renamed': { group: string }
}

export interface Stats {
  readonly group: string
  readonly count: number
  readonly stamp: number
}

/** One line of the tally: how many posts a group has. */
export interface Tally {
  readonly id: string
  readonly count: number
  readonly stamp: number
}

export type Broadcast = <Event extends keyof Events>(event: Event, data: Events[Event]) => void

export const GROUPS = ['a', 'b'] as const

export class Store {
  readonly #broadcast: Broadcast
  readonly rows = new Map<number, Row>()
  readonly touches = new Map<string, number>()
  readonly names = new Map<string, number>()
  readonly tallies = new Map<string, Tally>(
    GROUPS.map((group) => [group, { id: group, count: 0, stamp: 0 }]),
  )
  #lastId = 0
  #stamp = 0

  constructor(broadcast: Broadcast) {
    this.#broadcast = broadcast
  }

  insert(row: Pick<Row, 'group' | 'status' | 'rank' | 'text'>): Row {
    const made = { ...row, id: ++this.#lastId, version: 1 }
    this.rows.set(made.id, made)
    this.#stamp++
    this.#broadcast('row:new', made)
    this.#broadcastStats(made.group)
    return made
  }

  update(id: number, change: Partial<Pick<Row, 'status' | 'rank' | 'text'>>): void {
    const row = this.rows.get(id)
    if (row === undefined) return
    const changed = { ...row, ...change, version: row.version + 1 }
    this.rows.set(id, changed)
    this.#stamp++
    this.#broadcast('row:edited', changed)
  }

  delete(id: number): void {
    const row = this.rows.get(id)
    if (row === undefined) return
    this.rows.delete(id)
    this.#stamp++
    this.#broadcast('row:deleted', { id, group: row.group, version: row.version + 1 })
    this.#broadcastStats(row.group)
  }

  post(group: string): void {
    const stamp = ++this.#stamp
    const count = (this.tallies.get(group)?.count ?? 0) + 1
    this.tallies.set(group, { id: group, count, stamp })
    this.#broadcast('post:added', { group, stamp })
  }

  touch(group: string): void {
    this.touches.set(group, (this.touches.get(group) ?? 0) + 1)
    this.#broadcast('group:touched', { group })
  }

  rename(group: string): void {
    this.names.set(group, (this.names.get(group) ?? 0) + 1)
    this.#broadcast('group:renamed', { group })
  }

  stats(group: string): Stats {
    return { group, count: this.#count(group), stamp: this.#stamp }
  }

  #count(group: string): number {
    let count = 0
    for (const row of this.rows.values()) if (row.group === group) count++
    return count
  }

  #broadcastStats(group: string): void {
    this.#broadcast('stats:changed', this.stats(group))
  }
}
