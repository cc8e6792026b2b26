/**
 * The sync rules: where each event goes, and what it changes in the cache of those it reaches.
 * The server reads `room`, the client reads `actions`. Start here: this file is all there is of
 * "live" in this application.
 */
import { defineSyncRules, prependToFirstPage } from '@iron-stack/sync'
import type { InfiniteData } from '@tanstack/react-query'
import {
  addConversation,
  byName,
  changeConversation,
  changeItems,
  countUnread,
  forgetDeleted,
  removeById,
  replaceById,
} from './updaters.ts'
import { conversationRoom, userRoom } from './rooms.ts'
import type { ChatEvents, ConversationRow, MessagePage, Person } from './types.ts'

const conversationList = ['conversation', 'list']
const memberList = ['member', 'list']
const messageList = ['message', 'list']

const ofConversation = (
  event: { conversationId: number },
  input: Record<string, unknown> | undefined,
) => input?.['conversationId'] === event.conversationId

export const rules = defineSyncRules<ChatEvents>({
  'message:new': {
    room: (message) => conversationRoom(message.conversationId),
    actions: [
      {
        procedure: messageList,
        action: 'direct',
        infinite: true,
        match: ofConversation,
        updater: (old, message) => prependToFirstPage(old, message),
      },
      {
        procedure: conversationList,
        action: 'direct',
        updater: (old: ConversationRow[], message, { viewer }) =>
          changeConversation(old, message.conversationId, (row) =>
            countUnread(row, message, viewer),
          ),
      },
    ],
  },

  'message:edited': {
    room: (message) => conversationRoom(message.conversationId),
    actions: [
      {
        procedure: messageList,
        action: 'direct',
        infinite: true,
        match: ofConversation,
        updater: (old: InfiniteData<MessagePage>, message) =>
          changeItems(old, (items) => replaceById(items, message)),
      },
      {
        procedure: conversationList,
        action: 'direct',
        updater: (old: ConversationRow[], message) =>
          changeConversation(old, message.conversationId, (row) =>
            row.lastMessage?.id === message.id ? { ...row, lastMessage: message } : row,
          ),
      },
    ],
  },

  'message:deleted': {
    room: ({ message }) => conversationRoom(message.conversationId),
    actions: [
      {
        procedure: messageList,
        action: 'direct',
        infinite: true,
        match: ({ message }, input) => ofConversation(message, input),
        updater: (old: InfiniteData<MessagePage>, { message }) =>
          changeItems(old, (items) => removeById(items, message.id)),
      },
      {
        procedure: conversationList,
        action: 'direct',
        updater: (old: ConversationRow[], event, { viewer }) =>
          changeConversation(old, event.message.conversationId, (row) =>
            forgetDeleted(row, event, viewer),
          ),
      },
    ],
  },

  'member:joined': {
    room: ({ conversationId }) => conversationRoom(conversationId),
    actions: [
      {
        procedure: memberList,
        action: 'direct',
        match: ofConversation,
        updater: (old: Person[], { person }) =>
          [...removeById(old, person.id), person].toSorted(byName),
      },
    ],
  },

  'member:left': {
    room: ({ conversationId }) => conversationRoom(conversationId),
    actions: [
      {
        procedure: memberList,
        action: 'direct',
        match: ofConversation,
        updater: (old: Person[], { personId }) => removeById(old, personId),
      },
    ],
  },

  'conversation:added': {
    room: ({ personIds }) => personIds.map(userRoom),
    actions: [
      {
        procedure: conversationList,
        action: 'direct',
        updater: (old: ConversationRow[], { conversation }) =>
          addConversation(old, conversation),
      },
    ],
  },

  'conversation:removed': {
    room: ({ personId }) => userRoom(personId),
    actions: [
      {
        procedure: conversationList,
        action: 'direct',
        updater: (old: ConversationRow[], { conversationId }) =>
          removeById(old, conversationId),
      },
      { procedure: messageList, action: 'remove', match: ofConversation },
      { procedure: memberList, action: 'remove', match: ofConversation },
    ],
  },

  'conversation:read': {
    room: ({ personId }) => userRoom(personId),
    actions: [
      {
        procedure: conversationList,
        action: 'direct',
        updater: (old: ConversationRow[], { conversationId, lastReadId, unread }) =>
          changeConversation(old, conversationId, (row) =>
            row.lastReadId < lastReadId ? { ...row, lastReadId, unread } : row,
          ),
      },
    ],
  },
})
