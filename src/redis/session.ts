/**
 * What a node knows of the log as a whole: which epoch it is in, and what time. Every script says both,
 * and does nothing in another epoch than the caller's: so the node never writes to a life that is over.
 */

import { createCallOrder } from './call-order.ts'
import type { Connection } from './clients/redis-client.ts'
import type { Keys } from './keys.ts'
import { createLogTime } from './log-time.ts'
import { limited } from './limited.ts'
import { isUnknownScript, logClosed } from './redis-errors.ts'
import { HELLO } from './scripts/hello.ts'
import type { Script } from './scripts/script.ts'

export interface SessionOptions {
  readonly connection: Connection
  readonly keys: Keys
  /** A room that is not there has had no event for this long, at least. */
  readonly keptMs: number
  readonly timeoutMs: number
  /** From 0 to 1. */
  readonly random: () => number
  /** Milliseconds that never go back. */
  readonly clock: () => number
  readonly onEpoch: (change: EpochChange) => void
}

interface EpochChange {
  readonly epoch: string
  /** How many events it has. */
  readonly seq: number
  /** Whether nothing was known before. */
  readonly isFirst: boolean
}

export interface Session {
  /** '' before Redis has been reached. */
  readonly epoch: string
  /** How many events this epoch had, when Redis last answered. */
  readonly seq: number
  readonly now: () => number
  /** Rejects with a SyncError, in time: `log-unreachable`, `log-refused`, `closed`. */
  readonly run: (call: Call) => Promise<Reply>
  /** Finds out whether another epoch has begun. */
  readonly check: () => Promise<void>
  /** Begins another one, unless somebody has done so already. */
  readonly begin: (epoch: string) => Promise<void>
  readonly close: () => void
}

interface Call {
  /** For errors: `Redis could not be reached to …`. */
  readonly doing: string
  readonly script: Script
  /** All but the first, the log's own, and the first argument, which is the epoch. */
  readonly keys: (epoch: string) => string[]
  readonly args: (moment: Moment) => string[]
}

/** By the log's clock. */
export interface Moment {
  /** Not later than now. */
  readonly sentAt: number
  /** When the caller has given up. */
  readonly latest: number
}

interface Reply {
  readonly epoch: string
  readonly seq: number
  /** What the script answers beyond. */
  readonly rest: readonly unknown[]
}

interface Sent {
  readonly asked: string
  /** The log's time, as it was said when it was sent. */
  readonly told: number
  readonly answer: unknown
}

/** How often a call is tried while the log goes from one epoch to the next. */
const MOST_TRIES = 4

