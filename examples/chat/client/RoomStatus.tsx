/** How a conversation's room stands, where that is worth a word. */
import { useRoom, type RoomStatus as Status } from '@iron-stack/sync/client'
import { conversationRoom } from '../shared/rooms.ts'

const WORDS: Partial<Record<Status, string>> = {
  joining: 'joining…',
  'catching-up': 'catching up…',
  offline: 'not live at the moment',
  refused: 'not yours to see',
  revoked: 'you are no longer in this conversation',
}

export function RoomStatus({ conversationId }: { conversationId: number }) {
  const { status } = useRoom(conversationRoom({ conversationId }))
  return <small className="room-status">{WORDS[status] ?? ''}</small>
}
