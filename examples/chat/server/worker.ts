/**
 * A process without sockets that says something now and then: `tsx server/worker.ts`, with
 * DATABASE_URL, and REDIS_URL if the nodes have it. Its messages appear as anybody's.
 *
 * Where the log is in the database, the event is written in the message's own transaction: both are
 * there, or neither.
 */
import { randomUUID } from 'node:crypto'
import { createSyncEmitter } from '@iron-stack/sync/server'
import { rules } from '../shared/rules.ts'
import type { ChatEvents } from '../shared/types.ts'
import { inNextRevision } from './conversations.ts'
import { openDatabase } from './database.ts'
import { openLog } from './log.ts'
import { messages } from './schema.ts'

const { DATABASE_URL, REDIS_URL, EVERY_MS = '5000' } = process.env
if (DATABASE_URL === undefined) {
  console.error('Set DATABASE_URL: a worker has no database of its own.')
  process.exit(1)
}

const { db, pool } = await openDatabase({ url: DATABASE_URL })
const { log } = await openLog(REDIS_URL, pool)
if (log === undefined) throw new Error('A worker needs a log that it shares with the nodes.')
const emitter = createSyncEmitter<ChatEvents>({ rules, log })

for (let count = 1; ; count++) {
  await say(`Report ${count}: all is well.`)
  await new Promise((resolve) => setTimeout(resolve, Number(EVERY_MS)))
}

async function say(text: string): Promise<void> {
  const conversationId = 1
  const isInTransaction = log?.takesTransactions === true
  const sent = await inNextRevision(db, { conversationId }, async (tx, revision) => {
    const [message] = await tx
      .insert(messages)
      .values({
        conversationId,
        authorId: 'jonas',
        nonce: randomUUID(),
        text,
        createdAt: new Date().toISOString(),
        revision,
      })
      .returning()
    if (message && isInTransaction) await emitter.broadcast('message:new', message, { tx })
    return message
  })
  if (sent && !isInTransaction) await emitter.broadcast('message:new', sent)
}
