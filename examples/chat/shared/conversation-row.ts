/**
 * What an event makes of its conversation's row in somebody's list.
 *
 * A row says which `revision` of its conversation it shows, so a rule can tell whether the row
 * has counted an event: these functions are only asked where it has not. They count on without
 * asking what was there before.
 */
import type { ChatEvents, ConversationRow, Message, Person } from './types.ts'

/** Whose list the row is in. */
interface Reader {
  readonly viewer: Person['id']
}

/** A new message is the last one now, and one more to read, unless the viewer wrote it. */
export function withNew(
  row: ConversationRow,
  message: Message,
  reader: Reader,
): ConversationRow {
  const unread = row.unread + (isUnread(message, row, reader) ? 1 : 0)
  return { ...row, revision: message.revision, lastMessage: message, unread }
}

export function withEdited(row: ConversationRow, message: Message): ConversationRow {
  const isLast = row.lastMessage?.id === message.id
  const lastMessage = isLast ? message : row.lastMessage
  return { ...row, revision: message.revision, lastMessage }
}

/** Nobody needs to read a deleted message any more, and it is no longer the last one. */
export function withDeleted(
  row: ConversationRow,
  deleted: ChatEvents['message:deleted'],
  reader: Reader,
): ConversationRow {
  const { revision, lastMessage } = deleted
  const unread = row.unread - (isUnread(deleted, row, reader) ? 1 : 0)
  return { ...row, revision, lastMessage, unread }
}

export function withRead(
  row: ConversationRow,
  { lastReadId, unread }: ChatEvents['conversation:read'],
): ConversationRow {
  return { ...row, lastReadId, unread }
}

function isUnread(
  { id, authorId }: { id: number; authorId: string },
  { lastReadId }: ConversationRow,
  { viewer }: Reader,
): boolean {
  return authorId !== viewer && id > lastReadId
}
