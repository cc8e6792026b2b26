/** In which order the lists are: the same when the server reads them and when an event changes them. */
import type { ConversationRow, Message, Person } from './types.ts'

export function newestFirst(a: Message, b: Message): number {
  return b.id - a.id
}

/** The conversation in which something was last said comes first. */
export function byActivity(a: ConversationRow, b: ConversationRow): number {
  return compare(activityOf(b), activityOf(a)) || b.id - a.id
}

export function byName(a: Person, b: Person): number {
  return compare(a.name, b.name) || compare(a.id, b.id)
}

function activityOf({ lastMessage, createdAt }: ConversationRow): string {
  return lastMessage?.createdAt ?? createdAt
}

/** By code unit: the same in every browser and on every server, which `localeCompare` is not. */
function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
