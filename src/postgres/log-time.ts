/**
 * The log's time, which is the database's, and when each event came to be seen.
 *
 * An event takes its places before its transaction commits, and is seen after it: a page that is fetched
 * in between has none of it, though it is younger than the places. So what counts as an event's time is
 * the first moment at which this node could see it. Each answer of the database is such a moment.
 */

import { Queue } from '../server/log/queue.ts'
import { canSee, isNewer, parseSnapshot, type Snapshot } from './snapshot.ts'

export interface LogTime {
  /** Never ahead of the database's clock; 0 before its first answer. */
  readonly now: () => number
  /** What the database's clock shows, about; undefined where it has not answered for long. */
  readonly clock: () => number | undefined
  /**
   * Notes what an answer could see. If the one before is not older than the gap, it is kept until the
   * next, or for good by `keepLast`.
   */
  readonly note: (answer: Answer, leastGapMs?: number) => void
  /** Then `timeOf` knows all that the last answer could see. */
  readonly keepLast: () => void
  /** False of an answer after a crash: what it could see says nothing of what was seen before. */
  readonly isComparable: (answer: Answer) => boolean
  /** What other nodes have noted, in order; for one that has noted nothing yet. */
  readonly recall: (moments: readonly (readonly [at: number, snapshot: string])[]) => void
  /** The last moment before a time; undefined where that is too long ago. */
  readonly momentBefore: (time: number) => Moment | undefined
  /** The first moment; undefined before the first answer. */
  readonly first: () => Moment | undefined
  /** When the events of a transaction came to be seen, or later; undefined if they have not yet. */
  readonly timeOf: (xid: number) => number | undefined
  /** What was seen in another life of the database says nothing of this one. */
  readonly restart: () => void
}

/** What every answer of the database begins with. */
export interface Answer {
  readonly snapshot: string
  /** The database's clock, when it had looked. */
  readonly clock: number
  /** Another one after a crash, which may give the ids of transactions again. */
  readonly running: string | null
}

interface Moment {
  readonly at: number
  readonly seen: Snapshot
}

export interface LogTimeOptions {
  /** How long moments are remembered. */
  readonly keepMs: number
  /** Milliseconds that never go back. */
  readonly clock: () => number
}

/** A clock of a machine is more exact than this, and may be faster than the database's. */
const DRIFT = 0.0005
/** Two clocks drift apart by a few milliseconds in that time. */
const FRESH_MS = 60_000

export function createLogTime({ keepMs, clock }: LogTimeOptions): LogTime {
  const moments = new Queue<Moment>()
  let heard: { readonly at: number; readonly here: number } | undefined
  /** The last one, where that came too soon behind another. */
  let skipped: Moment | undefined
  let running: string | null | undefined
  let told = 0

  function now(): number {
    if (heard !== undefined) {
      told = Math.max(told, heard.at + (clock() - heard.here) * (1 - DRIFT))
    }
    return told
  }

  const isComparable = (answer: Answer) => running === undefined || running === answer.running

  /** The position of the first moment of which a claim holds, if it holds of all behind it. */
  function firstWhere(claim: (moment: Moment) => boolean): number {
    let low = 0
    let high = moments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const moment = moments.at(middle)
      if (moment === undefined || claim(moment)) high = middle
      else low = middle + 1
    }
    return low
  }

  function forget(): void {
    moments.clear()
    skipped = undefined
  }

  return {
    now,

    clock() {
      if (heard === undefined) return undefined
      const gone = clock() - heard.here
      return gone > FRESH_MS ? undefined : heard.at + gone
    },

    isComparable,

    note(answer, leastGapMs = 0) {
      const { clock: at } = answer
      if (!isComparable(answer)) forget()
      running = answer.running
      heard = { at, here: clock() }
      const seen = parseSnapshot(answer.snapshot)
      const last = moments.at(moments.length - 1)
      // Answers overtake each other.
      if (last !== undefined && !isNewer(seen, last.seen)) return
      if (skipped !== undefined && isNewer(skipped.seen, seen)) return
      // A clock that was set back stands still meanwhile.
      const moment = { at: Math.max(at, skipped?.at ?? last?.at ?? 0, now()), seen }
      const isSoon = last !== undefined && at < last.at + leastGapMs
      skipped = isSoon ? moment : undefined
      if (isSoon) return
      moments.push(moment)
      while ((moments.at(1)?.at ?? Infinity) < at - keepMs) moments.shift()
    },

    keepLast() {
      if (skipped !== undefined) moments.push(skipped)
      skipped = undefined
    },

    recall(noted) {
      if (moments.length > 0) return
      for (const [at, snapshot] of noted) {
        const seen = parseSnapshot(snapshot)
        const last = moments.at(moments.length - 1)
        if (last === undefined || isNewer(seen, last.seen)) moments.push({ at, seen })
      }
    },

    momentBefore: (time) => moments.at(firstWhere(({ at }) => at >= time) - 1),
    first: () => moments.first(),
    timeOf: (xid) => moments.at(firstWhere(({ seen }) => canSee(seen, xid)))?.at,

    restart: forget,
  }
}
