/** A moment: how long ago it was, and exactly when, for whoever points at it. */
import { formatAgo, formatDate } from './format.ts'

export function Time({ at }: { at: Date }) {
  return (
    <time dateTime={at.toISOString()} title={formatDate(at)}>
      {formatAgo(at)}
    </time>
  )
}
