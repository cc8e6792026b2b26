/**
 * The sync rules: where each event goes, and what it changes in the cache of those it reaches.
 * The server reads `room`, the client reads `actions`. Start here: this file is all there is of
 * "live" in this application.
 */
import { defineEntityRules, defineSyncRules, mergeSyncRules } from '@iron-stack/sync'
import type { AppRouter } from '../server/router.ts'
import { byPost, lastClosedFirst, oldestFirst, postOrder } from './order.ts'
import { boardRoom, orgRoom, postRoom, userRoom } from './rooms.ts'
import type { OtherEvents, Person, Post } from './types.ts'
import { withCount } from './with-count.ts'

/** `post:created`, `post:updated`, `post:deleted`: rows move between the lists as they change. */
const postRules = defineEntityRules<Post, AppRouter, Person['id']>()('post', {
  room: boardRoom.template,
  version: ({ version }) => version,
  lists: [
    {
      procedure: ['post', 'list'],
      infinite: true,
      match: { orgId: 'orgId', boardId: 'boardId' },
      where: (post, { status }) => status === undefined || post.status === status,
      compare: (a, b, { sort }) => postOrder[sort](a, b),
    },
    {
      procedure: ['post', 'recentlyClosed'],
      match: { orgId: 'orgId', boardId: 'boardId' },
      where: ({ status }) => status === 'closed',
      compare: lastClosedFirst,
    },
  ],
  detail: {
    procedure: ['post', 'byId'],
    match: { orgId: 'orgId', boardId: 'boardId', postId: 'id' },
  },
})

const otherRules = defineSyncRules<OtherEvents, AppRouter, Person['id']>()({
  'board:changed': {
    room: orgRoom,
    actions: [
      {
        procedure: ['board', 'list'],
        action: 'direct',
        match: 'orgId',
        updater: { update: { version: ({ version }) => version } },
      },
    ],
  },

  'post:commented': {
    room: boardRoom,
    actions: [
      {
        procedure: ['post', 'list'],
        action: 'direct',
        infinite: true,
        match: { orgId: 'orgId', boardId: 'boardId' },
        updater: { update: { version: ({ version }) => version, change: withCount } },
      },
      {
        procedure: ['post', 'recentlyClosed'],
        action: 'direct',
        match: { orgId: 'orgId', boardId: 'boardId' },
        updater: { update: { version: ({ version }) => version, change: withCount } },
      },
      {
        procedure: ['post', 'byId'],
        action: 'direct',
        match: { orgId: 'orgId', boardId: 'boardId', postId: 'id' },
        updater: (post, commented) =>
          commented.version > post.version ? withCount(post, commented) : post,
      },
    ],
  },

  'comment:created': {
    room: postRoom,
    actions: [
      {
        procedure: ['comment', 'list'],
        action: 'direct',
        match: { orgId: 'orgId', postId: 'postId' },
        updater: { upsert: { compare: oldestFirst, limit: Infinity } },
      },
    ],
  },

  'text:edited': {
    room: postRoom,
    actions: [
      {
        procedure: ['post', 'text'],
        action: 'direct',
        match: { orgId: 'orgId', postId: 'postId' },
        updater: (old, text) => (text.version > old.version ? text : old),
      },
    ],
  },

  // Not worth remembering: kept in no log, sent to who is there. Components listen.
  'post:watched': { room: postRoom, volatile: true, actions: [] },
  'post:typing': { room: postRoom, volatile: true, actions: [] },

  'vote:cast': {
    room: userRoom,
    actions: [
      {
        procedure: ['vote', 'mine'],
        action: 'direct',
        match: { orgId: 'orgId', boardId: 'boardId' },
        updater: { upsert: { id: ({ postId }) => postId, compare: byPost, limit: Infinity } },
      },
    ],
  },

  'vote:withdrawn': {
    room: userRoom,
    actions: [
      {
        procedure: ['vote', 'mine'],
        action: 'direct',
        match: { orgId: 'orgId', boardId: 'boardId' },
        updater: { remove: { id: ({ postId }) => postId, eventId: ({ postId }) => postId } },
      },
    ],
  },
})

export const rules = mergeSyncRules(postRules, otherRules)
