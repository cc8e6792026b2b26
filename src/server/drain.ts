/**
 * The end of a server: waits until what was under way when it closed has ended, so that a process can
 * go without losing what it has promised. It waits for nobody longer than a given time.
 */

import type { Clock } from '../clock.ts'
import { SyncError, type OnError } from '../errors.ts'
import { withTimeLimit } from './time-limit.ts'
import type { UnderWay } from './under-way.ts'

export interface DrainOptions {
  readonly underWay: UnderWay
  /** Resolves when the log has told this node of all that was appended here. */
  readonly barrier: () => void | Promise<void>
  /** What Socket.IO has been given and could not send yet, in bytes. */
  readonly unsent: () => number
  readonly clock: Clock
  readonly timeoutMs: number
  readonly onError: OnError
}

/** How often to look whether all has been sent: no event of Socket.IO says so. */
const LOOK_MS = 10

/** Never rejects: what was not done in time is told to `onError`. */
export async function drain(options: DrainOptions): Promise<void> {
  const { underWay, barrier, unsent, clock, timeoutMs, onError } = options
  const told = async () => barrier()
  let waitingFor = () => `${underWay.count} calls that had not ended`
  const endsAt = clock.now() + timeoutMs

  async function work(): Promise<void> {
    await underWay.ended()
    waitingFor = () => 'nodes to say that they have been told of all events'
    // One that is silent is told when it is back; the log has it all.
    await told().catch(() => {})
    waitingFor = () => `clients to read ${unsent()} bytes`
    while (unsent() > 0) {
      if (clock.now() > endsAt) throw new Error('out of time')
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, LOOK_MS))
    }
  }

  try {
    await withTimeLimit({ clock, ms: timeoutMs }, work)
  } catch {
    onError(notDrained(timeoutMs, waitingFor()))
  }
}

function notDrained(ms: number, what: string): SyncError {
  return new SyncError({
    code: 'drain-timeout',
    problem: `close() has waited ${ms} ms for ${what}.`,
    remedy:
      'Give it more time by `drainTimeoutMs`, or see whether the log can be reached. What is in a log that nodes share is not lost.',
    subject: 'close',
  })
}
