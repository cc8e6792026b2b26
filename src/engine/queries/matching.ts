/**
 * Declared matches: which fields of an input equal which fields of an event.
 *
 * Both sides are reduced to one value each, equal exactly where all the fields are; queries are
 * filed under theirs, and an event looks its own up.
 */

import { nameText, readPath } from '../../room.ts'

/** One value for all fields together; undefined where one of them is. */
export function fieldsValue(source: unknown, paths: readonly string[]): unknown {
  const [first, second] = paths
  if (second === undefined && first !== undefined) return comparable(readPath(source, first))
  const values = paths.map((path) => readPath(source, path))
  return values.includes(undefined) ? undefined : comparable(values)
}

/** All fields as a room's name would write them; undefined where one could not stand in a name. */
export function fieldsText(source: unknown, paths: readonly string[]): string | undefined {
  const texts = paths.map((path) => nameText(readPath(source, path)))
  return texts.includes(undefined) ? undefined : texts.join('\u0000')
}

/** Primitives are their own key; what holds several is compared by content. */
function comparable(value: unknown): unknown {
  // No string of an application starts with this character, so content never equals a string.
  return typeof value === 'object' && value !== null
    ? `\u0000${JSON.stringify(value, withBigints)}`
    : value
}

/** JSON has none. */
function withBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `\u0000${value}` : value
}
