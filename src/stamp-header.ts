/**
 * How stamps travel: in one header of the response, which may be that of a batch.
 *
 * `{ e, p, c }`: epoch, the heads of all rooms, and for each call its key and which of these heads
 * are its own. Without `c` all of them are, as for a response that is no batch. A call's key is made
 * from its path and input, for that is all that both sides know of it.
 */

import { isRecord } from './is-record.ts'
import { isEventPlaces, type EventPlace } from './message.ts'
import { common, type Stamp } from './stamp.ts'

/** The response header with the stamps; a browser's page on another origin has to be shown it. */
export const STAMP_HEADER = 'x-sync-stamp'

/** What proxies take without being asked is 4 kB for all headers. */
const HEADER_LENGTH = 2048

/** A call's stamp; without a key, that of the whole response. */
export interface CallStamp {
  readonly key?: string | undefined
  readonly stamp: Stamp
}

/** The header's value; undefined where there is nothing to say. Calls beyond its bound are left out. */
export function writeStamps(stamps: readonly CallStamp[]): string | undefined {
  for (let count = stamps.length; count > 0; count = Math.floor(count / 2)) {
    const text = encode(stamps.slice(0, count))
    if (text.length <= HEADER_LENGTH) return text
  }
  return undefined
}

/** The stamp of a call, or of the whole response; undefined where the header has none. */
export function readStamp(text: string, key: string | undefined): Stamp | undefined {
  const header = parse(text)
  if (header === undefined) return undefined
  const { e, p, c } = header
  if (!Array.isArray(c)) return { e, p, ...(header.x === 1 && { x: 1 }) }
  let found: Stamp | undefined
  for (const call of c as readonly unknown[]) {
    if (!Array.isArray(call) || key === undefined || call[0] !== key) continue
    const stamp = stampOf(e, p, call)
    // Two calls alike in one batch: nobody knows which answer is whose.
    found = found === undefined || stamp === undefined ? stamp : common(found, stamp)
    if (found === undefined) return undefined
  }
  return found
}

/**
 * What a call is known by: its path and its input as JSON has it, in a few characters. Undefined for
 * an input that JSON can't have.
 */
export function callKey(path: string, input: unknown): string | undefined {
  try {
    return hash(`${path}\n${JSON.stringify(input) ?? ''}`)
  } catch {
    return undefined
  }
}

function encode(stamps: readonly CallStamp[]): string {
  const [first] = stamps
  const places: EventPlace[] = []
  const indexes = new Map<string, number>()
  const indexOf = (place: EventPlace) => {
    const id = JSON.stringify(place)
    const index = indexes.get(id) ?? places.push(place) - 1
    indexes.set(id, index)
    return index
  }
  const calls = stamps.map(({ key, stamp: { p, x } }) => [
    key,
    p.map(indexOf),
    ...(x ? [x] : []),
  ])
  const isOne = first !== undefined && first.key === undefined
  const said = isOne ? { ...first.stamp } : { e: first?.stamp.e, p: places, c: calls }
  // A header takes no other characters; JSON may write them all so.
  return JSON.stringify(said).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function parse(text: string) {
  try {
    const value: unknown = JSON.parse(text)
    if (!isRecord(value)) return undefined
    const { e, p, c, x } = value
    return typeof e === 'string' && isEventPlaces(p) && p.length > 0
      ? { e, p, c, x }
      : undefined
  } catch {
    return undefined
  }
}

function stampOf(
  e: string,
  all: readonly EventPlace[],
  [, indexes, x]: readonly unknown[],
): Stamp | undefined {
  if (!Array.isArray(indexes)) return undefined
  const p = (indexes as readonly unknown[]).flatMap((index): EventPlace[] => {
    const place = all[Number(index)]
    return place === undefined ? [] : [place]
  })
  return p.length === 0 ? undefined : { e, p, ...(x === 1 && { x }) }
}

/** 53 bits: enough for the calls of one batch. The client's own answers are all it tells apart. */
function hash(text: string): string {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36)
}