export function createSession(options: SessionOptions): Session {
  const { connection, keys, keptMs, timeoutMs, random, clock, onEpoch } = options
  const time = createLogTime(clock)
  const order = createCallOrder()
  let epoch = ''
  let seq = 0
  let calls = 0
  let isClosed = false
  let hello: Promise<void> | undefined

  const limitOf = (doing: string) => ({ doing, ms: timeoutMs })

  /** One at a time; `given up` is the epoch that is not to go on. Calls wait meanwhile. */
  function greet(givenUp?: string): Promise<void> {
    hello ??= greetAlone(givenUp)
    return hello
  }

  async function greetAlone(givenUp?: string): Promise<void> {
    order.hold()
    let failure: unknown
    try {
      await sayHello(givenUp)
    } catch (thrown) {
      failure = thrown
    }
    // Who was refused in the same breath is to go out again first.
    await new Promise((resolve) => setImmediate(resolve))
    hello = undefined
    order.release(failure)
    if (failure !== undefined) throw failure
  }

  async function sayHello(givenUp?: string): Promise<void> {
    const known = epoch
    const answer = await connection.teach(
      HELLO,
      [keys.log],
      [
        known,
        givenUp !== undefined && givenUp === known ? '1' : '0',
        randomText(random),
        String(Math.floor(random() * 2 ** 31)),
        String(keptMs),
        keys.channel,
      ],
    )
    const [, at, count, found] = textsOf(answer)
    if (at === undefined || found === undefined)
      throw new Error(`an answer of ${print(answer)}`)
    if (found !== epoch) time.forget()
    time.heard(Number(at), 0)
    seq = Number(count)
    if (found === epoch) return
    epoch = found
    onEpoch({ epoch, seq, isFirst: known === '' })
  }

  async function begin(known: string): Promise<void> {
    // One that is under way gives nothing up.
    await hello?.catch(() => {})
    if (epoch === known) await limited(limitOf('begin another epoch'), greet(known))
  }

  /** In which epoch, and what was answered: `unknown-script`, where Redis has to be taught first. */
  async function send(
    { script, keys: keysIn, args }: Call,
    { until, isTeaching }: { readonly until: number; readonly isTeaching: boolean },
  ): Promise<Sent | undefined> {
    if (clock() >= until) return undefined
    const asked = epoch
    const told = time.now()
    const sentAt = time.nearest()
    const allKeys = [keys.log, ...keysIn(asked)]
    const allArgs = [asked, ...args({ sentAt, latest: sentAt + until - clock() })]
    try {
      const run = isTeaching ? connection.teach : connection.evaluate
      return { asked, told, answer: await run(script, allKeys, allArgs) }
    } catch (thrown) {
      if (!isUnknownScript(thrown)) throw thrown
      return { asked, told, answer: 'unknown-script' }
    }
  }

  /** Undefined where it was not done: in another epoch, or after the caller's time. */
  function replyOf({ asked, told, answer }: Sent): Reply | undefined {
    if (!Array.isArray(answer)) throw new Error(`an answer of ${print(answer)}`)
    const [status, at, count, ...rest] = answer as unknown[]
    const isDone = String(status) === 'ok'
    // It may be late only for a clock that has drifted: then it is told the time, and goes out again.
    if (!isDone && asked === epoch) askAgain()
    if (String(status) === 'epoch') return undefined
    if (asked === epoch) {
      seq = Number(count)
      // Ages that were counted from a time to come would be too short.
      if (!time.heard(Number(at), told)) begin(asked).catch(() => {})
    }
    return isDone ? { epoch: asked, seq: Number(count), rest } : undefined
  }

  /** Who waits for the answer is told of what went wrong. */
  function askAgain(): void {
    greet().catch(() => {})
  }

  async function tryUntil(call: Call, until: number): Promise<Reply> {
    const number = calls++
    let isTeaching = false
    for (let tries = 0; tries < MOST_TRIES && clock() < until; tries++) {
      if (epoch === '') askAgain()
      const sent = await order.take(number, async (failure) => {
        if (isClosed) throw logClosed()
        // Who was refused, or knows no epoch, can do nothing without it.
        if (failure !== undefined && (epoch === '' || tries > 0)) throw failure
        return send(call, { until, isTeaching })
      })
      if (isClosed) throw logClosed()
      if (sent === undefined) break
      // A Redis that does not know the script may be another one than before: it is asked first.
      if (sent.answer === 'unknown-script') {
        isTeaching = true
        askAgain()
        continue
      }
      const reply = replyOf(sent)
      if (reply !== undefined) return reply
    }
    throw new Error('the log begins anew again and again')
  }

  return {
    get epoch() {
      return epoch
    },
    get seq() {
      return seq
    },
    now: () => (epoch === '' ? 0 : time.now()),

    async run(call) {
      if (isClosed) throw logClosed()
      return limited(limitOf(call.doing), tryUntil(call, clock() + timeoutMs))
    },

    check: () => limited(limitOf('ask for the epoch'), greet()),

    begin,

    close() {
      isClosed = true
    },
  }
}

/** Four characters: beside its second, enough to tell an epoch from any other. */
function randomText(random: () => number): string {
  return Math.floor(random() * 36 ** 4)
    .toString(36)
    .padStart(4, '0')
}

/** Strings, whatever the client makes of them. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function print(value: unknown): string {
  return JSON.stringify(value) ?? typeof value
}
