/**
 * An event's data as it is when it is appended: what becomes of the object later does not show in
 * a replay.
 */

import { hasBytes } from '../../log-codec.ts'

export interface EncodedData {
  /** About how much memory it takes. */
  readonly bytes: number
  readonly decode: () => unknown
}

export function encodeData(data: unknown): EncodedData {
  if (hasBytes(data)) {
    const copy: unknown = structuredClone(data)
    return { bytes: binaryBytes(copy), decode: () => copy }
  }
  const text = JSON.stringify(data) as string | undefined
  return {
    bytes: text?.length ?? 0,
    decode: () => (text === undefined ? undefined : (JSON.parse(text) as unknown)),
  }
}

function binaryBytes(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength
  return Object.values(value).reduce<number>((sum, each) => sum + binaryBytes(each), 16)
}
