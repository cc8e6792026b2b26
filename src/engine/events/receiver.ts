/**
 * What one rule does with its event: live, in a replay, or where it can't be applied at all.
 */

import type { Query } from '@tanstack/query-core'
import { readTemplate } from '../../room.ts'
import { templateText, type SyncRule } from '../../rules.ts'
import type { CompiledAction } from '../actions/compiled-action.ts'
import { applyAction, findMismatch, type Trace } from './apply-action.ts'
import type { LateTiming, Replay } from './apply-replay.ts'
import { createTracer } from './debug.ts'
import type { Read } from './reader.ts'
import { createBatch, type BatchOptions } from './write.ts'

/** Applies one event's data, by one rule. */
export interface Receiver {
  /** What was sent, as the rule means it; or UNREADABLE: then the event is `missed`. */
  readonly read: Read
  /** In its turn. */
  readonly live: (data: unknown) => void
  /** After its turn, with others. */
  readonly late: (replay: Replay, data: unknown, timing: LateTiming) => void
  /** Not at all: what it would have changed is refetched. */
  readonly doubt: (data: unknown) => void
  /**
   * The same where nobody can read it: what it may have changed is refetched.
   *
   * @param room - the only room it was sent to, where that is known
   * @param timing - of an event that comes late: whoever was fetched since knows it
   */
  readonly missed: (room: string | undefined, timing?: LateTiming) => void
}

export interface ReceiverOptions extends BatchOptions {
  readonly event: string
  readonly rule: SyncRule
  readonly actions: readonly CompiledAction[]
  readonly read: Read
  readonly debug: boolean
}

export function createReceiver(options: ReceiverOptions): Receiver {
  const { event, rule, actions, tracker, read, debug } = options
  const text = templateText(rule.room)
  const template = text === undefined ? undefined : readTemplate(text)

  /** Whether the query's response has the event in it. */
  function isKnown(query: Query, { at, after }: LateTiming): boolean {
    const { fetchedAt } = tracker.track(query)
    return fetchedAt !== undefined && fetchedAt > Math.max(at, after)
  }

  return {
    read,
    live: debug ? traced(options) : applier(options),
    late(replay, data, timing) {
      for (const action of actions) replay.add(action, data, timing)
    },

    doubt(data) {
      const batch = createBatch(options)
      for (const action of actions) {
        action.forEachQuery(data, (query, key) => {
          const encounter = { compiled: action, query, key, event: data }
          const mismatch = findMismatch(encounter, { batch })
          if (mismatch === undefined) batch.owe(query, 'repair')
        })
      }
      batch.commit()
    },

    missed(room, timing) {
      if (debug) console.log(`[sync] ${event} → not applied, for it can't be read`)
      // A volatile event is never made up for; one that was seen before has been.
      if (rule.volatile || timing?.isSeen) return
      const batch = createBatch(options)
      const values = room === undefined ? undefined : template?.read(room)
      for (const action of actions) {
        action.forEachIn(values, (query) => {
          const { data, fetchStatus } = query.state
          const isUntouched = data === undefined && fetchStatus === 'idle'
          if (isUntouched || (timing !== undefined && isKnown(query, timing))) return
          batch.owe(query, 'repair')
        })
      }
      batch.commit()
    },
  }
}

function applier(options: ReceiverOptions, trace?: Trace): Receiver['live'] {
  const { actions, tracker } = options
  return (data) => {
    const batch = createBatch(options)
    for (const action of actions) applyAction(action, data, { batch, tracker, trace })
    batch.commit()
  }
}

function traced(options: ReceiverOptions): Receiver['live'] {
  const { event, actions } = options
  const startTrace = createTracer()
  return (data) => {
    const { record, finish } = startTrace()
    applier(options, record)(data)
    finish(event, actions)
  }
}
