/** The two kinds of rooms. A socket is in its user's room by itself. */
import { defineRoom } from '@iron-stack/sync'

export const conversationRoom = defineRoom('conversation:{conversationId}')
export const userRoom = defineRoom('user:{personId}')
