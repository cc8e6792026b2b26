/** Times and numbers, as people say them. */
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const number = new Intl.NumberFormat('en')
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const fullDate = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short' })

export function formatCount(count: number): string {
  return number.format(count)
}

/** For a narrow column: as short as it can be. */
export function formatAgo(instant: Date, now: number = Date.now()): string {
  const age = now - instant.getTime()
  if (age < MINUTE_MS) return 'just now'
  if (age < HOUR_MS) return `${Math.floor(age / MINUTE_MS)} min ago`
  if (age < DAY_MS) return `${Math.floor(age / HOUR_MS)} h ago`
  if (age < 14 * DAY_MS) return `${Math.floor(age / DAY_MS)} d ago`
  return date.format(instant)
}

export function formatDate(instant: Date): string {
  return fullDate.format(instant)
}

/** `Ada`, `Ada and Ben`, `Ada, Ben and Cy`. */
export function listNames(names: readonly string[]): string {
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}
