/** Whatever arrives in the open conversation counts as read, as long as somebody can see it. */
import { useMutation } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { ConversationRow } from '../shared/types.ts'
import { usePageVisible } from './page-visible.ts'
import { trpc } from './trpc.ts'

export function useMarkRead({ id, unread, lastMessage }: ConversationRow): void {
  const { mutate } = useMutation(trpc.conversation.markRead.mutationOptions())
  const isVisible = usePageVisible()
  const newestId = lastMessage?.id
  const hasUnread = unread > 0

  useEffect(() => {
    if (isVisible && hasUnread && newestId) mutate({ conversationId: id, messageId: newestId })
  }, [isVisible, hasUnread, newestId, id, mutate])
}
