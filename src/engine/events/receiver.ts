/**
 * What one rule does with its event: live, in a replay, or where it can't be applied at all.
 */

import type { Query } from '@tanstack/query-core'
import { readTemplate } from '../../room.ts'
import { templateText, type SyncRule } from '../../rules.ts'
import type { CompiledAction } from '../actions/compiled-action.ts'
import type { EventPosition } from '../../stamp.ts'
import type { JournalEntry } from '../fetches/fetch-journal.ts'
import {
  applyAction,
  findMismatch,
  isKnownTo,
  recallAction,
  verdictOn,
  type Trace,
} from './apply-action.ts'
import type { LateTiming, Replay } from './apply-replay.ts'
import { createTracer } from './debug.ts'
import type { KeyReader } from '../queries/key-reader.ts'
import { UNREADABLE, type Read } from './reader.ts'
import type { Batches } from './batches.ts'
import type { QueryTracker } from '../fetches/query-tracker.ts'

/** Applies one event's data, by one rule. */
export interface Receiver {
  /** Which keys it reads, and how. */
  readonly reach: Reach
  /** What was sent, as the rule means it; or UNREADABLE: then the event is `missed`. */
  readonly read: Read
  /** In its turn. */
  readonly live: (data: unknown, position: EventPosition | undefined) => void
  /** After its turn, with others. */
  readonly late: (replay: Replay, data: unknown, timing: LateTiming) => void
  /** To one query's data, that is older: returns what goes over it. */
  readonly recall: (data: unknown, query: Query) => readonly JournalEntry[]
  /** Not at all: what it would have changed is refetched. */
  readonly doubt: (data: unknown) => void
  /**
   * The same where nobody can read it: what it may have changed is refetched.
   *
   * @param room - the only room it was sent to, where that is known
   * @param timing - of an event that comes late: whoever was fetched since knows it
   */
  readonly missed: (room: string | undefined, timing?: MissedTiming) => void
  /** What `recall` returns of an event that nobody can read. */
  readonly recallMissed: (room: string | undefined, query: Query) => readonly JournalEntry[]
}

/** Of an event in its turn, only where it is. */
type MissedTiming = LateTiming | Pick<LateTiming, 'position'>

interface Reach {
  readonly keys: KeyReader
  readonly keyPrefix: string | undefined
}

export interface ReceiverOptions {
  readonly event: string
  readonly reach: Reach
  readonly rule: SyncRule
  readonly actions: readonly CompiledAction[]
  readonly read: Read
  readonly tracker: QueryTracker
  readonly batches: Batches
  readonly debug: boolean
}

export function createReceiver(options: ReceiverOptions): Receiver {
  const { event, rule, actions, tracker, read, batches, debug } = options
  const text = templateText(rule.room)
  const template = text === undefined ? undefined : readTemplate(text)

  const valuesIn = (room: string | undefined) =>
    room === undefined ? undefined : template?.read(room)

  /** Whether the query's data has the event in it. */
  function isKnown(query: Query, timing: MissedTiming): boolean {
    const { position } = timing
    if (!('at' in timing)) return isKnownTo(query, position)
    const { fetchedAt } = tracker.track(query)
    const isFetchedSince =
      fetchedAt !== undefined && fetchedAt > Math.max(timing.at, timing.after)
    return verdictOn(query, position) ?? isFetchedSince
  }

  return {
    reach: options.reach,
    read,
    live: debug ? traced(options) : applier(options),
    late(replay, data, timing) {
      for (const action of actions) replay.add(action, data, timing)
    },

    recall: (data, query) => actions.flatMap((action) => recallAction(action, data, query)),

    doubt(data) {
      batches.within((batch) => {
        for (const action of actions) {
          action.forEachQuery(data, (query, key) => {
            const encounter = { compiled: action, query, key, event: data }
            const mismatch = findMismatch(encounter, { batch, position: undefined })
            if (mismatch === undefined) batch.owe(query, 'repair')
          })
        }
      })
    },

    missed(room, timing = { position: undefined }) {
      if (debug) console.log(`[sync] ${event} → not applied, for it can't be read`)
      // A volatile event is never made up for.
      if (rule.volatile) return
      const { position } = timing
      batches.within((batch) => {
        for (const compiled of actions) {
          compiled.forEachIn(valuesIn(room), (query) => {
            const { data, fetchStatus } = query.state
            const isUntouched = data === undefined && fetchStatus === 'idle'
            if (isUntouched || isDone(query, timing)) return
            // The response under way may be an older one.
            if (isKnown(query, timing)) {
              tracker.journal(query, {
                compiled,
                event: UNREADABLE,
                position,
                isForStamp: true,
              })
            } else batch.owe(query, 'repair', position)
          })
        }
      })
    },

    recallMissed(room, query) {
      if (rule.volatile) return []
      const found: JournalEntry[] = []
      for (const compiled of actions) {
        if (!compiled.target.has(query)) continue
        compiled.forEachIn(valuesIn(room), (each) => {
          if (each === query) found.push({ compiled, event: UNREADABLE })
        })
      }
      return found
    },
  }
}

/** Whether it was made up for when it came before, by all but what is older. */
function isDone(query: Query, timing: MissedTiming): boolean {
  const isSeen = 'isSeen' in timing && timing.isSeen
  return isSeen && verdictOn(query, timing.position) !== false
}

function applier(options: ReceiverOptions, trace?: Trace): Receiver['live'] {
  const { actions, tracker, batches } = options
  return (data, position) =>
    batches.within((batch) => {
      const scope = { batch, tracker, trace, position }
      for (const action of actions) applyAction(action, data, scope)
    })
}

function traced(options: ReceiverOptions): Receiver['live'] {
  const { event, actions } = options
  const startTrace = createTracer()
  return (data, position) => {
    const { record, finish } = startTrace()
    applier(options, record)(data, position)
    finish(event, actions)
  }
}
