/**
 * How the cached lists change: pure functions from what a list is to what it will be. Each returns
 * the very list it was given where there is nothing to do, and applying one twice does no harm.
 */
import type { InfiniteData } from '@tanstack/react-query'
import type { ChatEvents, ConversationRow, Message, MessagePage, Person } from './types.ts'

export function replaceById<Row extends { id: unknown }>(rows: Row[], next: Row): Row[] {
  return rows.some((row) => row.id === next.id)
    ? rows.map((row) => (row.id === next.id ? next : row))
    : rows
}

export function removeById<Row extends { id: unknown }>(rows: Row[], id: Row['id']): Row[] {
  return rows.some((row) => row.id === id) ? rows.filter((row) => row.id !== id) : rows
}

/** Changes the items of those pages of an infinite list that the change concerns. */
export function changeItems(
  old: InfiniteData<MessagePage>,
  change: (items: Message[]) => Message[],
): InfiniteData<MessagePage> {
  let changed = false
  const pages = old.pages.map((page) => {
    const items = change(page.items)
    if (items === page.items) return page
    changed = true
    return { ...page, items }
  })
  return changed ? { ...old, pages } : old
}

/** Changes one conversation of the list, and puts the list in order again. */
export function changeConversation(
  rows: ConversationRow[],
  id: number,
  change: (row: ConversationRow) => ConversationRow,
): ConversationRow[] {
  const row = rows.find((row) => row.id === id)
  const next = row && change(row)
  return next === row || !next ? rows : replaceById(rows, next).toSorted(byActivity)
}

export function addConversation(
  rows: ConversationRow[],
  added: ConversationRow,
): ConversationRow[] {
  return [added, ...removeById(rows, added.id)].toSorted(byActivity)
}

/** A new message: the last one now, and one more to read, unless the viewer wrote it. */
export function countUnread(
  row: ConversationRow,
  message: Message,
  viewer: unknown,
): ConversationRow {
  if (row.lastMessage && row.lastMessage.id >= message.id) return row
  const isUnread = message.authorId !== viewer && message.id > row.lastReadId
  return { ...row, lastMessage: message, unread: row.unread + (isUnread ? 1 : 0) }
}

/** A deleted message: nobody needs to read it any more, and it is no longer the last one. */
export function forgetDeleted(
  row: ConversationRow,
  { message, lastMessage }: ChatEvents['message:deleted'],
  viewer: unknown,
): ConversationRow {
  const wasUnread = message.authorId !== viewer && message.id > row.lastReadId
  const wasLast = row.lastMessage?.id === message.id
  if (!wasUnread && !wasLast) return row
  return {
    ...row,
    lastMessage: wasLast ? lastMessage : row.lastMessage,
    unread: Math.max(0, row.unread - (wasUnread ? 1 : 0)),
  }
}

/** The conversation in which something was last said comes first. */
export function byActivity(a: ConversationRow, b: ConversationRow): number {
  return activityOf(b).localeCompare(activityOf(a))
}

export function byName(a: Person, b: Person): number {
  return a.name.localeCompare(b.name)
}

function activityOf({ lastMessage, createdAt }: ConversationRow): string {
  return lastMessage?.createdAt ?? createdAt
}
