/**
 * Tells a server what any node has appended: by what Redis publishes, in the order of all events. What
 * was not published to this node is read first, and everything behind it waits: an event must not
 * overtake the membership that it rests on.
 */

import { SyncError } from '../errors.ts'
import type { FollowedEvent, LogFollower } from '../server/log/event-log.ts'
import type { Outages } from '../outages.ts'
import { readGap } from './catch-up.ts'
import type { Keys } from './keys.ts'
import { parseTold, type RoomsLine, type ToldEvent } from './records.ts'
import type { RoomBook } from './room-book.ts'
import type { Session } from './session.ts'

export interface FollowerOptions {
  readonly session: Session
  readonly keys: Keys
  readonly rooms: RoomBook
  readonly follower: LogFollower
  readonly outages: Outages
  /** How long to wait before Redis is asked again. */
  readonly retryMs: number
  /** All that was published before this question has been told. */
  readonly onQuestion: (question: string, askedBy: string) => void
}

export interface Following {
  /** The last event that was told of, or that need not be. */
  readonly seq: number
  /** What Redis has published. */
  readonly hear: (text: string) => void
  /** Another epoch has begun, of which it is told from here on. */
  readonly begin: (seq: number) => void
  readonly stop: () => void
}

/** What is heard while a gap is read, in characters; past this, it is a gap itself. */
const MOST_WAITING = 16 * 1024 * 1024

export function followLog(options: FollowerOptions): Following {
  const { session, keys, rooms, follower, outages, retryMs, onQuestion } = options
  const waiting: string[] = []
  /** Of other logs on the same channel, of another database; and of lives that are over. */
  const others = new Set<string>()
  let seq = session.seq
  let waitingLength = 0
  let isBusy = false
  let isStopped = false

  function hear(text: string): void {
    if (isStopped) return
    if (waitingLength > MOST_WAITING) forgetWaiting()
    waiting.push(text)
    waitingLength += text.length
    if (!isBusy) void work()
  }

  function forgetWaiting(): void {
    waiting.length = 0
    waitingLength = 0
  }

  /** At once, unless something has to be asked first. */
  async function work(): Promise<void> {
    isBusy = true
    for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) {
      waitingLength -= text.length
      try {
        const handling = handle(text)
        if (handling !== undefined) await handling
      } catch (thrown) {
        report(thrown)
      }
    }
    isBusy = false
  }

  function handle(text: string): void | Promise<void> {
    const lines = text.split('\n')
    const [kind = '', epoch = '', ...rest] = (lines.shift() ?? '').split(' ')
    if (epoch !== session.epoch) return handleOther(epoch, text)
    const [count = '0', question = '', askedBy = ''] = rest
    if (kind === 'e') return hearEvents(parseTold(lines, Number(count)))
    if (kind === 't') return reach(Number(count))
    if (kind !== 'b') return undefined
    return after(reach(Number(count)), () => {
      if (epoch === session.epoch) onQuestion(question, askedBy)
    })
  }

  /** Which epoch the log is in, it says itself. */
  function handleOther(epoch: string, text: string): void | Promise<void> {
    if (others.has(epoch)) return undefined
    return after(untilDone(session.check), () => {
      if (epoch === session.epoch) return handle(text)
      if (others.size >= 100) others.clear()
      others.add(epoch)
      return undefined
    })
  }

  function hearEvents(events: readonly ToldEvent[]): void | Promise<void> {
    const first = events[0]?.seq
    const { epoch } = session
    if (first === undefined) return undefined
    return after(reach(first - 1), () => {
      // The log may have begun anew meanwhile: these numbers are of another life then.
      if (epoch === session.epoch) tell(events)
    })
  }

  /** Reads what lies between what was told and this event. */
  function reach(through: number): void | Promise<void> {
    const { epoch } = session
    return through > seq ? untilDone(() => readThrough(epoch, through)) : undefined
  }

  /** Does nothing in another epoch, where all is told anew: its numbers are others. */
  async function readThrough(epoch: string, through: number): Promise<void> {
    while (session.epoch === epoch && seq < through) {
      const page = await readGap(
        { session, keys },
        { epoch, from: seq, through, isWanted, hasMembers: rooms.hasMembers },
      )
      if (session.epoch !== epoch || isStopped) return
      if (page === undefined) {
        seq = through
        rooms.clear()
        follower.renew()
        follower.lapse?.()
        return
      }
      if (page.lost.length > 0) follower.renew(page.lost)
      // First: whoever it has thrown out must not be sent what comes behind it.
      if (page.lostRecords.length > 0) follower.lapse?.(page.lostRecords)
      tell(page.events)
      seq = page.through
    }
  }

  /** Who is not told waits: until Redis answers, however long that takes. */
  async function untilDone(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await work()
        return
      } catch (thrown) {
        report(thrown)
        await new Promise((resolve) => setTimeout(resolve, retryMs))
        if (isStopped) return
      }
    }
  }

  function tell(events: readonly ToldEvent[]): void {
    const fresh = events.filter((event) => event.seq > seq)
    seq = Math.max(seq, ...fresh.map((event) => event.seq))
    const renewed: string[] = []
    const told: FollowedEvent[] = []
    const lostRecords: string[] = []
    for (const event of fresh) {
      if (!isWanted(event)) continue
      const decoded = place(event, renewed) ? decode(event, renewed) : undefined
      if (decoded !== undefined) told.push(decoded)
      else if (event.isForAll) lostRecords.push(...event.rooms)
    }
    if (renewed.length > 0) follower.renew(renewed)
    if (lostRecords.length > 0) follower.lapse?.(lostRecords)
    if (told.length > 0) follower.deliver(told)
  }

  function isWanted({ rooms: names, isForAll }: RoomsLine): boolean {
    return isForAll || names.some(rooms.hasMembers)
  }

  function decode(event: ToldEvent, renewed: string[]): FollowedEvent | undefined {
    try {
      return event.decode()
    } catch (thrown) {
      report(thrown)
      renewed.push(...event.rooms)
      return undefined
    }
  }

  /** Whether the event is of a life of one of its rooms that is not over. */
  function place({ rooms: names, places, seq }: ToldEvent, renewed: string[]): boolean {
    const seen = names.map((room, at) => ({ room, handle: places[at]?.[0] ?? '', seq }))
    const isCurrent = seen.some(rooms.isCurrent)
    for (const each of seen) if (rooms.note(each)) renewed.push(each.room)
    return isCurrent
  }

  function report(thrown: unknown): void {
    if (isStopped) return
    if (!(thrown instanceof SyncError)) follower.onError(tellingFailed(thrown))
    // It is asked again and again.
    else if (thrown.code === 'log-unreachable') outages.began(thrown)
    else follower.onError(thrown)
  }

  return {
    get seq() {
      return seq
    },
    hear,
    begin(from) {
      seq = from
      rooms.clear()
    },
    stop() {
      isStopped = true
      forgetWaiting()
    },
  }
}

/** At once, if there is nothing to wait for. */
function after(
  waited: void | Promise<void>,
  next: () => void | Promise<void>,
): void | Promise<void> {
  return waited === undefined ? next() : waited.then(next)
}

function tellingFailed(cause: unknown): SyncError {
  return new SyncError({
    code: 'delivery-failed',
    problem: `What the log told could not be sent: ${String(cause)}.`,
    remedy: 'See `cause`.',
    cause,
  })
}
