/**
 * What the numbers and the prefix of a log may be. Redis would refuse others only when an event is half
 * written, and a timer takes what is too long for no time at all.
 */

import { SyncError } from '../errors.ts'

export interface CheckedOptions {
  readonly prefix: string
  readonly maxEventsPerRoom: number
  readonly maxAgeMs: number
  readonly commandTimeoutMs: number
  readonly heartbeatMs: number
  readonly barrierTimeoutMs: number
}

/** Of a timer, in Node: 24 days. */
const MOST_TIMER_MS = 2 ** 31 - 1
/** Twice this is still written without an exponent, which Redis does not read. */
const MOST_AGE_MS = 2 ** 50

/** @throws SyncError `invalid-option`. */
export function checkOptions(options: CheckedOptions): void {
  const { prefix, maxEventsPerRoom } = options
  // Then the braces around it would not say which slot of a Cluster a key is in.
  if (prefix === '' || prefix.startsWith('}')) {
    throw invalidOption('prefix', prefix, 'some text that does not begin with "}"')
  }
  const isCount = maxEventsPerRoom === Infinity || Number.isSafeInteger(maxEventsPerRoom)
  if (!isCount || maxEventsPerRoom < 1) {
    throw invalidOption('maxEventsPerRoom', maxEventsPerRoom, 'a whole number from 1 on')
  }
  checkTime('maxAgeMs', options.maxAgeMs, MOST_AGE_MS)
  checkTime('commandTimeoutMs', options.commandTimeoutMs, MOST_TIMER_MS)
  checkTime('heartbeatMs', options.heartbeatMs, MOST_TIMER_MS)
  checkTime('barrierTimeoutMs', options.barrierTimeoutMs, MOST_TIMER_MS)
}

function checkTime(name: string, ms: number, most: number): void {
  if (ms >= 1 && ms <= most) return
  throw invalidOption(name, ms, `a number of milliseconds from 1 to ${most}`)
}

function invalidOption(name: string, value: string | number, expected: string): SyncError {
  return new SyncError({
    code: 'invalid-option',
    problem: `redisLog() was given ${print(value)} as \`${name}\`.`,
    remedy: `Give it ${expected}.`,
    subject: name,
  })
}

/** JSON has no word for Infinity. */
const print = (value: string | number) =>
  typeof value === 'string' ? JSON.stringify(value) : String(value)
