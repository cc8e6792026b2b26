/** Copies of data, to see what a function makes of it. */

/** A copy of plain objects, arrays and dates, all through. Other objects stay what they are. */
export function copy<Value>(value: Value): Value {
  return copyWith(value, itself) as Value
}

/** What data holds, as plain objects: of class instances, maps and sets only their contents. */
export function contentOf(value: unknown): unknown {
  return copyWith(value, contentOfInstance)
}

const itself = (value: object): object => value

function contentOfInstance(value: object): unknown {
  return contentOf(value instanceof Map || value instanceof Set ? [...value] : { ...value })
}

/** Data is a tree; something deeper is no data. */
const DEPTH = 30

function copyWith(value: unknown, other: (value: object) => unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > DEPTH) return value
  if (Array.isArray(value)) return value.map((each) => copyWith(each, other, depth + 1))
  if (value instanceof Date) return new Date(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return other(value)
  const result: Record<string, unknown> = {}
  for (const [name, each] of Object.entries(value)) {
    result[name] = copyWith(each, other, depth + 1)
  }
  return result
}

/** Freezes data all through. */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const each of Object.values(value)) freeze(each)
  return value
}

/** The path to the first place where two contents differ, as it would be written behind a name. */
export function differenceIn(a: unknown, b: unknown): string | undefined {
  if (Object.is(a, b)) return undefined
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return ''
  if (a instanceof Date || b instanceof Date) return Number(a) === Number(b) ? undefined : ''
  const isArray = Array.isArray(a)
  if (isArray && Array.isArray(b) && a.length !== b.length) return '.length'
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const inside = differenceIn(a[name], b[name])
    if (inside !== undefined) return (isArray ? `[${name}]` : `.${name}`) + inside
  }
  return undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
