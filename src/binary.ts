/**
 * Takes binary values out of data, and puts them back. A transformer would write them out as numbers,
 * or lose them; Socket.IO carries them as they are.
 */

/** A binary value, and where it was: names, positions in lists, positions among a Map's values. */
export type BinaryPart = readonly [path: readonly (string | number)[], bytes: unknown]

export interface WithoutBinary {
  /** The same data where there is none; else a copy with null in its places. */
  readonly rest: unknown
  readonly parts: readonly BinaryPart[]
}

/** Looks into plain objects, lists and the values of Maps. */
export function takeBinary(data: unknown): WithoutBinary {
  if (!hasBinary(data)) return { rest: data, parts: NONE }
  const parts: BinaryPart[] = []
  /** What the walk is inside of: data may contain itself. */
  const around: unknown[] = []

  function copy(value: unknown, path: BinaryPart[0]): unknown {
    if (around.includes(value) || !hasBinary(value)) return value
    if (isBinary(value)) {
      parts.push([path, value])
      return null
    }
    around.push(value)
    const copied = copyInside(value, (each, step) => copy(each, [...path, step]))
    around.pop()
    return copied
  }

  return { rest: copy(data, []), parts }
}

const NONE: readonly BinaryPart[] = []

function copyInside(
  value: unknown,
  copy: (each: unknown, step: string | number) => unknown,
): unknown {
  if (Array.isArray(value)) return value.map(copy)
  if (value instanceof Map) {
    return new Map([...value].map(([key, each], at) => [key, copy(each, at)]))
  }
  const entries = Object.entries(value as object)
  return Object.fromEntries(entries.map(([name, each]) => [name, copy(each, name)]))
}

function hasBinary(value: unknown, around: readonly unknown[] = []): boolean {
  if (typeof value !== 'object' || value === null || around.includes(value)) return false
  if (isBinary(value)) return true
  const within = [...around, value]
  return insideOf(value).some((each) => hasBinary(each, within))
}

function insideOf(value: object): unknown[] {
  if (Array.isArray(value)) return value
  if (value instanceof Map) return [...value.values()]
  return isPlain(value) ? Object.values(value) : []
}

/**
 * Puts the parts back, into this very data.
 *
 * @throws TypeError where they are no parts, or not of this data.
 */
export function putBinary(data: unknown, parts: unknown): unknown {
  if (!Array.isArray(parts)) throw new TypeError('no binary parts')
  let whole = data
  for (const part of parts as unknown[]) {
    if (!Array.isArray(part) || !Array.isArray(part[0])) throw new TypeError('no binary part')
    const [path, bytes] = part as [unknown[], unknown]
    if (path.length === 0) whole = bytes
    else placeOf(whole, path).set(bytes)
  }
  return whole
}

interface Place {
  readonly get: () => unknown
  readonly set: (value: unknown) => void
}

function placeOf(data: unknown, path: readonly unknown[]): Place {
  let place = placeIn(data, path[0])
  for (const step of path.slice(1)) place = placeIn(place.get(), step)
  return place
}

/** Only what is there already: a path comes over the wire, and must not lead to a prototype. */
function placeIn(container: unknown, step: unknown): Place {
  if (container instanceof Map) {
    const keys = [...container.keys()]
    if (typeof step === 'number' && step in keys) {
      const key: unknown = keys[step]
      return { get: () => container.get(key), set: (value) => container.set(key, value) }
    }
  } else if (typeof container === 'object' && container !== null) {
    const record = container as Record<string, unknown>
    const name = String(step)
    if (Object.hasOwn(record, name)) {
      return {
        get: () => record[name],
        set(value) {
          record[name] = value
        },
      }
    }
  }
  throw new TypeError('a binary part has no place')
}

function isBinary(value: unknown): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
