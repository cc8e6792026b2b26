/**
 * Deletes what is too old or too much, and forgets rooms that nobody uses: in small steps, beside all
 * else. Each node that follows the log does so; of several, one at a time.
 */

import type { Row } from './clients/database.ts'
import type { LogTime } from './log-time.ts'
import { text } from './records.ts'
import type { Session } from './session.ts'
import type { Statements } from './statements.ts'

export interface HousekeeperOptions {
  readonly session: Session
  readonly statements: Statements
  readonly time: LogTime
  readonly maxEventsPerRoom: number
  readonly maxAgeMs: number
  /** A room without events that nobody has used for so long is forgotten. */
  readonly forgetMs: number
  readonly hasMembers: (room: string) => boolean
  /** Tells the others what this node has seen: what it has not is kept for it. */
  readonly beat: () => Promise<void>
  readonly onError: (cause: unknown) => void
}

export interface Housekeeper {
  /** Events were appended to these rooms. */
  readonly note: (rooms: readonly string[]) => void
  readonly stop: () => Promise<void>
}

/** How often it looks for what is too old: a tenth of the age, within reason. */
const TRIM_MS = { least: 100, most: 10_000 }
/** What could not be done is tried again. */
const AGAIN_MS = 100
/** More would overflow a timer. */
const FORGET_MS = { least: 100, most: 2 ** 31 - 1 }
/** Rooms that are looked at in one step. */
const MOST_ROOMS = 1000
/** After so many steps, others have their turn. */
const MOST_STEPS = 200
/** So many events are no reason to trim before it is time. */
const FEW_EVENTS = 100

export function startHousekeeper(options: HousekeeperOptions): Housekeeper {
  const { session, statements, time, maxEventsPerRoom, maxAgeMs, forgetMs } = options
  const { hasMembers, onError } = options
  // Infinity is none of Postgres' integers.
  const most = String(Math.min(Math.trunc(maxEventsPerRoom), Number.MAX_SAFE_INTEGER))
  /** Rooms that may have too many events. */
  const active = new Set<string>()
  const due = new Set<() => Promise<void>>()
  let count = 0
  let isStopped = false
  let again: ReturnType<typeof setTimeout> | undefined
  let working: Promise<void> | undefined

  const query = (sql: string, ...parameters: string[]) =>
    session.query({ doing: 'tidy up', sql, parameters })

  async function trim(): Promise<void> {
    count = 0
    await options.beat()
    // What this node has not seen stays, and when all else came to be seen is known then.
    time.keepLast()
    const names = [...active]
    active.clear()
    for (let at = 0; at === 0 || at < names.length; at += MOST_ROOMS) {
      const some = names.slice(at, at + MOST_ROOMS)
      try {
        if (!(await trimRooms(JSON.stringify(some)))) trimSoon(some)
      } catch (thrown) {
        // When it is time again: the database may have no time for it.
        for (const name of names.slice(at)) active.add(name)
        throw thrown
      }
    }
  }

  /** Whether all of it is done, that is: another node may be at it, or there is too much. */
  async function trimRooms(names: string): Promise<boolean> {
    for (let steps = 0; steps < MOST_STEPS && !isStopped; steps++) {
      const old = String(time.now() - maxAgeMs)
      const rows = await query(statements.findTrimmable, names, most, old)
      const cuts = rows.flatMap(cutOf)
      if (cuts.length === 0) return rows.length === 0
      const [trimmed] = await query(statements.trim, JSON.stringify(cuts))
      const gone = Number(text(trimmed, 'count'))
      if (gone <= 0) return gone === 0
    }
    return false
  }

  function trimSoon(names: readonly string[]): void {
    for (const name of names) active.add(name)
    clearTimeout(again)
    if (!isStopped) again = setTimeout(() => work(trim), AGAIN_MS)
  }

  /** From when on nothing is missing: the last event that goes is the last that came to be seen. */
  function cutOf(row: Row) {
    const since = time.timeOf(Number(text(row, 'xid')))
    if (since === undefined) return []
    return [{ handle: text(row, 'handle'), through: Number(text(row, 'through')), since }]
  }

  /** Rooms that somebody of this node is in are in use, whatever happens there. */
  async function forget(): Promise<void> {
    for (let last = ''; !isStopped;) {
      const idle = await query(statements.findIdle, last, String(forgetMs / 2))
      const used = idle.map((row) => text(row, 'name')).filter(hasMembers)
      if (used.length > 0) await query(statements.touch, JSON.stringify(used))
      last = text(idle.at(-1), 'name')
      if (idle.length < MOST_ROOMS) break
    }
    if (!isStopped) await query(statements.forget, String(forgetMs))
  }

  /** One thing at a time; what becomes due meanwhile comes next, once. */
  function work(task: () => Promise<void>): void {
    due.add(task)
    working ??= workOff().finally(() => {
      working = undefined
    })
  }

  async function workOff(): Promise<void> {
    for (const task of due) {
      due.delete(task)
      if (!isStopped) await task().catch(onError)
    }
  }

  const timers = [
    setInterval(() => work(trim), clamp(maxAgeMs / 10, TRIM_MS)),
    setInterval(() => work(forget), clamp(forgetMs / 8, FORGET_MS)),
  ]

  return {
    note(rooms) {
      for (const room of rooms) active.add(room)
      count += rooms.length
      if (count >= Math.max(maxEventsPerRoom, FEW_EVENTS)) work(trim)
    },

    async stop() {
      isStopped = true
      for (const timer of timers) clearInterval(timer)
      clearTimeout(again)
      await working
    },
  }
}

function clamp(ms: number, { least, most }: { readonly least: number; readonly most: number }) {
  return Math.max(least, Math.min(ms, most))
}
