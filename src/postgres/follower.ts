/**
 * Tells this node's server what any node has appended.
 *
 * Again and again it asks for all that can be seen now and could not be seen the last time. So nothing is
 * left out and nothing comes twice, in whichever order transactions commit, and however long they take.
 * A notification only says that it is time to ask.
 */

import type { SyncError } from '../errors.ts'
import type { FollowedEvent, LogFollower } from '../server/log/event-log.ts'
import type { Row } from './clients/database.ts'
import type { LogTime } from './log-time.ts'
import { logLost, unreadable } from './postgres-errors.ts'
import { json, parseTold, text, type ToldEvent } from './records.ts'
import type { Session } from './session.ts'
import type { Statements } from './statements.ts'

export interface FollowerOptions {
  readonly session: Session
  readonly statements: Statements
  readonly time: LogTime
  readonly follower: LogFollower
  /** This process, and what errors call it. */
  readonly node: { readonly key: string; readonly name: string }
  readonly channel: string
  readonly pollMs: number
  readonly hasMembers: (room: string) => boolean
  /** Rejects where the log can't be used. */
  readonly check: () => Promise<void>
  /** Events were appended to these rooms. */
  readonly onEvents: (rooms: readonly string[]) => void
  /** Whether the last look succeeded. */
  readonly onLooked: (failure: SyncError | undefined) => void
}

export interface Following {
  /**
   * Resolves when the node will be told of all that is appended from then on; rejects with what it
   * fails on.
   */
  readonly started: () => Promise<void>
  /** Looks now: something is said to be there. */
  readonly wake: () => void
  /** Says that it is there, and what it has seen, before it is time to. */
  readonly beat: () => Promise<void>
  /** Resolves when nobody waits for this node any more. */
  readonly stop: () => Promise<void>
}

/** The first row of an answer. */
interface Header {
  readonly snapshot: string
  readonly clock: number
  readonly life: string
  /** The database is in another life than the log knows of. */
  readonly isOver: boolean
  readonly barrier: number
  readonly isEnrolled: boolean
  readonly missed: readonly string[]
  /** There is more to be seen. */
  readonly isPart: boolean
}

/** Where this node is. */
interface Place {
  /** All that this snapshot can see has been told. */
  readonly seen: string
  readonly life: string
  /** The last barrier that it has answered. */
  readonly barrier: number
}

const PAGE = ['1000', '4194304'] as const

/** Between two looks, under fire. */
const GAP_MS = 5
/** Where something was there lately there is probably more, of which nobody was notified. */
const BUSY = { forMs: 250, everyMs: 15 }
const BACK_OFF = { firstMs: 100, mostMs: 5000 }
/** How often a node says that it is there. */
export const BEAT_MS = 5000

/** Messages of the library's own: every node is told of them, whoever is in their rooms. */
const RESERVED = 'sync:'

