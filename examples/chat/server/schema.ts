/**
 * The tables, as Drizzle sees them; `schema.sql` creates them. The row types made here are the
 * ones that travel: through tRPC, through Socket.IO, into the client's cache. Everything in a
 * row is JSON, so a row looks the same wherever it is read.
 */
import {
  customType,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'

/** A `timestamptz` in the database, an ISO 8601 string in every row. */
const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamptz',
  fromDriver: (value) => new Date(value).toISOString(),
})

export const people = pgTable('person', {
  id: text().primaryKey(),
  name: text().notNull(),
  title: text().notNull(),
})

export const sessions = pgTable('session', {
  id: text().primaryKey(),
  personId: text('person_id').notNull(),
})

export const conversations = pgTable('conversation', {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  title: text().notNull(),
  topic: text().notNull(),
  createdAt: instant('created_at').notNull(),
  /** Counts what has happened to the conversation's messages. */
  revision: integer().notNull().default(0),
})

export const memberships = pgTable(
  'membership',
  {
    conversationId: integer('conversation_id').notNull(),
    personId: text('person_id').notNull(),
    /** The newest message this person has seen here. */
    lastReadId: integer('last_read_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.conversationId, table.personId] }),
    index('membership_by_person').on(table.personId),
  ],
)

export const messages = pgTable(
  'message',
  {
    id: integer().primaryKey().generatedByDefaultAsIdentity(),
    conversationId: integer('conversation_id').notNull(),
    authorId: text('author_id').notNull(),
    /** Chosen by the author's client: a send that is repeated stays one message. */
    nonce: text().notNull(),
    text: text().notNull(),
    createdAt: instant('created_at').notNull(),
    editedAt: instant('edited_at'),
    /** The conversation's revision when this was written, or last edited. */
    revision: integer().notNull(),
  },
  (table) => [
    index('message_by_conversation').on(table.conversationId, table.id),
    uniqueIndex('message_once').on(table.authorId, table.nonce),
  ],
)

export type Person = typeof people.$inferSelect
export type Conversation = typeof conversations.$inferSelect
export type Message = typeof messages.$inferSelect
