/**
 * The sync rules: where each event goes, and what it changes in the cache of those it reaches.
 * The server reads `room`, the client reads `actions`. Start here: this file is all there is of
 * "live" in this application.
 */
import { defineSyncRules } from '@iron-stack/sync'
import type { AppRouter } from '../server/router.ts'
import { withDeleted, withEdited, withNew, withRead } from './conversation-row.ts'
import { byActivity, byName, newestFirst } from './order.ts'
import { conversationRoom, userRoom } from './rooms.ts'
import type { ChatEvents, Person } from './types.ts'

export const rules = defineSyncRules<ChatEvents, AppRouter, Person['id']>()({
  'message:new': {
    room: conversationRoom,
    actions: [
      {
        procedure: ['message', 'list'],
        action: 'direct',
        infinite: true,
        match: 'conversationId',
        updater: { upsert: { compare: newestFirst, version: ({ revision }) => revision } },
      },
      {
        procedure: ['conversation', 'list'],
        action: 'direct',
        updater: {
          update: {
            eventId: ({ conversationId }) => conversationId,
            version: ({ revision }) => revision,
            compare: byActivity,
            limit: Infinity,
            change: withNew,
          },
        },
      },
    ],
  },

  'message:edited': {
    room: conversationRoom,
    actions: [
      {
        procedure: ['message', 'list'],
        action: 'direct',
        infinite: true,
        match: 'conversationId',
        updater: { update: { version: ({ revision }) => revision } },
      },
      {
        procedure: ['conversation', 'list'],
        action: 'direct',
        updater: {
          update: {
            eventId: ({ conversationId }) => conversationId,
            version: ({ revision }) => revision,
            change: withEdited,
          },
        },
      },
    ],
  },

  'message:deleted': {
    room: conversationRoom,
    actions: [
      {
        procedure: ['message', 'list'],
        action: 'direct',
        infinite: true,
        match: 'conversationId',
        updater: { remove: {} },
      },
      {
        procedure: ['conversation', 'list'],
        action: 'direct',
        updater: {
          update: {
            eventId: ({ conversationId }) => conversationId,
            version: ({ revision }) => revision,
            compare: byActivity,
            limit: Infinity,
            change: withDeleted,
          },
        },
      },
    ],
  },

  'member:joined': {
    room: conversationRoom,
    actions: [
      {
        procedure: ['member', 'list'],
        action: 'direct',
        match: 'conversationId',
        updater: {
          upsert: { item: ({ person }) => person, compare: byName, limit: Infinity },
        },
      },
    ],
  },

  'member:left': {
    room: conversationRoom,
    actions: [
      {
        procedure: ['member', 'list'],
        action: 'direct',
        match: 'conversationId',
        updater: { remove: { eventId: ({ personId }) => personId } },
      },
    ],
  },

  'conversation:added': {
    room: ({ personIds }) => personIds.map((personId) => userRoom({ personId })),
    actions: [
      {
        procedure: ['conversation', 'list'],
        action: 'direct',
        updater: {
          upsert: {
            item: ({ conversation }) => conversation,
            version: ({ revision }) => revision,
            compare: byActivity,
            limit: Infinity,
          },
        },
      },
    ],
  },

  'conversation:removed': {
    room: userRoom,
    actions: [
      {
        procedure: ['conversation', 'list'],
        action: 'direct',
        updater: { remove: { eventId: ({ conversationId }) => conversationId } },
      },
      { procedure: ['message', 'list'], action: 'remove', match: 'conversationId' },
      { procedure: ['member', 'list'], action: 'remove', match: 'conversationId' },
    ],
  },

  'conversation:read': {
    room: userRoom,
    actions: [
      {
        procedure: ['conversation', 'list'],
        action: 'direct',
        updater: {
          update: {
            eventId: ({ conversationId }) => conversationId,
            version: ({ lastReadId }) => lastReadId,
            change: withRead,
          },
        },
      },
    ],
  },
})
