/** What the routers and the sockets ask about conversations. */
import { and, count, desc, eq, getTableColumns, gt, ne, sql } from 'drizzle-orm'
import { byActivity } from '../shared/order.ts'
import type { ConversationRow, Message } from '../shared/types.ts'
import type { Database } from './database.ts'
import { conversations, memberships, messages } from './schema.ts'

/** A person's conversations, the liveliest first, or the one of them that is asked for. */
export async function listConversations(
  db: Database,
  personId: string,
  conversationId?: number,
): Promise<ConversationRow[]> {
  const last = db
    .select()
    .from(messages)
    .where(eq(messages.conversationId, memberships.conversationId))
    .orderBy(desc(messages.id))
    .limit(1)
    .as('last')
  const unread = db
    .select({ count: count().as('count') })
    .from(messages)
    .where(
      and(
        eq(messages.conversationId, memberships.conversationId),
        gt(messages.id, memberships.lastReadId),
        ne(messages.authorId, memberships.personId),
      ),
    )
    .as('unread')
  const found = await db
    .select({
      ...getTableColumns(conversations),
      lastReadId: memberships.lastReadId,
      unread: unread.count,
      lastMessage: {
        id: last.id,
        conversationId: last.conversationId,
        authorId: last.authorId,
        nonce: last.nonce,
        text: last.text,
        createdAt: last.createdAt,
        editedAt: last.editedAt,
        revision: last.revision,
      },
    })
    .from(memberships)
    .innerJoin(conversations, eq(conversations.id, memberships.conversationId))
    .innerJoinLateral(unread, sql`true`)
    .leftJoinLateral(last, sql`true`)
    .where(
      and(
        eq(memberships.personId, personId),
        conversationId ? eq(conversations.id, conversationId) : undefined,
      ),
    )
  return found.toSorted(byActivity)
}

export async function listConversationIds(db: Database, personId: string): Promise<number[]> {
  const found = await db
    .select({ id: memberships.conversationId })
    .from(memberships)
    .where(eq(memberships.personId, personId))
  return found.map(({ id }) => id)
}

/**
 * Changes a conversation's messages, in a transaction of its own. The conversation is locked until
 * it ends, so revisions are committed in the order of their numbers. `change` resolves to nothing
 * where it had nothing to do; the revision is then skipped.
 */
export function inNextRevision<Result>(
  db: Database,
  { conversationId }: { conversationId: number },
  change: (tx: Database, revision: number) => Promise<Result>,
): Promise<Result> {
  return db.transaction(async (tx) => {
    const [next] = await tx
      .update(conversations)
      .set({ revision: sql`${conversations.revision} + 1` })
      .where(eq(conversations.id, conversationId))
      .returning({ revision: conversations.revision })
    if (!next) throw new Error(`There is no conversation ${conversationId}.`)
    return change(tx, next.revision)
  })
}

export async function findLastMessage(
  db: Database,
  conversationId: number,
): Promise<Message | null> {
  const [last] = await db
    .select()
    .from(messages)
    .where(eq(messages.conversationId, conversationId))
    .orderBy(desc(messages.id))
    .limit(1)
  return last ?? null
}