export function followLog(options: FollowerOptions): Following {
  const { session, statements, time, follower, node, channel } = options
  let place: Place | undefined
  let missed: readonly string[] = []
  let isStopped = false
  let isWoken = false
  let lastLook = -Infinity
  let busyUntil = 0
  let lastBeat = 0
  let failures = 0
  let endNap: (() => void) | undefined
  const waiting: { readonly resolve: () => void; readonly reject: (why: unknown) => void }[] =
    []

  const now = () => performance.now()

  /** From here on it is told of everything. */
  async function enroll(): Promise<Place> {
    const sql = statements.enroll
    const [row] = await session.query({
      doing: 'follow the log',
      sql,
      parameters: [node.key, node.name],
    })
    const seen = text(row, 'snapshot')
    time.note(seen, Number(text(row, 'clock')))
    lastBeat = now()
    return { seen, life: text(row, 'life'), barrier: 0 }
  }

  async function beat({ seen, barrier }: Place): Promise<void> {
    await session.query({
      doing: 'follow the log',
      sql: statements.beat,
      parameters: [node.key, seen, String(barrier), JSON.stringify(missed)],
    })
    missed = []
    lastBeat = now()
  }

  async function look(): Promise<void> {
    if (place === undefined) {
      await options.check()
      place = await enroll()
      for (const { resolve } of waiting.splice(0)) resolve()
    }
    // Before it looks: what is deleted from then on, it has seen.
    if (now() - lastBeat > BEAT_MS) await beat(place)
    const found = await lookAll(place)
    if (found === undefined) return
    const isAsked = found.barrier > place.barrier
    place = found
    if (isAsked || missed.length > 0) await beat(place)
    if (isAsked) {
      const parameters = [channel, node.key]
      await session.query({ doing: 'follow the log', sql: statements.notify, parameters })
    }
  }

  /** Page by page; all of them are of the moment of the first. */
  async function lookAll(from: Place): Promise<Place | undefined> {
    let first: Header | undefined
    for (let behind = '0'; ;) {
      const [head, ...rows] = await session.query({
        doing: 'follow the log',
        sql: statements.look,
        parameters: [node.key, from.seen, first?.snapshot ?? '', behind, ...PAGE],
      })
      const header = json<Header>(head, 'header')
      if (header.isOver || header.life !== from.life) return renewAll(header.isOver)
      // Forgotten, after it was away for long; so was what it has not seen.
      if (!header.isEnrolled) return startAnew()
      if (first === undefined) {
        first = header
        time.note(header.snapshot, header.clock)
        if (header.missed.length > 0) tellMissed(header.missed)
      }
      tell(rows)
      if (isStopped) return undefined
      if (!header.isPart) break
      behind = text(rows.at(-1), 'seq')
    }
    return { ...from, seen: first.snapshot, barrier: first.barrier }
  }

  async function renewAll(isOver: boolean): Promise<undefined> {
    if (isOver) {
      const parameters = [String(time.now())]
      await session.query({ doing: 'begin anew', sql: statements.beginLife, parameters })
    }
    time.restart()
    follower.onError(logLost(new Date()))
    return startAnew()
  }

  async function startAnew(): Promise<undefined> {
    place = await enroll()
    follower.renew()
    isWoken = true
  }

  function tellMissed(rooms: readonly string[]): void {
    missed = rooms
    follower.renew(rooms.filter(options.hasMembers))
  }

  function tell(rows: readonly Row[]): void {
    if (rows.length === 0) return
    busyUntil = now() + BUSY.forMs
    const events = rows.map(parseTold)
    options.onEvents(events.flatMap(({ rooms }) => rooms))
    const wanted = events.filter(isWanted).flatMap(decode)
    if (wanted.length > 0 && !isStopped) follower.deliver(wanted)
  }

  /** One that can't be read holds up no other. Clients find the gap, and ask. */
  function decode(event: ToldEvent): readonly FollowedEvent[] {
    try {
      return [event.decode()]
    } catch (thrown) {
      follower.onError(unreadable(event.event, thrown))
      return []
    }
  }

  const isWanted = ({ rooms, event }: ToldEvent) =>
    event.startsWith(RESERVED) || rooms.some(options.hasMembers)

  async function run(): Promise<void> {
    while (!isStopped) {
      isWoken = false
      lastLook = now()
      try {
        await look()
        failures = 0
        options.onLooked(undefined)
      } catch (thrown) {
        if (isStopped) return
        failures++
        for (const { reject } of waiting.splice(0)) reject(thrown)
        // All that rejects above is one of ours.
        options.onLooked(thrown as SyncError)
      }
      await nap()
    }
  }

  /** Until the next look is due, or something is said to be there. */
  async function nap(): Promise<void> {
    const until = lastLook + pauseMs()
    while (!isStopped) {
      const left = (isWoken ? lastLook + GAP_MS : until) - now()
      if (left <= 0) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        endNap = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  function pauseMs(): number {
    if (failures > 0) return Math.min(BACK_OFF.firstMs * 2 ** (failures - 1), BACK_OFF.mostMs)
    return now() < busyUntil ? BUSY.everyMs : options.pollMs
  }

  const running = run()

  return {
    started() {
      if (place !== undefined) return Promise.resolve()
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
      })
    },

    wake() {
      isWoken = true
      busyUntil = now() + BUSY.forMs
      endNap?.()
    },

    async beat() {
      if (place !== undefined && !isStopped) await beat(place)
    },

    async stop() {
      if (isStopped) return running
      isStopped = true
      endNap?.()
      await running
      if (place === undefined || session.isClosed()) return
      const call = { doing: 'stop following', sql: statements.resign, parameters: [node.key] }
      // Without it, others wait for this node for some seconds more.
      await session.query(call).catch(() => {})
    },
  }
}
