/** Arranges messages for the eye: by day, in groups by author, with a line where the new ones start. */
import type { Message } from '../shared/types.ts'
import { isSameDay } from './format.ts'

const GROUP_GAP_MS = 5 * 60 * 1000

export interface TimelineEntry {
  message: Message
  /** Whether the message is the first of its day. */
  startsDay: boolean
  /** Whether its author has to be named. */
  startsGroup: boolean
  /** Whether it is the first one that the reader has not seen. */
  startsNew: boolean
}

/** @param messages the oldest first */
export function arrange(
  messages: Message[],
  reader: { id: string; lastReadId: number },
): TimelineEntry[] {
  const isNew = ({ id, authorId }: Message) => id > reader.lastReadId && authorId !== reader.id
  const firstNew = messages.find(isNew)
  return messages.map((message, place) => {
    const previous = messages[place - 1]
    const startsDay = !previous || !isSameDay(previous.createdAt, message.createdAt)
    const startsNew = message === firstNew
    return {
      message,
      startsDay,
      startsNew,
      startsGroup: startsDay || startsNew || !belongTogether(previous, message),
    }
  })
}

export function belongTogether(
  a: { authorId: string; createdAt: string },
  b: { authorId: string; createdAt: string },
): boolean {
  return (
    a.authorId === b.authorId &&
    Date.parse(b.createdAt) - Date.parse(a.createdAt) < GROUP_GAP_MS
  )
}
