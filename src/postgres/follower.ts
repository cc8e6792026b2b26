/**
 * Tells this node's server what any node has appended.
 *
 * Again and again it asks for all that can be seen now and could not be seen the last time. So nothing is
 * left out and nothing comes twice, in whichever order transactions commit, and however long they take.
 * A notification only says that it is time to ask.
 */

import type { SyncError } from '../errors.ts'
import { RESERVED_PREFIX } from '../reserved-events.ts'
import type { FollowedEvent, LogFollower } from '../server/log/event-log.ts'
import type { Row } from './clients/database.ts'
import type { Answer, LogTime } from './log-time.ts'
import { createPace } from './pace.ts'
import { logLost, postgresError, unreadable } from './postgres-errors.ts'
import { createRecent, type Recent } from './recent.ts'
import { json, parseTold, text, type ToldEvent } from './records.ts'
import type { Session } from './session.ts'
import { NOTHING, parseSnapshot } from './snapshot.ts'
import { SILENT_MS } from './sql/housekeeping.ts'
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
interface Header extends Answer {
  readonly epoch: string
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
  readonly epoch: string
  /** Since when Postgres has been running; another one after a crash. */
  readonly running: string | null
}

const DOING = 'follow the log'

const PAGE = ['1000', '4194304'] as const

/** A node that looks all the time remembers when it did, so often. */
const MOMENT_MS = 50

/** How often a node says that it is there. */
const BEAT_MS = 5000

