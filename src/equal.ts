/**
 * Deep equality of what a cache holds: JSON values, dates, maps, sets, and objects that are one and
 * the same. A set's members, and a map's keys, are compared as they compare them.
 */

export function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (!isObject(a) || !isObject(b)) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime()
  if (a instanceof Map) return b instanceof Map && isEqualMap(a, b)
  if (a instanceof Set) {
    return b instanceof Set && a.size === b.size && [...a].every((each) => b.has(each))
  }
  if (!Array.isArray(a) && !isPlain(a)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  for (const key of keys) {
    if (!Object.hasOwn(b, key) || !isEqual(a[key], b[key])) return false
  }
  return true
}

function isEqualMap(
  a: ReadonlyMap<unknown, unknown>,
  b: ReadonlyMap<unknown, unknown>,
): boolean {
  if (a.size !== b.size) return false
  return [...a].every(([key, each]) => b.has(key) && isEqual(each, b.get(key)))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
