/**
 * The tables, as Drizzle sees them; `schema.sql` creates them. The row types made here are the
 * ones that travel: through tRPC, through Socket.IO, into the client's cache. Dates are dates all
 * the way: superjson takes them along.
 */
import { integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'

/** To the millisecond, as JavaScript counts: a cursor must compare equal to what it was read from. */
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

export const orgs = pgTable('org', {
  id: text().primaryKey(),
  name: text().notNull(),
  line: text().notNull(),
})

export const people = pgTable('person', {
  id: text().primaryKey(),
  orgId: text('org_id').notNull(),
  name: text().notNull(),
  title: text().notNull(),
})

export const sessions = pgTable('session', {
  id: text().primaryKey(),
  personId: text('person_id').notNull(),
})

export const boards = pgTable('board', {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  orgId: text('org_id').notNull(),
  name: text().notNull(),
  about: text().notNull(),
  openCount: integer('open_count').notNull().default(0),
  closedCount: integer('closed_count').notNull().default(0),
  version: integer().notNull().default(1),
})

export const posts = pgTable('post', {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  orgId: text('org_id').notNull(),
  boardId: integer('board_id').notNull(),
  authorId: text('author_id').notNull(),
  title: text().notNull(),
  status: text({ enum: ['open', 'closed'] }).notNull(),
  votes: integer().notNull().default(0),
  commentCount: integer('comment_count').notNull().default(0),
  createdAt: instant('created_at').notNull(),
  closedAt: instant('closed_at'),
  /** One more with each change: tells a newer row from an older one, wherever they meet. */
  version: integer().notNull().default(1),
})

/** What a post says, beyond its title: only read where the post is open. */
export const postTexts = pgTable('post_text', {
  postId: integer('post_id').primaryKey(),
  orgId: text('org_id').notNull(),
  body: text().notNull(),
  version: integer().notNull().default(1),
})

export const comments = pgTable('comment', {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  orgId: text('org_id').notNull(),
  postId: integer('post_id').notNull(),
  authorId: text('author_id').notNull(),
  body: text().notNull(),
  createdAt: instant('created_at').notNull(),
})

export const votes = pgTable(
  'vote',
  {
    postId: integer('post_id').notNull(),
    personId: text('person_id').notNull(),
    orgId: text('org_id').notNull(),
    boardId: integer('board_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.personId, table.postId] })],
)

export type Org = typeof orgs.$inferSelect
export type Person = typeof people.$inferSelect
export type Board = typeof boards.$inferSelect
export type Post = typeof posts.$inferSelect
export type PostText = typeof postTexts.$inferSelect
export type Comment = typeof comments.$inferSelect
export type Vote = typeof votes.$inferSelect
