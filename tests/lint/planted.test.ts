/**
 * The examples' rules, clean; and each fault that the linter knows, planted in the chat's: found
 * where it is, and nothing else.
 */

import { defineSyncRules, type SyncRule } from '@iron-stack/sync'
import { checkSyncRules, type Finding } from '@iron-stack/sync/lint'
import { describe, expect, test } from 'vitest'
import { appRouter as boardRouter } from '../../examples/board/server/router.ts'
import { boardRoom, orgRoom, postRoom } from '../../examples/board/shared/rooms.ts'
import { rules as board } from '../../examples/board/shared/rules.ts'
import { appRouter } from '../../examples/chat/server/router.ts'
import { rules as chat } from '../../examples/chat/shared/rules.ts'
import type { ChatEvents } from '../../examples/chat/shared/types.ts'
import { rules as minimal } from '../../examples/minimal/rules.ts'
import type { Row } from './support/codes.ts'

const options = {
  router: appRouter,
  joinableRooms: ['conversation:{conversationId}'],
  verbose: true,
} as const

describe('the rules of the examples are clean', () => {
  test('the chat', async () => {
    expect(await checkSyncRules(chat, options)).toEqual([])
  })

  test('the chat, whatever is made up', async () => {
    for (const seed of [2, 3, 4, 5, 6]) {
      expect(await checkSyncRules(chat, { ...options, seed })).toEqual([])
    }
  })

  test('the board, whatever is made up', async () => {
    const joinableRooms = [orgRoom, boardRoom, postRoom]
    for (const seed of [1, 2, 3]) {
      const options = { router: boardRouter, joinableRooms, verbose: true, seed }
      expect(await checkSyncRules(board, options)).toEqual([])
    }
  })

  test('the minimal one', async () => {
    expect(await checkSyncRules(minimal, { verbose: true })).toEqual([])
  })
})

interface Plant {
  readonly event: keyof ChatEvents
  readonly rule: (rule: SyncRule) => Partial<SyncRule>
}

/** The chat's rules, with a change in one of them. */
function plant({ event, rule }: Plant): typeof chat {
  const was = chat[event] as SyncRule
  return defineSyncRules({ ...chat, [event]: { ...was, ...rule(was) } })
}

/** With a change in one action. */
const inAction = (index: number, change: Row) => (rule: SyncRule) => ({
  actions: rule.actions.map((action, n) => (n === index ? { ...action, ...change } : action)),
})

type Place = Pick<Finding, 'code' | 'event' | 'action' | 'procedure'>
type Page = { items: Row[] }
type Pages = { pages: [Page, ...Page[]] }

