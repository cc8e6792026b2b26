/**
 * Stamps answers of the API with how far the log of each of their rooms was: the heads are taken
 * before any resolver runs, so that no answer claims an event that it has not seen.
 *
 * An API must not depend on it: where the log can't be reached, an answer goes without.
 */

import type { Clock } from '../../clock.ts'
import { SyncError, type OnError } from '../../errors.ts'
import { createCallRooms } from '../../own-rooms.ts'
import type { SyncRules } from '../../rules.ts'
import { callKey } from '../../stamp-header.ts'
import type { EventLog, RoomHead } from '../log/event-log.ts'
import { withTimeLimit } from '../time-limit.ts'
import {
  createRequestStamp,
  NO_STAMP,
  toPlaces,
  type NotExact,
  type RequestStamp,
  type RequestStampOptions,
  type StampedCall,
} from './request-stamp.ts'

/** What is asked of tRPC's `info`, which `createContext` is given. */
export interface StampedRequest {
  /** `application/jsonl` where the answer is streamed, and its headers leave first. */
  readonly accept?: string | null
  readonly type?: string
  readonly calls: readonly {
    readonly path: string
    readonly getRawInput: () => Promise<unknown>
  }[]
}

export interface StampOptions {
  /**
   * Whether only stamps made by `readIn` are sent. Needed where answers are read from a replica, which
   * may not have what the log has. @default false
   */
  readonly onlyExact?: boolean | undefined
}

export interface StampRequestOptions extends StampOptions {
  /**
   * Further rooms whose events concern what is asked for, such as the user's own. Whoever asks hears
   * how many events they have had: name only rooms that they may be in. @default none
   */
  readonly rooms?: readonly string[] | undefined
  /**
   * Which of these rooms whoever asks may be in. Needed where the headers leave before the API has
   * said yes or no: `httpBatchStreamLink`. @default none, so that streamed answers have no stamp
   */
  readonly authorize?:
    | ((rooms: readonly string[]) => readonly string[] | Promise<readonly string[]>)
    | undefined
}

export interface StamperOptions<Events, Accepted> {
  readonly rules: SyncRules<Events, Accepted>
  readonly log: () => EventLog | undefined
  readonly clock: Clock
  /** How long heads may take. */
  readonly timeoutMs: number
  readonly onError: OnError
}

/** Neither ever rejects. */
export interface Stamper {
  readonly stampRequest: (
    request: StampedRequest,
    options: StampRequestOptions,
  ) => Promise<RequestStamp>
  readonly stampRooms: (
    rooms: readonly string[],
    options: StampOptions,
  ) => Promise<RequestStamp>
}

/** A request that names more is stamped with some of them. */
const MAX_ROOMS = 64

export function createStamper<Events, Accepted>(
  options: StamperOptions<Events, Accepted>,
): Stamper {
  const { log: currentLog, clock, timeoutMs, onError } = options
  const roomsOf = createCallRooms(options.rules)

  function readHeads(
    log: EventLog,
    rooms: readonly string[],
  ): readonly RoomHead[] | Promise<readonly RoomHead[]> {
    const read = log.heads(rooms)
    return read instanceof Promise ? withTimeLimit({ clock, ms: timeoutMs }, () => read) : read
  }

  const onNotExact = (why: NotExact) => onError(why === 'log' ? foreignLog() : unknownCall())

  async function stamp(
    calls: readonly StampedCall[],
    how: Pick<RequestStampOptions, 'isWhole' | 'isStreamed'> & StampOptions,
  ): Promise<RequestStamp> {
    const log = currentLog()
    const rooms = unique(calls.flatMap((each) => each.rooms)).slice(0, MAX_ROOMS)
    if (log === undefined || rooms.length === 0) return NO_STAMP
    const { epoch } = log
    // Read also where they are not sent: rooms that are new are opened, for snapshots to come.
    const heads = await readHeads(log, rooms)
    // Handles of the life before, perhaps.
    if (log.epoch !== epoch) return NO_STAMP
    const places = how.onlyExact ? undefined : toPlaces(rooms, heads)
    return createRequestStamp({ ...how, log, epoch, calls, places, onNotExact })
  }

  async function orNone(work: () => Promise<RequestStamp>): Promise<RequestStamp> {
    try {
      return await work()
    } catch (cause) {
      onError(notStamped(cause))
      return NO_STAMP
    }
  }

  return {
    stampRequest: ({ accept, type = 'query', calls: asked }, given) =>
      orNone(async () => {
        if (type !== 'query') return NO_STAMP
        const isStreamed = accept === 'application/jsonl'
        const calls = await Promise.all(
          asked.map(async ({ path, getRawInput }): Promise<StampedCall> => {
            // An input that can't be read fails the call itself.
            const input = await getRawInput().catch(() => undefined)
            const rooms = unique([...roomsOf(path.split('.'), input), ...(given.rooms ?? [])])
            return { path, key: callKey(path, input), rooms }
          }),
        )
        const told = isStreamed ? await allow(calls, given) : calls
        return stamp(told, { isWhole: false, isStreamed, onlyExact: given.onlyExact })
      }),

    stampRooms: (rooms, given) =>
      orNone(() => {
        const whole = { path: '', key: undefined, rooms: unique(rooms) }
        return stamp([whole], { ...given, isWhole: true, isStreamed: false })
      }),
  }
}

/** Which of the calls' rooms may be told before the API has said yes or no. */
async function allow(
  calls: readonly StampedCall[],
  { rooms: further = [], authorize }: StampRequestOptions,
): Promise<readonly StampedCall[]> {
  const asked = unique(calls.flatMap(({ rooms }) => rooms))
  const allowed = new Set([...((await authorize?.(asked)) ?? []), ...further])
  return calls.map((call) => ({
    ...call,
    rooms: call.rooms.filter((room) => allowed.has(room)),
  }))
}

function unique(rooms: readonly string[]): readonly string[] {
  return [...new Set(rooms)]
}

function notStamped(cause: unknown): SyncError {
  return new SyncError({
    code: 'stamp-failed',
    problem: `An answer of the API goes without a stamp: ${String(cause)}.`,
    remedy: 'See `cause`; the log may have lost its connection. Clients do without.',
    subject: 'heads',
    cause,
  })
}

function foreignLog(): SyncError {
  return new SyncError({
    code: 'stamp-failed',
    problem: 'This log is not in the database that `readIn` was given a transaction of.',
    remedy: 'Leave `readIn` out, or use a log that has `headsIn`; the stamp is a lower bound.',
    subject: 'readIn',
  })
}

function unknownCall(): SyncError {
  return new SyncError({
    code: 'stamp-failed',
    problem: '`readIn` was not told which call of the request it belongs to.',
    remedy: 'Call `readIn(tx, { path, batchIndex })`, with what tRPC hands to the resolver.',
    subject: 'call',
  })
}
