/** Match functions: which could be declared, and which say more than fields do. */

import { checkSyncRules } from '@iron-stack/sync/lint'
import { describe, expect, test } from 'vitest'
import { codesOf, type Row } from './support/codes.ts'

type Match = (event: Row, input: Row | undefined, context: Row) => unknown

async function remedyFor(match: Match): Promise<string | undefined> {
  const actions = [
    { procedure: ['list'], action: 'invalidate', match: match as never },
  ] as const
  const [finding] = await checkSyncRules({ e: { room: 'x', actions } })
  return finding?.remedy
}

describe('a match that compares fields is printed as it would be declared', () => {
  const DECLARABLE: [form: string, Match][] = [
    ["'boardId'", (event, input) => event.boardId === input?.boardId],
    ["'boardId'", ({ boardId }, input) => input !== undefined && input.boardId === boardId],
    ["'boardId'", (event, input) => !(event.boardId !== input?.boardId)],
    ["'boardId'", (event, input) => Object.is(event.boardId, input?.boardId)],
    ["{ id: 'postId' }", ({ postId }, input) => input?.id === postId],
    ["{ boardId: 'post.board.id' }", ({ post }, input) => input?.boardId === post.board.id],
    [
      "{ 'filter.boardId': 'boardId' }",
      (event, input) => input?.filter?.boardId === event.boardId,
    ],
    [
      "{ boardId: 'boardId', status: 'status' }",
      (event, input) => event.boardId === input?.boardId && event.status === input?.status,
    ],
    [
      "{ a: 'x', b: 'y', c: 'z' }",
      ({ x, y, z }, input) => input?.a === x && input?.b === y && input?.c === z,
    ],
    ["'boardId'", (event, _, { input }) => event.boardId === input.boardId],
  ]

  test.each(DECLARABLE)('%s, from %s', async (form, match) => {
    expect(await remedyFor(match)).toBe(`Write match: ${form}.`)
  })
})

describe('a match that is more, or less, is let be', () => {
  const FUNCTIONS: Record<string, Match> = {
    'an optional filter': (event, input) =>
      input?.status === undefined || event.status === input.status,
    'a filter that may be null': (event, input) =>
      input?.status == null || event.status === input.status,
    'a filter that may be empty': (event, input) =>
      !input?.query || event.query === input.query,
    'a query without input, too': (event, input) => !input || event.boardId === input.boardId,
    'a field and a constant': (event, input) =>
      event.boardId === input?.boardId && event.status === 'open',
    'a field or another': (event, input) =>
      event.from === input?.boardId || event.to === input?.boardId,
    'other values': (event, input) => String(event.boardId) === String(input?.boardId),
    'a number in a text': (event, input) => Number(event.boardId) === input?.boardId,
    'letters of either case': (event, input) =>
      event.name.toLowerCase() === input?.name.toLowerCase(),
    'a list of ids': ({ boardId }, input) => input?.boardIds.includes(boardId),
    'a list in the event': ({ boardIds }, input) =>
      boardIds.some((id: unknown) => id === input?.boardId),
    'the viewer': (event, input, { viewer }) =>
      event.boardId === input?.boardId && event.authorId !== viewer,
    'the whole key': (event, _, { queryKey }) => queryKey[1] === event.boardId,
    'the viewer, or a field': (event, input, { viewer }) =>
      viewer === 'admin' || event.boardId === input?.boardId,
    'two fields that one must equal': ({ from, to }, input) =>
      from === input?.boardId && to === input?.boardId,
    'a field, where it is large': (event, input) =>
      event.boardId === input?.boardId && event.boardId > 2001,
    'what is greater': (event, input) => event.rank > input?.rank,
    'what is not equal': (event, input) => event.boardId !== input?.boardId,
    'two fields of the event': ({ from, to }) => from === to,
    always: () => true,
    never: () => false,
    'without a filter': (_, input) => input?.status === undefined,
    'everything in it': (event, input) => JSON.stringify(event) === JSON.stringify(input),
    'a field that is read for nothing': (event, input) =>
      event.kind !== undefined && event.boardId === input?.boardId,
    'what throws': () => {
      throw new Error('no')
    },
  }

  test.each(Object.entries(FUNCTIONS))('%s', async (_, match) => {
    expect(await remedyFor(match)).toBeUndefined()
  })
})

test('the finding says what is gained, and is a warning', async () => {
  const match: Match = (event, input) => event.boardId === input?.boardId
  const actions = [{ queryKey: ['list'], action: 'remove', match: match as never }] as const
  expect(await checkSyncRules({ e: { room: 'x', actions } })).toEqual([
    {
      code: 'declarable-match',
      severity: 'warning',
      event: 'e',
      action: 0,
      procedure: '["list"]',
      problem:
        'The `match` for ["list"] is a function, which is asked for each query; declared, it is an index.',
      remedy: "Write match: 'boardId'.",
    },
  ])
})

test('an updater is tried on events that its match says yes to', async () => {
  const match: Match = ({ kind }) => kind === 'same'
  const updater = (old: Row, event: Row) =>
    event.kind === 'same' ? event : { ...old, count: old.count + 1 }
  const never: Match = () => false
  const rule = (match: Match) => ({
    actions: [
      {
        procedure: ['count'],
        action: 'direct',
        match: match as never,
        updater: updater as never,
      },
    ] as const,
  })
  expect(await codesOf(rule(match))).toEqual([])
  expect(await codesOf(rule(never))).toEqual(['not-checked'])
})