export function followLog(options: FollowerOptions): Following {
  const { session, statements, time, follower, node, channel } = options
  const pace = createPace(options.pollMs)
  const waiting: { readonly resolve: () => void; readonly reject: (why: unknown) => void }[] =
    []
  let place: Place | undefined
  /** It could not enroll at once: somebody may have been let in here whom nobody could throw out. */
  let isLate = false
  /** Of a look that is under way, or has failed: its first answer, and the last event it had. */
  let page: { readonly first: Header; readonly behind: string } | undefined
  let recent: Recent = createRecent('')
  let missed: readonly string[] = []
  /** The last barrier that it has answered. */
  let answered = 0
  /** Not after the database's note of it: by then it may have taken this node for gone. */
  let lastBeat = 0
  let isStopped = false

  const query = (sql: string, ...parameters: readonly string[]) =>
    session.query({ doing: DOING, sql, parameters })

  /** From then on it is told of everything: from now, or from another snapshot. */
  async function enroll(from?: string): Promise<Place> {
    await query(statements.markRunning)
    const sentAt = performance.now()
    const [row] = await query(statements.enroll, node.key, node.name, from ?? '')
    const answer = json(row, 'header') as Answer
    time.note(answer)
    lastBeat = sentAt
    const seen = from ?? answer.snapshot
    recent = createRecent(seen)
    return { seen, running: answer.running, epoch: text(row, 'epoch') }
  }

  async function beat({ seen, running }: Place, barrier: number): Promise<void> {
    const place = [node.key, seen, running ?? '', String(barrier)] as const
    const sentAt = performance.now()
    await query(statements.beat, ...place, JSON.stringify(missed))
    missed = []
    answered = barrier
    lastBeat = sentAt
  }

  async function look(): Promise<void> {
    if (place === undefined) {
      await options.check()
      place = await enroll()
      if (isLate) renewAndLapse()
      for (const { resolve } of waiting.splice(0)) resolve()
    }
    // Before it looks: what is deleted from then on, it has seen.
    if (performance.now() - lastBeat > BEAT_MS) await beat(place, answered)
    const first = await lookAll(place)
    if (first === undefined) return
    const isAsked = first.barrier > answered
    place = { ...place, seen: first.snapshot }
    recent.note(place.seen)
    if (isAsked || missed.length > 0) await beat(place, first.barrier)
    if (isAsked) await query(statements.notify, channel, node.key)
  }

  /**
   * Page by page; all of them are of the moment of the first, whose header it returns. Undefined where
   * the node's place is another one now. Where a page fails, the next look goes on with it.
   */
  async function lookAll(from: Place): Promise<Header | undefined> {
    for (;;) {
      const { first, behind = '0' } = page ?? {}
      const upto = first?.snapshot ?? ''
      const place = [node.key, from.seen, upto, behind] as const
      const [head, ...rows] = await query(statements.look, ...place, ...PAGE)
      const header = json(head, 'header') as Header
      if (await isElsewhere(from, header)) {
        page = undefined
        return undefined
      }
      if (first === undefined) {
        time.note(header, MOMENT_MS)
        if (header.missed.length > 0) tellMissed(header.missed)
      }
      tell(rows)
      page = { first: first ?? header, behind: text(rows.at(-1), 'seq') }
      if (isStopped) return undefined
      if (header.isPart) continue
      page = undefined
      return first ?? header
    }
  }

  /** Whether the answer is of another life of the log, or of another run of Postgres. */
  async function isElsewhere(from: Place, header: Header): Promise<boolean> {
    if (header.epoch !== from.epoch) await renewAll()
    else if (header.isOver) await beginAnew(from)
    // Forgotten, after it was away for long; so was what it has not seen.
    else if (!header.isEnrolled) startAnew({ place: await enroll(), wasAway: true })
    else if (header.running !== from.running) await recover(from, header)
    else return false
    return true
  }

  /**
   * After a crash: what could be seen some seconds before can be trusted, and what was told since is
   * not told again. Unless it is gone: then the database has gone back.
   */
  async function recover(from: Place, { snapshot, running }: Header): Promise<void> {
    if (running === null) {
      await query(statements.markRunning)
      pace.wake()
      return
    }
    time.restart()
    const { seen, last } = recent.since()
    const [row] = await query(statements.count, JSON.stringify(last))
    const isGone = Number(text(row, 'count')) < last.length
    if (isGone || parseSnapshot(snapshot).xmax < parseSnapshot(seen).xmax) {
      await beginAnew(from)
      return
    }
    place = { ...from, seen, running }
    pace.wake()
  }

  async function beginAnew({ epoch }: Place): Promise<void> {
    await query(statements.beginAnew, epoch, String(time.now()))
    await renewAll()
  }

  async function renewAll(): Promise<void> {
    const wasAway = performance.now() - lastBeat > SILENT_MS
    time.restart()
    follower.onError(logLost(new Date()))
    // Somebody may have been thrown out since the log has begun anew.
    startAnew({ place: await enroll(NOTHING), wasAway })
  }

  /** Who was away for so long was not waited for when somebody was thrown out. */
  function startAnew(begun: { readonly place: Place; readonly wasAway: boolean }): void {
    place = begun.place
    answered = 0
    if (begun.wasAway) renewAndLapse()
    else follower.renew()
    pace.wake()
  }

  function renewAndLapse(): void {
    follower.renew()
    follower.lapse?.()
  }

  /** Nobody waited for this node when that was deleted: somebody may have been thrown out by it. */
  function tellMissed(rooms: readonly string[]): void {
    missed = rooms
    const used = rooms.filter(options.hasMembers)
    if (used.length === 0) return
    follower.renew(used)
    follower.lapse?.(used)
  }

  /** After a crash, what has been told is found again. */
  function tell(rows: readonly Row[]): void {
    const added = rows.filter((row) => !recent.has(Number(text(row, 'seq'))))
    if (added.length === 0) return
    pace.found()
    const events = added.map(parseTold)
    options.onEvents(events.flatMap(({ rooms }) => rooms))
    const wanted = events.filter(isWanted).flatMap(decode)
    if (isStopped) return
    for (const row of added) recent.add(Number(text(row, 'seq')))
    if (wanted.length > 0) follower.deliver(wanted)
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

  /** Every node is told of the library's own messages, whoever is in their rooms. */
  const isWanted = ({ rooms, event }: ToldEvent) =>
    event.startsWith(RESERVED_PREFIX) || rooms.some(options.hasMembers)

  async function run(): Promise<void> {
    for (; !isStopped; await pace.rest()) {
      try {
        await look()
        pace.succeeded()
        options.onLooked(undefined)
      } catch (thrown) {
        if (isStopped) return
        pace.failed()
        if (place === undefined) isLate = true
        for (const { reject } of waiting.splice(0)) reject(thrown)
        options.onLooked(postgresError(thrown, DOING))
      }
    }
  }

  const running = run()

  return {
    wake: pace.wake,

    started() {
      if (place !== undefined) return Promise.resolve()
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
      })
    },

    async beat() {
      if (place !== undefined && !isStopped) await beat(place, answered)
    },

    async stop() {
      if (isStopped) return running
      isStopped = true
      pace.stop()
      await running
      if (place === undefined || session.isClosed()) return
      // Without it, others wait for this node for some seconds more.
      await query(statements.resign, node.key).catch(() => {})
    },
  }
}
