/** What went wrong between the log and Redis, and what to do about it. */

import { SyncError } from '../errors.ts'

/** Redis has not seen this script: it was restarted, or is another one. */
export function isUnknownScript(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.startsWith('NOSCRIPT')
}

/** Answers of a Redis that is there, and will take it when it has become a primary, or is done. */
const PASSING = /\b(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS)\b/

/** How an answer that is an error begins; errors of a client are sentences. */
const ANSWER = /^(?:ReplyError: )?[A-Z]{2,} /

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/\bOOM\b/, 'Give Redis more memory, or let it evict: see docs/SHARED-LOG.md.'],
  [/\bWRONGTYPE\b/, 'Something else uses its keys: give redisLog() another `prefix`.'],
  [/\bMISCONF\b/, 'Redis can not write to its disk, and refuses writes until it can.'],
  [
    /\b(NOPERM|NOAUTH|WRONGPASS)\b/,
    'Its user needs the keys and channels of the prefix, and EVALSHA, EVAL, PUBLISH, SUBSCRIBE, INFO.',
  ],
]

/** An error of a client or of Redis as one of ours; ours as it is. */
export function redisError(cause: unknown, doing: string): SyncError {
  if (cause instanceof SyncError) return cause
  const text = textOf(cause)
  if (!ANSWER.test(text) || PASSING.test(text)) return unreachable(doing, cause)
  return new SyncError({
    code: 'log-refused',
    problem: `Redis refused to ${doing}: ${text}.`,
    remedy: REMEDIES.find(([pattern]) => pattern.test(text))?.[1] ?? 'See `cause`.',
    cause,
  })
}

export function unreachable(doing: string, cause: unknown): SyncError {
  const text = textOf(cause)
  return new SyncError({
    code: 'log-unreachable',
    problem: `Redis could not be reached to ${doing}: ${text}.`,
    remedy:
      'It goes on by itself when Redis is back. A broadcast that was rejected for this may have been sent.',
    cause,
  })
}

/** Told to `onError`, once for each time that a connection is lost. */
export function connectionLost(cause: unknown, at: Date): SyncError {
  const text = textOf(cause instanceof SyncError ? (cause.cause ?? cause) : cause)
  return new SyncError({
    code: 'log-unreachable',
    problem: `The connection to Redis is lost: ${text}.`,
    remedy: 'It goes on by itself when Redis is back, and reads what it was not told of.',
    subject: `Redis since ${at.toISOString()}`,
    cause,
  })
}

/** Another epoch has begun while the log was in use. */
export function logLost(epoch: string): SyncError {
  return new SyncError({
    code: 'log-lost',
    problem:
      'Redis was restarted, flushed or replaced, or its clock was set back: the log has begun anew.',
    remedy: 'Clients refetch what their rooms concern, once; nothing else is to be done.',
    subject: epoch,
  })
}

/** Another epoch has begun before all nodes had been told of something. */
export function lostMeanwhile(at: Date = new Date()): SyncError {
  return new SyncError({
    code: 'log-lost',
    problem: 'The log has begun anew before every node had said that it took effect.',
    remedy: 'Call `joinRoom` or `leaveRoom` again: what was recorded may be lost.',
    subject: `memberships, ${at.toISOString()}`,
  })
}

export function logClosed(): SyncError {
  return new SyncError({
    code: 'closed',
    problem: 'This redisLog is closed.',
    remedy: 'Close it last, after the SyncServer that uses it.',
  })
}

export function nodesSilent(names: readonly string[]): SyncError {
  const text = names.join(', ')
  return new SyncError({
    code: 'node-silent',
    problem: `These nodes have not said that it took effect: ${text}.`,
    remedy: 'It does when they are back; until then they send nothing that is newer.',
    subject: text,
  })
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
