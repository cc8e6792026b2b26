/** Days and times, as people say them. */
const DAY_MS = 24 * 60 * 60 * 1000

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'long' })
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const fullDate = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
})

export function formatTime(instant: string): string {
  return clock.format(new Date(instant))
}

/** For a line between two days. */
export function formatDay(instant: string, now: number = Date.now()): string {
  const daysAgo = countDaysAgo(instant, now)
  if (daysAgo === 0) return 'Today'
  return daysAgo === 1 ? 'Yesterday' : fullDate.format(new Date(instant))
}

/** For a narrow column: as short as it can be. */
export function formatWhen(instant: string, now: number = Date.now()): string {
  const daysAgo = countDaysAgo(instant, now)
  if (daysAgo === 0) return formatTime(instant)
  if (daysAgo === 1) return 'Yesterday'
  return (daysAgo < 7 ? weekday : date).format(new Date(instant))
}

export function isSameDay(a: string, b: string): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString()
}

function countDaysAgo(instant: string, now: number): number {
  // Rounded, because a day may have 23 or 25 hours.
  return Math.round((startOfDay(now) - startOfDay(instant)) / DAY_MS)
}

function startOfDay(time: number | string): number {
  return new Date(time).setHours(0, 0, 0, 0)
}
