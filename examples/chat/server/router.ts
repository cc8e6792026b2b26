/** The whole API in one glance. */
import { conversationRouter } from './routers/conversation.ts'
import { memberRouter } from './routers/member.ts'
import { messageRouter } from './routers/message.ts'
import { personRouter } from './routers/person.ts'
import { router } from './trpc.ts'

export const appRouter = router({
  person: personRouter,
  conversation: conversationRouter,
  member: memberRouter,
  message: messageRouter,
})

export type AppRouter = typeof appRouter
