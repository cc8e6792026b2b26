/**
 * The one error class of this library, and the reporter that both sides send errors to.
 *
 * An error says what is wrong and what to do about it. The reporter tells `onError` once per
 * code and subject, so that a rule that fails on every event fills no console.
 */

export type SyncErrorCode =
  /** A rule is malformed; thrown by `defineSyncRules`. */
  | 'invalid-rule'
  /** Two features send one event to different rooms; thrown by `mergeSyncRules`. */
  | 'conflicting-rooms'
  /** Two features say different things of an event's data; thrown by `mergeSyncRules`. */
  | 'conflicting-data'
  /** `io` is a dynamic parent namespace, which has no sockets of its own. */
  | 'invalid-namespace'
  /** The namespace has another `SyncServer` that is open. */
  | 'namespace-taken'
  /** `broadcast` was called with an event that has no rule. */
  | 'unknown-event'
  /** A rule's `room` threw, or returned something that is not a room. */
  | 'room-failed'
  /** An event's data is not what its rule's `schema` allows, or the schema failed. */
  | 'invalid-event'
  /** At a client: an event's data can't be read as its rule means it; its queries are refetched. */
  | 'unreadable-event'
  /** At a client: a packet of several events can't be read; they are asked for one by one. */
  | 'unreadable-frame'
  /** Socket.IO or its adapter refused an event or a membership. */
  | 'delivery-failed'
  /** A socket without a user id asked for rooms. */
  | 'no-user'
  /** The resolver given to `autoJoinRooms` failed. */
  | 'resolver-failed'
  /** `authorize` threw, rejected, or took too long: the client joined nothing. */
  | 'authorize-failed'
  /** A log of one process, and an adapter for several. */
  | 'log-not-shared'
  /** A node of a shared log has not said in time that a membership took effect on it. */
  | 'node-silent'
  /** What was given to a log is no client that it knows. */
  | 'unknown-client'
  /** An option of a log is not what it may be. */
  | 'invalid-option'
  /** What was given as `tx` is no transaction that the log knows, or none at all. */
  | 'unknown-transaction'
  /** The log's database does not answer, or not in time. */
  | 'log-unreachable'
  /** The log's database is there, and refuses: no tables, no permission, no memory. */
  | 'log-refused'
  /** The log's database has lost what was in it, or may have: everybody fetches once. */
  | 'log-lost'
  /** A client did not read what it was sent; its connection was ended. */
  | 'slow-consumer'
  /** `close()` gave up waiting for what was under way. */
  | 'drain-timeout'
  /** The log could not say how far its rooms are: an answer of the API goes without a stamp. */
  | 'stamp-failed'
  /** `createSyncEmitter` was asked for what a process without sockets can't do. */
  | 'needs-server'
  /** Socket.IO's connection state recovery was on; it is switched off. */
  | 'recovery-disabled'
  /** The server was used after `close()`. */
  | 'closed'
  /** A `keys` function threw, or returned no procedure key; that key is nobody's. */
  | 'keys-failed'
  /** A rule's `match` threw; the query it was asked about is refetched. */
  | 'match-failed'
  /** A rule's `updater` threw, or returned a promise or a function; its query is refetched instead. */
  | 'updater-failed'
  /** An updater of lists found none in a query's data; the query is refetched instead. */
  | 'no-list'
  /** An updater of lists found no id, in the event or in any row; the query is refetched, too. */
  | 'no-id'
  /** In development: an `updater` is not replay-stable; see `upsertItem` and `version`. */
  | 'unstable-updater'
  /** An `onStatus`, `onEvent` or `useSyncEvent` of the application's own threw. */
  | 'listener-failed'
  /** A subscriber of the query cache, the application's own, threw while an event was applied. */
  | 'subscriber-failed'
  /** At a client: the server refused the socket's connection, or can't be reached. */
  | 'not-connected'
  /** The error of a mounted query whose room the user was taken out of. */
  | 'revoked'
  /** An event came past the log: it was sent by `io.emit`, not by `broadcast`. */
  | 'unlogged-event'
  /** `useSync` was called outside a `SyncProvider`. */
  | 'no-provider'
  /** What the linter was given as `router` is no router of tRPC 11. */
  | 'invalid-router'
  /** A module that the linter was told to check, or to read options from, does not load. */
  | 'load-failed'

export interface SyncErrorOptions {
  readonly code: SyncErrorCode
  /** What happened, one sentence. */
  readonly problem: string
  /** What to do about it, one sentence. */
  readonly remedy: string
  /** The event, room or user concerned: with `code`, what makes two errors the same. */
  readonly subject?: string
  readonly cause?: unknown
}

/** Every error that this library throws or reports. `message` is problem and remedy together. */
export class SyncError extends Error {
  readonly code: SyncErrorCode
  readonly remedy: string
  readonly subject: string | undefined

  constructor({ code, problem, remedy, subject, cause }: SyncErrorOptions) {
    super(`${problem} ${remedy}`, cause === undefined ? undefined : { cause })
    this.name = 'SyncError'
    this.code = code
    this.remedy = remedy
    this.subject = subject
  }
}

/** Called with every error that has no caller to go to. Default: `console.error`. */
export type OnError = (error: SyncError) => void

/** How many different errors one reporter remembers; past that, it repeats rather than grows. */
const REMEMBERED_ERRORS = 1000

/** Tells `onError` each error once per code and subject. Never throws. */
export function createReporter(onError: OnError = logError): OnError {
  const reported = new Set<string>()
  return (error) => {
    const identity = `${error.code} ${error.subject ?? error.message}`
    if (reported.has(identity)) return
    if (reported.size < REMEMBERED_ERRORS) reported.add(identity)
    try {
      onError(error)
    } catch (thrown) {
      console.error(thrown)
    }
  }
}

function logError(error: SyncError): void {
  console.error(error)
}
