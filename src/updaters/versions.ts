/** Which of two versions of a row is the newer, as far as they tell. */

/**
 * What orders two versions of one row. Text of digits alone counts as the number that a database wrote
 * so; a date may meet its own ISO text.
 */
export type Version = number | string | bigint | Date

/** Whether `a` is newer than `b`; undefined where nothing tells, as where one is missing. */
export function isNewerVersion(a: Version, b: Version): boolean | undefined {
  // The usual ones first: this is asked of each event.
  if (typeof a === 'number' && typeof b === 'number') return exceeds(a, b)
  if (typeof a === 'string' && typeof b === 'string') return isNewerText(a, b)
  // Rows may lack what their types promise.
  if ((a ?? undefined) === undefined || (b ?? undefined) === undefined) return undefined
  const isDated = a instanceof Date || b instanceof Date
  return isDated ? exceeds(timeOf(a), timeOf(b)) : exceeds(a, b)
}

function exceeds(a: Version, b: Version): boolean | undefined {
  if (a > b) return true
  return a <= b ? false : undefined
}

const DIGITS = /^\d+$/

function isNewerText(a: string, b: string): boolean {
  if (!DIGITS.test(a) || !DIGITS.test(b)) return a > b
  const [one, other] = [withoutZeros(a), withoutZeros(b)]
  // They may be too long for a number.
  return one.length === other.length ? one > other : one.length > other.length
}

const withoutZeros = (digits: string): string => digits.replace(/^0+/, '')

function timeOf(version: Version): number {
  if (typeof version !== 'string') return Number(version)
  return DIGITS.test(version) ? Number(version) : Date.parse(version)
}
