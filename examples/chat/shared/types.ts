/**
 * What server and client say to each other. Rows come from the database's schema; the events
 * that carry them are listed here once, for the rules, the server and every page.
 */
import type { Conversation, Message, Person } from '../server/schema.ts'

export type { Message, Person }

/** A conversation as one of its members sees it in the list. */
export interface ConversationRow extends Conversation {
  lastMessage: Message | null
  /** The newest message this member has seen. */
  lastReadId: number
  /** How many newer ones others have written. */
  unread: number
}

/** Newest first; `nextCursor` asks for the older ones. */
export interface MessagePage {
  items: Message[]
  nextCursor: number | null
}

export interface ChatEvents {
  'message:new': Message
  'message:edited': Message
  'message:deleted': {
    id: number
    conversationId: number
    authorId: string
    /** The conversation's revision without the message. */
    revision: number
    /** What is now the last message, so that nobody needs to ask. */
    lastMessage: Message | null
  }
  'member:joined': { conversationId: number; person: Person }
  'member:left': { conversationId: number; personId: string }
  /** To the people whose conversation it now is: founded with them, or they were added. */
  'conversation:added': { personIds: string[]; conversation: ConversationRow }
  /** To the person whose conversation it no longer is. */
  'conversation:removed': { personId: string; conversationId: number }
  /** To all windows of the person who has read. */
  'conversation:read': {
    personId: string
    conversationId: number
    lastReadId: number
    unread: number
  }
}
