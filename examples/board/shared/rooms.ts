/**
 * The rooms. Each carries its tenant in its name, so that `authorize` can tell from the name alone
 * whose it is. The server joins a person's own and the organisation's; boards and posts are asked
 * for by whoever looks at them.
 */
import { defineRoom } from '@iron-stack/sync'

export const userRoom = defineRoom('user:{personId}')
export const orgRoom = defineRoom('org:{orgId}')
export const boardRoom = defineRoom('org:{orgId}:board:{boardId}')
export const postRoom = defineRoom('org:{orgId}:post:{postId}')
