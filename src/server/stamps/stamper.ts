/**
 * Stamps answers of the API with how far the log of each of their rooms was: the heads are taken
 * before any resolver runs, so that no answer claims an event that it has not seen.
 *
 * An API must not depend on it: where the log can't be reached, an answer goes without.
 */

import type { Clock } from '../../clock.ts'
import { SyncError, type OnError } from '../../errors.ts'
import type { EventPlace } from '../../message.ts'
import { createCallRooms } from '../../own-rooms.ts'
import type { SyncRules } from '../../rules.ts'
import { callKey, STAMP_HEADER, writeStamps, type CallStamp } from '../../stamp-header.ts'
import type { Stamp } from '../../stamp.ts'
import { isRecord } from '../../is-record.ts'
import type { EventLog, RoomHead } from '../log/event-log.ts'
import { withTimeLimit } from '../time-limit.ts'

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

export interface StampRequestOptions {
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

/** One request's stamp, to be kept in its context. */
export interface RequestStamp {
  /**
   * The headers that carry it; none where there is nothing to say.
   *
   * @param results - tRPC's `data` in `responseMeta`: calls that were refused get no stamp.
   */
  readonly headers: (results?: readonly unknown[]) => Record<string, string>
  /**
   * Makes the stamp of a call exact: takes the heads in the snapshot that the transaction reads. Await
   * it in a transaction whose reads are all of one snapshot (`REPEATABLE READ`), of the database that
   * the log is in. Of a streamed answer, and with any other log, the stamp stays what it was.
   *
   * @param call - the resolver's `{ path, batchIndex }`; without it, the one call of the request
   */
  readonly readIn: (tx: unknown, call?: CallName) => Promise<void>
}

export interface CallName {
  readonly path: string
  readonly batchIndex?: number | undefined
}

export interface StamperOptions<Events> {
  readonly rules: SyncRules<Events>
  readonly log: () => EventLog | undefined
  readonly clock: Clock
  /** How long heads may take. */
  readonly timeoutMs: number
  readonly onError: OnError
}

export interface Stamper {
  readonly stampRequest: (
    request: StampedRequest,
    options?: StampRequestOptions,
  ) => Promise<RequestStamp>
  readonly stampRooms: (rooms: readonly string[]) => Promise<RequestStamp>
}

/** A request that names more is stamped with some of them. */
const MAX_ROOMS = 64

/** A call, or the whole of a response. */
interface Stamped {
  readonly path: string
  readonly key: string | undefined
  readonly rooms: readonly string[]
  places: readonly EventPlace[]
  isExact: boolean
}

export function createStamper<Events>(options: StamperOptions<Events>): Stamper {
  const { log: currentLog, clock, timeoutMs, onError } = options
  const roomsOf = createCallRooms(options.rules)

  async function readHeads(
    log: EventLog,
    rooms: readonly string[],
  ): Promise<ReadonlyMap<string, EventPlace>> {
    const read = log.heads(rooms)
    const heads =
      read instanceof Promise ? await withTimeLimit({ clock, ms: timeoutMs }, () => read) : read
    return toPlaces(rooms, heads)
  }

  async function stamp(all: readonly Stamped[], isStreamed: boolean): Promise<RequestStamp> {
    const log = currentLog()
    const rooms = [...new Set(all.flatMap((each) => each.rooms))].slice(0, MAX_ROOMS)
    if (log === undefined || rooms.length === 0) return NOTHING
    const { epoch } = log
    try {
      const places = await readHeads(log, rooms)
      // Handles of the life before, perhaps.
      if (log.epoch !== epoch) return NOTHING
      for (const each of all) each.places = placesOf(each.rooms, places)
    } catch (cause) {
      onError(notStamped(cause))
      return NOTHING
    }

    async function readIn(tx: unknown, call?: CallName): Promise<void> {
      const stamped = findCall(all, call)
      if (log?.headsIn === undefined) onError(notExact())
      if (log?.headsIn === undefined || stamped === undefined || isStreamed) return
      const heads = await log.headsIn(tx, stamped.rooms)
      const places = toPlaces(stamped.rooms, heads)
      stamped.isExact = stamped.rooms.every((room) => places.has(room)) && log.epoch === epoch
      if (stamped.isExact) stamped.places = placesOf(stamped.rooms, places)
    }

    return {
      readIn,
      headers(results) {
        const told = all.filter((each, at) => {
          const isAnswered = each.key === undefined || isStreamed || isSuccess(results?.[at])
          return each.places.length > 0 && isAnswered
        })
        const text = writeStamps(told.map((each) => toCallStamp(epoch, each)))
        return text === undefined ? {} : { [STAMP_HEADER]: text }
      },
    }
  }

  return {
    async stampRequest({ accept, type = 'query', calls }, { rooms = [], authorize } = {}) {
      if (type !== 'query') return NOTHING
      const isStreamed = accept === 'application/jsonl'
      const all = await Promise.all(
        calls.map(async ({ path, getRawInput }): Promise<Stamped> => {
          // An input that can't be read fails the call itself.
          const input = await getRawInput().catch(() => undefined)
          const own = [...roomsOf(path.split('.'), input), ...rooms]
          return { ...UNREAD, path, key: callKey(path, input) ?? '', rooms: [...new Set(own)] }
        }),
      )
      if (!isStreamed) return stamp(all, false)
      const asked = [...new Set(all.flatMap((each) => each.rooms))]
      const allowed = new Set([...((await authorize?.(asked)) ?? []), ...rooms])
      const kept = all.map((each) => ({
        ...each,
        rooms: each.rooms.filter((room) => allowed.has(room)),
      }))
      return stamp(kept, true)
    },

    stampRooms: (rooms) =>
      stamp([{ ...UNREAD, path: '', key: undefined, rooms: [...new Set(rooms)] }], false),
  }
}

const UNREAD = { places: [], isExact: false }

const NOTHING: RequestStamp = {
  headers: () => ({}),
  readIn: async () => {},
}

function findCall(all: readonly Stamped[], call: CallName | undefined): Stamped | undefined {
  const [first] = all
  if (call === undefined) return all.length === 1 ? first : undefined
  const at = all[call.batchIndex ?? -1]
  if (at?.path === call.path) return at
  const alike = all.filter(({ path }) => path === call.path)
  return alike.length === 1 ? alike[0] : undefined
}

function toPlaces(
  rooms: readonly string[],
  heads: readonly (RoomHead | undefined)[],
): ReadonlyMap<string, EventPlace> {
  const places = new Map<string, EventPlace>()
  for (const [at, room] of rooms.entries()) {
    const found = heads[at]
    if (found !== undefined) places.set(room, [found.handle, found.head])
  }
  return places
}

function placesOf(
  rooms: readonly string[],
  places: ReadonlyMap<string, EventPlace>,
): readonly EventPlace[] {
  return rooms.flatMap((room) => {
    const place = places.get(room)
    return place === undefined ? [] : [place]
  })
}

function toCallStamp(epoch: string, { key, places, isExact }: Stamped): CallStamp {
  const stamp: Stamp = { e: epoch, p: places, ...(isExact && { x: 1 }) }
  return { key, stamp }
}

/** As tRPC answers a call: with a result, or with an error. */
function isSuccess(result: unknown): boolean {
  return isRecord(result) && !('error' in result)
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

function notExact(): SyncError {
  return new SyncError({
    code: 'stamp-failed',
    problem: 'This log is not in the database that `readIn` was given a transaction of.',
    remedy: 'Leave `readIn` out, or use a log that has `headsIn`; the stamp is a lower bound.',
    subject: 'readIn',
  })
}
