/** Room functions that a template could declare, and rooms that nobody is let into. */

import { defineRoom } from '@iron-stack/sync'
import { checkSyncRules, type CheckOptions } from '@iron-stack/sync/lint'
import { describe, expect, test } from 'vitest'
import type { Row } from './support/codes.ts'

type Room = ((event: Row) => unknown) | string
const actions = [{ procedure: ['list'], action: 'invalidate' }] as const

async function remedyFor(room: Room, options?: CheckOptions): Promise<string | undefined> {
  const [finding] = await checkSyncRules<Row>({ e: { room: room as never, actions } }, options)
  return finding?.remedy
}

describe('a room that is a template is printed as one', () => {
  const postRoom = defineRoom('board:{boardId}:post:{postId}')
  const DECLARABLE: [template: string, room: Room][] = [
    ['board:{boardId}', ({ boardId }) => `board:${boardId}`],
    ['board:{boardId}', (post) => 'board:' + String(post.boardId)],
    ['board:{board.id}', ({ board }) => `board:${board.id}`],
    ['{id}', ({ id }) => id],
    ['a:{a}:b:{b}', ({ a, b }) => ['a', a, 'b', b].join(':')],
    ['board:{board}:post:{id}', ({ board, id }) => postRoom({ boardId: board, postId: id })],
    ['lobby', () => 'lobby'],
  ]

  test.each(DECLARABLE)('%s, from %s', async (template, room) => {
    expect(await remedyFor(room)).toBe(`Write room: '${template}'.`)
  })
})

describe('a room that is more than a template is let be', () => {
  const ROOMS: Record<string, Room> = {
    several: ({ ids }) => ids.map((id: unknown) => `board:${String(id)}`),
    two: ({ from, to }) => [`board:${from}`, `board:${to}`],
    'one for some events': ({ id, isPrivate }) => (isPrivate ? `user:${id}` : `board:${id}`),
    'one by a status': ({ id, status }) => (status === 'draft' ? 'drafts' : `board:${id}`),
    'a default': ({ id }) => `board:${id ?? 'main'}`,
    'something computed': ({ id }) => `shard:${id % 16}`,
    'letters changed': ({ name }) => `board:${name.toLowerCase()}`,
    'with braces in it': ({ id }) => `{board}:${id}`,
    'two fields with nothing between': ({ a, b }) => `${a}${b}`,
    'the event itself': (userId) => `contacts:${userId as unknown as string}`,
    'yes or no': ({ boardId, isPublic }) => `board:${boardId}:${isPublic}`,
    nobody: () => [],
    'what throws': () => {
      throw new Error('no')
    },
    'a template already': 'board:{boardId}',
    'a defined one': defineRoom('board:{boardId}') as never,
  }

  test.each(Object.entries(ROOMS))('%s', async (_, room) => {
    expect(await remedyFor(room)).toBeUndefined()
  })

  test('where nothing is gained: no actions, or nothing that is kept', async () => {
    const room = ({ boardId }: Row) => `board:${boardId}`
    expect(await checkSyncRules<Row>({ e: { room, actions: [] } })).toEqual([])
    expect(await checkSyncRules<Row>({ e: { room, actions, volatile: true } })).toEqual([])
  })
})

describe('with `joinableRooms`, a room that is none of them is a fault', () => {
  const joinableRooms = ['board:{boardId}', 'lobby', 'team:core', defineRoom('org:{org}:all')]

  test.each([
    'board:{id}',
    'lobby',
    'team:{teamId}',
    'org:{orgId}:all',
    'user:{personId}',
    ({ from, to }: Row) => [`board:${from}`, `board:${to}`],
    ({ id, isPrivate }: Row) => (isPrivate ? `secret:${id}` : `board:${id}`),
    () => [],
  ])('%s is one', async (room) => {
    expect(await remedyFor(room, { joinableRooms })).toBeUndefined()
  })

  test.each([
    'boards:{id}',
    'board:{boardId}:post:{id}x',
    'lobbies',
    'team:other',
    'org:{orgId}',
    'users:{personId}',
    ({ from, to }: Row) => [`list:${from}`, `list:${to}`],
  ])('%s is none', async (room) => {
    expect(await remedyFor(room, { joinableRooms })).toContain('`joinableRooms`')
  })

  test('and the finding names it', async () => {
    const rules = { e: { room: 'boards:{id}', actions } }
    expect(await checkSyncRules(rules, { joinableRooms })).toEqual([
      {
        code: 'unjoinable-room',
        severity: 'error',
        event: 'e',
        problem: 'Nobody is let into the room "boards:{id}": `joinableRooms` has no such room.',
        remedy:
          'Let the server join it (`rooms`, `joinRoom`) or grant it (`authorize`), and name it in `joinableRooms`; or mend the name.',
      },
    ])
  })

  test("a user's own room has the server's prefix", async () => {
    const options = { joinableRooms, userRoomPrefix: 'person:' }
    expect(await remedyFor('person:{id}', options)).toBeUndefined()
    expect(await remedyFor('user:{id}', options)).toContain('`joinableRooms`')
  })

  test('a function is asked with the sample', async () => {
    const room = ({ at }: Row) => [new URL(at.url).host]
    const sample = (host: string) => ({ samples: { e: { at: { url: `https://${host}` } } } })
    const options = { joinableRooms: ['localhost'] }
    expect(await remedyFor(room, options)).toBeUndefined()
    expect(await remedyFor(room, { ...options, ...sample('localhost') })).toBeUndefined()
    expect(await remedyFor(room, { ...options, ...sample('elsewhere') })).toContain('mend')
  })
})

test('without `joinableRooms` nobody knows, and nothing is said', async () => {
  expect(await remedyFor('boards:{id}')).toBeUndefined()
})