const PLANTED: Record<string, [Plant, Place, remedy: string]> = {
  'a procedure that was renamed': [
    { event: 'message:new', rule: inAction(0, { procedure: ['messages', 'list'] }) },
    {
      code: 'unknown-procedure',
      event: 'message:new',
      action: 0,
      procedure: 'messages.list',
    },
    "Did you mean ['message', 'list']?",
  ],
  'a router to be changed in place': [
    { event: 'member:joined', rule: inAction(0, { procedure: ['member'] }) },
    { code: 'direct-on-router', event: 'member:joined', action: 0, procedure: 'member' },
    "['member', 'list']",
  ],
  'a mutation': [
    {
      event: 'conversation:removed',
      rule: inAction(1, { procedure: ['message', 'send'] }),
    },
    {
      code: 'not-a-query',
      event: 'conversation:removed',
      action: 1,
      procedure: 'message.send',
    },
    'Name the query',
  ],
  'an infinite query of what takes no cursor': [
    { event: 'member:left', rule: inAction(0, { infinite: true }) },
    { code: 'no-cursor', event: 'member:left', action: 0, procedure: 'member.list' },
    'Leave `infinite` out',
  ],
  'a row that is added without a look': [
    {
      event: 'message:new',
      rule: inAction(0, {
        updater: (old: Pages, message: Row) => {
          const [first, ...others] = old.pages
          return { ...old, pages: [{ ...first, items: [message, ...first.items] }, ...others] }
        },
      }),
    },
    { code: 'unstable-updater', event: 'message:new', action: 0, procedure: 'message.list' },
    'look for the row first',
  ],
  'a counter without a revision': [
    {
      event: 'message:new',
      rule: inAction(1, {
        updater: (old: Row[], { conversationId }: Row) =>
          old.map((row) =>
            row.id === conversationId ? { ...row, unread: row.unread + 1 } : row,
          ),
      }),
    },
    {
      code: 'unstable-updater',
      event: 'message:new',
      action: 1,
      procedure: 'conversation.list',
    },
    'keep a version beside a counter',
  ],
  'a row that is written to': [
    {
      event: 'conversation:read',
      rule: inAction(0, {
        updater: (old: Row[], { conversationId, lastReadId, unread }: Row) => {
          const row = old.find(({ id }) => id === conversationId)
          if (row) Object.assign(row, { lastReadId, unread })
          return [...old]
        },
      }),
    },
    {
      code: 'mutating-updater',
      event: 'conversation:read',
      action: 0,
      procedure: 'conversation.list',
    },
    'Return a changed copy',
  ],
  'an updater that waits': [
    {
      event: 'member:joined',
      rule: inAction(0, { updater: async (old: unknown) => old }),
    },
    { code: 'async-updater', event: 'member:joined', action: 0, procedure: 'member.list' },
    'use `invalidate`',
  ],
  'a match that compares a field': [
    {
      event: 'message:edited',
      rule: inAction(0, {
        match: (message: Row, input: Row) => message.conversationId === input.conversationId,
      }),
    },
    { code: 'declarable-match', event: 'message:edited', action: 0, procedure: 'message.list' },
    "Write match: 'conversationId'.",
  ],
  'a room that is put together': [
    {
      event: 'message:deleted',
      rule: () => ({ room: ({ conversationId }: Row) => `conversation:${conversationId}` }),
    },
    { code: 'declarable-room', event: 'message:deleted' },
    "Write room: 'conversation:{conversationId}'.",
  ],
  'a room that nobody is in': [
    { event: 'member:left', rule: () => ({ room: 'conversations:{conversationId}' }) },
    { code: 'unjoinable-room', event: 'member:left' },
    'mend the name',
  ],
}

describe('a fault that is planted in the chat is found, and nothing else', () => {
  test.each(Object.entries(PLANTED))('%s', async (_, [planted, place, remedy]) => {
    const found = await checkSyncRules(plant(planted), options)
    expect(found).toEqual([expect.objectContaining(place)])
    expect(found[0]?.remedy).toContain(remedy)
  })

  test('and what is meant is let be', { timeout: 60_000 }, async () => {
    for (const [planted, { code, event }] of Object.values(PLANTED)) {
      const rules = plant(planted)
      const ignoring = { ...options, ignore: [{ code, event: event as keyof ChatEvents }] }
      expect(await checkSyncRules(rules, ignoring)).toEqual([])
      expect(await checkSyncRules(rules, { ...options, ignore: [{ code }] })).toEqual([])
      const ofOther = { ...options, ignore: [{ code, event: 'conversation:added' }] } as const
      expect(await checkSyncRules(rules, ofOther)).toHaveLength(1)
    }
  })
})

test('an event without actions is no fault, and rules need no router', async () => {
  const rules = defineSyncRules<{ typing: { conversationId: number } }>({
    typing: { room: 'conversation:{conversationId}', volatile: true, actions: [] },
  })
  expect(await checkSyncRules(rules)).toEqual([])
  expect(await checkSyncRules(rules, options)).toEqual([])
})

test('rules that `defineSyncRules` refuses are refused here, too', async () => {
  await expect(checkSyncRules({ connect: { room: 'x', actions: [] } })).rejects.toMatchObject({
    code: 'invalid-rule',
  })
})
