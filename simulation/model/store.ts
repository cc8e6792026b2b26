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

/** What there is to be read, now or as a replica has it. */
export class Reading {
  readonly rows: ReadonlyMap<number, Row>
  readonly touches: ReadonlyMap<string, number>
  readonly names: ReadonlyMap<string, number>
  readonly tallies: ReadonlyMap<string, Tally>
  readonly stamp: number

  constructor({
    rows,
    touches,
    names,
    tallies,
    stamp,
  }: Pick<Reading, 'rows' | 'touches' | 'names' | 'tallies' | 'stamp'>) {
    this.rows = new Map(rows)
    this.touches = new Map(touches)
    this.names = new Map(names)
    this.tallies = new Map(tallies)
    this.stamp = stamp
  }

  stats(group: string): Stats {
    let count = 0
    for (const row of this.rows.values()) if (row.group === group) count++
    return { group, count, stamp: this.stamp }
  }

  posts(group: string): number {
    return this.tallies.get(group)?.count ?? 0
  }
}

export class Store extends Reading {
  readonly #broadcast: Broadcast
  declare readonly rows: Map<number, Row>
  declare readonly touches: Map<string, number>
  declare readonly names: Map<string, number>
  declare readonly tallies: Map<string, Tally>
  declare stamp: number
  #lastId = 0

  constructor(broadcast: Broadcast) {
    const tallies = GROUPS.map((group): [string, Tally] => [
      group,
      { id: group, count: 0, stamp: 0 },
    ])
    super({
      rows: new Map(),
      touches: new Map(),
      names: new Map(),
      tallies: new Map(tallies),
      stamp: 0,
    })
    this.#broadcast = broadcast
  }

  insert(row: Pick<Row, 'group' | 'status' | 'rank' | 'text'>): Row {
    const made = { ...row, id: ++this.#lastId, version: 1 }
    this.rows.set(made.id, made)
    this.stamp++
    this.#broadcast('row:new', made)
    this.#broadcastStats(made.group)
    return made
  }

  update(id: number, change: Partial<Pick<Row, 'status' | 'rank' | 'text'>>): void {
    const row = this.rows.get(id)
    if (row === undefined) return
    const changed = { ...row, ...change, version: row.version + 1 }
    this.rows.set(id, changed)
    this.stamp++
    this.#broadcast('row:edited', changed)
  }

  delete(id: number): void {
    const row = this.rows.get(id)
    if (row === undefined) return
    this.rows.delete(id)
    this.stamp++
    this.#broadcast('row:deleted', { id, group: row.group, version: row.version + 1 })
    this.#broadcastStats(row.group)
  }

  post(group: string): void {
    const stamp = ++this.stamp
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

  #broadcastStats(group: string): void {
    this.#broadcast('stats:changed', this.stats(group))
  }
}
