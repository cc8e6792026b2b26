/**
 * The sync rules: where each event goes, and what it changes in the cache of those it reaches.
 * The server reads `room`, the client reads `actions`. Start here: this file is all there is of
 * "live" in this application.
 */
import { defineSyncRules, removeItem, updateItem, upsertItem } from '@iron-stack/sync'
import { withDeleted, withEdited, withNew, withRead } from './conversation-row.ts'
import { byActivity, byName, newestFirst } from './order.ts'
import { conversationRoom, userRoom } from './rooms.ts'
import type { ChatEvents, ConversationRow } from './types.ts'

const conversationList = ['conversation', 'list']
const memberList = ['member', 'list']
const messageList = ['message', 'list']

/** What all rules about the list of conversations say of it: it is whole, and in this order. */
const conversations = {
  eventId: (event: { conversationId: number }) => event.conversationId,
  // An event that a response knows already is one that the row has counted.
  version: (row: ConversationRow) => row.revision,
  compare: byActivity,
  limit: Infinity,
}

export const rules = defineSyncRules<ChatEvents>({
  'message:new': {
    room: conversationRoom,
    actions: [
      {
        procedure: messageList,
        action: 'direct',
        infinite: true,
        match: 'conversationId',
        updater: upsertItem({ compare: newestFirst, version: ({ revision }) => revision }),
      },
      {
        procedure: conversationList,
        action: 'direct',
        updater: updateItem({ ...conversations, change: withNew }),
      },
    ],
  },

  'message:edited': {
    room: conversationRoom,
    actions: [
      {
        procedure: messageList,
        action: 'direct',
        infinite: true,
        match: 'conversationId',
        updater: updateItem({ version: ({ revision }) => revision }),
      },
      {
        procedure: conversationList,
        action: 'direct',
        updater: updateItem({ ...conversations, change: withEdited }),
      },
    ],
  },

  'message:deleted': {
    room: conversationRoom,
    actions: [
      {
        procedure: messageList,
        action: 'direct',
        infinite: true,
        match: 'conversationId',
        updater: removeItem(),
      },
      {
        procedure: conversationList,
        action: 'direct',
        updater: updateItem({ ...conversations, change: withDeleted }),
      },
    ],
  },

  'member:joined': {
    room: conversationRoom,
    actions: [
      {
        procedure: memberList,
        action: 'direct',
        match: 'conversationId',
        updater: upsertItem({
          item: ({ person }) => person,
          compare: byName,
          limit: Infinity,
        }),
      },
    ],
  },

  'member:left': {
    room: conversationRoom,
    actions: [
      {
        procedure: memberList,
        action: 'direct',
        match: 'conversationId',
        updater: removeItem({ eventId: ({ personId }) => personId }),
      },
    ],
  },

  'conversation:added': {
    room: ({ personIds }) => personIds.map((personId) => userRoom({ personId })),
    actions: [
      {
        procedure: conversationList,
        action: 'direct',
        updater: upsertItem({
          item: ({ conversation }) => conversation,
          version: ({ revision }) => revision,
          compare: byActivity,
          limit: Infinity,
        }),
      },
    ],
  },

  'conversation:removed': {
    room: userRoom,
    actions: [
      {
        procedure: conversationList,
        action: 'direct',
        updater: removeItem({ eventId: ({ conversationId }) => conversationId }),
      },
      { procedure: messageList, action: 'remove', match: 'conversationId' },
      { procedure: memberList, action: 'remove', match: 'conversationId' },
    ],
  },

  'conversation:read': {
    room: userRoom,
    actions: [
      {
        procedure: conversationList,
        action: 'direct',
        updater: updateItem({
          ...conversations,
          version: ({ lastReadId }) => lastReadId,
          change: withRead,
        }),
      },
    ],
  },
})
