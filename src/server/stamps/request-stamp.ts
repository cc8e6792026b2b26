/**
 * The stamp of one request, as its answers are made: first a lower bound for all calls, then, call by
 * call, what a snapshot says.
 */

import { isRecord } from '../../is-record.ts'
import type { EventPlace } from '../../message.ts'
import { STAMP_HEADER, writeStamps } from '../../stamp-header.ts'
import { common, type Stamp } from '../../stamp.ts'
import type { EventLog, RoomHead } from '../log/event-log.ts'

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

/** A call, or all of a response that is no tRPC's. */
export interface StampedCall {
  readonly path: string
  /** What the client finds it by; undefined for all of a response, and for an input without one. */
  readonly key: string | undefined
  readonly rooms: readonly string[]
}

export interface RequestStampOptions {
  readonly log: EventLog
  readonly epoch: string
  readonly calls: readonly StampedCall[]
  /** The place of each room before anything was read; undefined where only snapshots count. */
  readonly places: ReadonlyMap<string, EventPlace> | undefined
  /** Whether the one call is all of a response. */
  readonly isWhole: boolean
  /** Whether the headers leave before any answer is known. */
  readonly isStreamed: boolean
  readonly onNotExact: (why: NotExact) => void
}

/** Why `readIn` can't do what it is for: by this log, or for a call that it was not told. */
export type NotExact = 'log' | 'call'

/** Says nothing. */
export const NO_STAMP: RequestStamp = {
  headers: () => ({}),
  readIn: async () => {},
}

export function createRequestStamp(options: RequestStampOptions): RequestStamp {
  const { log, epoch, calls, places, isWhole, isStreamed, onNotExact } = options
  const stamps = calls.map(({ rooms }) => places && stampOf(epoch, rooms, places))
  const exact = new Set<number>()

  return {
    async readIn(tx, call) {
      const at = findCall(calls, call)
      const { rooms } = calls[at] ?? {}
      if (log.headsIn === undefined) onNotExact('log')
      else if (rooms === undefined) onNotExact('call')
      if (log.headsIn === undefined || rooms === undefined || isStreamed) return
      const read = toPlaces(rooms, await log.headsIn(tx, rooms))
      const stamp = stampOf(epoch, rooms, read)
      if (stamp === undefined || read.size < rooms.length || log.epoch !== epoch) return
      const snapshot: Stamp = { ...stamp, x: 1 }
      const before = exact.has(at) ? stamps[at] : undefined
      // An answer of two snapshots knows what both know, and is exactly neither.
      stamps[at] = before === undefined ? snapshot : common(before, snapshot)
      exact.add(at)
    },

    headers(results) {
      const told = calls.flatMap(({ key }, at) => {
        const stamp = stamps[at]
        if (stamp === undefined) return []
        if (isWhole) return [{ stamp }]
        return key !== undefined && (isStreamed || isSuccess(results?.[at]))
          ? [{ key, stamp }]
          : []
      })
      const text = writeStamps(told)
      return text === undefined ? {} : { [STAMP_HEADER]: text }
    },
  }
}

/** The heads that a log gave for these rooms, by room. */
export function toPlaces(
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

function stampOf(
  epoch: string,
  rooms: readonly string[],
  places: ReadonlyMap<string, EventPlace>,
): Stamp | undefined {
  const p = rooms.flatMap((room) => {
    const place = places.get(room)
    return place === undefined ? [] : [place]
  })
  return p.length === 0 ? undefined : { e: epoch, p }
}

/** A call's index; -1 where it can't be told which is meant. */
function findCall(calls: readonly StampedCall[], call: CallName | undefined): number {
  if (call === undefined) return calls.length === 1 ? 0 : -1
  const { path, batchIndex = -1 } = call
  if (calls[batchIndex]?.path === path) return batchIndex
  const alike = [...calls.keys()].filter((at) => calls[at]?.path === path)
  return alike.length === 1 ? (alike[0] ?? -1) : -1
}

/** As tRPC answers a call: with a result, or with an error. */
function isSuccess(result: unknown): boolean {
  return isRecord(result) && !('error' in result)
}
