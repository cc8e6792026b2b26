/**
 * Which log a server uses. The log of one process's memory would tell each node's clients something
 * else: with an adapter for several nodes there is none, unless one is given that they share.
 */

import { SyncError, type OnError } from '../errors.ts'
import { isSingleNode } from './adapter-kind.ts'
import type { AnyNamespace } from './io.ts'
import type { AppendOptions, EventLog } from './log/event-log.ts'

/** @throws SyncError `log-not-shared` for a given log that the adapter's nodes would not share. */
export function checkLog(log: EventLog, { adapter }: AnyNamespace): void {
  if (!log.isShared && !isSingleNode(adapter)) throw notShared()
}

/** Whether this log serves the namespace with the adapter it has now; says so if it does not. */
export function isUsable(log: EventLog, { adapter }: AnyNamespace, onError: OnError): boolean {
  if (log.isShared || isSingleNode(adapter)) return true
  onError(notShared())
  return false
}

/** @throws SyncError `unknown-transaction` where the event would be sent whatever becomes of it. */
export function checkTransaction(
  log: EventLog | undefined,
  options: AppendOptions | undefined,
): void {
  if (options?.tx === undefined || log?.takesTransactions === true) return
  throw new SyncError({
    code: 'unknown-transaction',
    problem: 'The log is in no database that could commit an event together with its change.',
    remedy: 'Use postgresLog(), or leave `tx` out and broadcast after the commit.',
  })
}

export function notShared(): SyncError {
  return new SyncError({
    code: 'log-not-shared',
    problem: "The log is in one process's memory, and the Socket.IO adapter is for several.",
    remedy:
      'Give SyncServer a `log` that all nodes share; without one, clients refetch after each reconnect.',
  })
}
