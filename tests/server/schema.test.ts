/** A rule's schema: what it refuses at `broadcast` has never been, what it returns is what travels. */

import { defineSyncRules, SyncError, type SyncRules } from '@iron-stack/sync'
import { memoryLog, SyncServer, type EventLog } from '@iron-stack/sync/server'
import { type } from 'arktype'
import { inspect } from 'node:util'
import type { Socket } from 'socket.io-client'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { captureConsole } from '../support/console.ts'
import { joined, recordEvents } from '../support/chat-server.ts'
import { defer } from '../support/defer.ts'
import { watchRejections } from '../support/rejections.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { startTwoNodes } from '../support/two-nodes.ts'

interface Message {
  readonly id: string
  readonly room: string
  readonly author: { readonly id: string }
}

/** One schema of each library, for the same data. */
const SCHEMAS = {
  zod: z.object({ id: z.string(), room: z.string(), author: z.object({ id: z.string() }) }),
  valibot: v.object({
    id: v.string(),
    room: v.string(),
    author: v.object({ id: v.string() }),
  }),
  arktype: type({ id: 'string', room: 'string', author: { id: 'string' } }),
}

const GOOD: Message = { id: 'm1', room: 'a', author: { id: 'ada' } }

/** What only JavaScript, or a cast, can pass. */
const bad = (data: unknown) => data as never

const rulesWith = (schema: (typeof SCHEMAS)[keyof typeof SCHEMAS]) =>
  defineSyncRules<{ 'message:new': Message; 'message:seen': { readonly room: string } }>({
    'message:new': { schema, room: '{room}', actions: [] },
    'message:seen': { room: '{room}', actions: [] },
  })

interface Started<Events> {
  readonly sync: SyncServer<Events>
  readonly log: EventLog
  readonly errors: SyncError[]
  /** All that a member of room `a` has been sent. */
  readonly sent: () => Promise<unknown[]>
  /** All that the log of room `a` holds. */
  readonly logged: () => Promise<unknown[]>
}

async function start<Events>(rules: SyncRules<Events>): Promise<Started<Events>> {
  const { io, connect } = await startSocketServer()
  const log = memoryLog()
  const errors: SyncError[] = []
  const sync = new SyncServer({
    io,
    rules,
    log,
    rooms: () => ['a'],
    onError: (error) => errors.push(error),
  })
  onTestFinished(() => sync.close())
  const socket: Socket = await connect('ada')
  await joined(io, 'a', socket)
  const events = recordEvents(socket)
  return {
    sync,
    log,
    errors,
    sent: () => events.sent(io),
    async logged() {
      const questions = [{ room: 'a', since: 0 }]
      const read = await log.read({ questions, maxEvents: 100, maxBytes: 1e6 })
      return read.events.map(([event, data]) => [event, data])
    },
  }
}

test.each([
  ['zod', 'message:new: author.id: expected string.'],
  ['valibot', 'message:new: author.id: expected string.'],
  ['arktype', 'message:new: author.id: expected a string.'],
] as const)('bad data is refused with the path at fault, by %s', async (library, problem) => {
  const { sync, sent, logged, errors } = await start(rulesWith(SCHEMAS[library]))
  const failure = await sync
    .broadcast('message:new', bad({ ...GOOD, author: { id: 4711 } }))
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(SyncError)
  expect(failure).toMatchObject({
    code: 'invalid-event',
    subject: 'message:new',
    message: `${problem} Nothing was sent; pass broadcast() what the rule's schema allows.`,
  })
  expect(errors).toEqual([failure])
  await sync.broadcast('message:new', GOOD)
  expect(await sent()).toEqual([['message:new', GOOD]])
  expect(await logged()).toEqual([['message:new', GOOD]])
})

test('bad data reaches no other node', async () => {
  const [here, there] = await startTwoNodes()
  const onError = () => {}
  const options = { rules: rulesWith(SCHEMAS.zod), rooms: () => ['a'], onError }
  const sync = new SyncServer({ ...options, io: here.io })
  const other = new SyncServer({ ...options, io: there.io })
  onTestFinished(() => {
    void sync.close()
    void other.close()
  })
  const socket = await there.connect('bob')
  await joined(there.io, 'a', socket)
  const events = recordEvents(socket)
  await expect(sync.broadcast('message:new', bad({ room: 'a' }))).rejects.toThrow(SyncError)
  await sync.broadcast('message:new', GOOD)
  expect(await events.sent(here.io)).toEqual([['message:new', GOOD]])
})

test.each([
  ['zod', z.object({ items: z.array(z.object({ name: z.string() })) }), 'items.1.name'],
  ['valibot', v.object({ items: v.array(v.object({ name: v.string() })) }), 'items.1.name'],
  ['arktype', type({ items: [{ name: 'string' }, '[]'] }), 'items.1.name'],
] as const)('the path leads through lists, by %s', async (_, schema, path) => {
  const { sync } = await start(
    defineSyncRules({ saved: { schema, room: () => 'a', actions: [] } }),
  )
  const items = [{ name: 'one' }, { name: 2 }, { name: 3 }]
  await expect(sync.broadcast('saved', bad({ items }))).rejects.toThrow(
    new RegExp(`^saved: ${path}: expected .*string \\(and 1 more\\)\\.`),
  )
})

test.each([
  ['zod', z.object({ email: z.email(), kind: z.enum(['a', 'b']) })],
  ['zod, a refinement', z.object({}).refine(() => false, 'must be empty')],
  ['valibot', v.object({ email: v.pipe(v.string(), v.email()), kind: v.string() })],
  ['valibot, a list', v.object({ email: v.picklist(['a', 'b']), kind: v.string() })],
  ['arktype', type({ email: 'string.email', kind: 'string' })],
  ['arktype, a union', type({ email: "'a'|'b'", kind: 'string' })],
  ['arktype, a narrowing', type({ email: 'string' }).narrow((_, ctx) => ctx.mustBe('known'))],
] as const)('nothing of the data is printed, by %s', async (_, schema) => {
  const printed = captureConsole('error')
  const { io } = await startSocketServer()
  const rules = defineSyncRules<{ saved: object }>({
    saved: { schema, room: () => 'a', actions: [] },
  })
  const sync = new SyncServer({ io, rules })
  onTestFinished(() => sync.close())
  const data = { email: 'top-secret', kind: 'top-secret' }
  await expect(sync.broadcast('saved', data)).rejects.toThrow('saved: ')
  expect(printed).toHaveLength(1)
  expect(inspect(printed, { depth: Infinity })).not.toContain('top-secret')
})

test('what the schema returns is what travels, and names the room', async () => {
  const schema = z.object({
    id: z.coerce.string(),
    room: z.string().toLowerCase(),
    pinned: z.boolean().default(false),
  })
  const { sync, sent, logged } = await start(
    defineSyncRules({ 'message:new': { schema, room: ({ room }) => room, actions: [] } }),
  )
  await sync.broadcast('message:new', bad({ id: 7, room: 'A', password: 'x' }))
  const parsed = ['message:new', { id: '7', room: 'a', pinned: false }]
  expect(await sent()).toEqual([parsed])
  expect(await logged()).toEqual([parsed])
})

test('a schema that answers at once leaves broadcast synchronous up to the log', async () => {
  const { sync, log } = await start(rulesWith(SCHEMAS.zod))
  void sync.broadcast('message:new', GOOD)
  expect(log.heads(['a'])).toMatchObject([{ head: 1 }])
})

test('many rows are refused together, and the error names the row and the path', async () => {
  const { sync, sent, logged } = await start(rulesWith(SCHEMAS.zod))
  const rows = [GOOD, bad({ ...GOOD, author: {} }), GOOD]
  await expect(sync.broadcastMany('message:new', rows)).rejects.toMatchObject({
    code: 'invalid-event',
    message: expect.stringMatching(
      /^None of the rows was sent, because of rows\[1\]\. message:new: author\.id: expected string\./,
    ),
  })
  expect(await sent()).toEqual([])
  expect(await logged()).toEqual([])
})

/** A schema that asks somebody, who answers when the test wants. */
function slowSchema() {
  const asked = new Map<string, ReturnType<typeof defer<boolean>>>()
  const schema = z.object({ id: z.string(), room: z.string() }).refine(({ id }) => {
    const answer = defer<boolean>()
    asked.set(id, answer)
    return answer.promise
  })
  return { schema, answer: (id: string, isGood: boolean) => asked.get(id)?.resolve(isGood) }
}

function startSlow() {
  const { schema, answer } = slowSchema()
  const rules = defineSyncRules({
    checked: { schema, room: '{room}', actions: [] },
    plain: { schema: z.object({ id: z.string() }), room: () => 'a', actions: [] },
  })
  return start(rules).then((started) => ({ ...started, answer }))
}

test('a schema may answer later, and calls keep their order all the same', async () => {
  const { sync, sent, answer, log } = await startSlow()
  const done = [
    sync.broadcast('checked', { id: '1', room: 'a' }),
    sync.broadcast('plain', { id: '2' }),
    sync.broadcast('checked', { id: '3', room: 'a' }),
    sync.broadcastMany('plain', [{ id: '4' }, { id: '5' }]),
  ]
  answer('3', true)
  expect(await sent()).toEqual([])
  answer('1', true)
  await Promise.all(done)
  expect(await sent()).toEqual([
    ['checked', { id: '1', room: 'a' }],
    ['plain', { id: '2' }],
    ['checked', { id: '3', room: 'a' }],
    ['plain', { id: '4' }],
    ['plain', { id: '5' }],
  ])
  // With nothing left to wait for, calls are synchronous again.
  void sync.broadcast('plain', { id: '6' })
  expect(log.heads(['a'])).toMatchObject([{ head: 6 }])
})

test('what a later answer refuses is not sent, and holds up nothing any more', async () => {
  const rejections = watchRejections()
  const { sync, sent, logged, answer, errors } = await startSlow()
  const refused = sync.broadcast('checked', { id: '1', room: 'a' })
  const next = sync.broadcast('plain', { id: '2' })
  answer('1', false)
  await expect(refused).rejects.toMatchObject({ code: 'invalid-event' })
  await next
  const many = sync.broadcastMany('checked', [
    { id: '3', room: 'a' },
    { id: '4', room: 'a' },
  ])
  answer('3', true)
  answer('4', false)
  await expect(many).rejects.toThrow('None of the rows was sent, because of rows[1]. checked: ')
  expect(await sent()).toEqual([['plain', { id: '2' }]])
  expect(await logged()).toEqual([['plain', { id: '2' }]])
  expect(errors.map(({ code }) => code)).toEqual(['invalid-event'])
  expect(await rejections.reasons()).toEqual([])
})

test('close() waits for an answer, and for what waits behind it', async () => {
  const { sync, sent, answer } = await startSlow()
  const sendings = [
    sync.broadcast('checked', { id: '1', room: 'a' }),
    sync.broadcast('plain', { id: '2' }),
  ]
  const closed = sync.close()
  answer('1', true)
  await closed
  await Promise.all(sendings)
  expect(await sent()).toEqual([
    ['checked', { id: '1', room: 'a' }],
    ['plain', { id: '2' }],
  ])
})

test('an answer that comes when close() waits no more sends nothing', async () => {
  const { sync, sent, logged, answer } = await startSlow()
  const late = sync.broadcast('checked', { id: '1', room: 'a' })
  await sync.close({ drainTimeoutMs: 0 })
  answer('1', true)
  await expect(late).rejects.toMatchObject({ code: 'closed' })
  expect(await sent()).toEqual([])
  expect(await logged()).toEqual([])
})

test('a schema that never answers holds up the others for ten seconds', async () => {
  const { io } = await startSocketServer()
  const timers: (() => void)[] = []
  const { schema } = slowSchema()
  const log = memoryLog()
  const sync = new SyncServer({
    io,
    log,
    rules: defineSyncRules({
      checked: { schema, room: '{room}', actions: [] },
      plain: { room: () => 'a', actions: [] },
    }),
    onError: () => {},
    clock: {
      now: () => 0,
      setTimeout(callback, ms) {
        if (ms === 10_000) timers.push(callback)
        return timers.length
      },
      clearTimeout: () => {},
    },
  })
  onTestFinished(() => sync.close())
  const refused = sync.broadcast('checked', { id: '1', room: 'a' })
  const next = sync.broadcast('plain', 1)
  expect(log.heads(['a'])).toMatchObject([{ head: 0 }])
  for (const fire of timers) fire()
  await expect(refused).rejects.toMatchObject({
    code: 'invalid-event',
    message: expect.stringMatching(/^checked: its schema failed: .*no answer after 10000 ms\./),
  })
  await next
  expect(log.heads(['a'])).toMatchObject([{ head: 1 }])
})

test('a schema that throws refuses the event, with its reason', async () => {
  const reason = new Error('database gone')
  const schema = z.object({ id: z.string() }).refine(() => {
    throw reason
  })
  const { sync, logged } = await start(
    defineSyncRules({ saved: { schema, room: () => 'a', actions: [] } }),
  )
  await expect(sync.broadcast('saved', { id: 'x' })).rejects.toMatchObject({
    code: 'invalid-event',
    cause: reason,
    message:
      'saved: its schema failed: Error: database gone. ' +
      "Nothing was sent; pass broadcast() what the rule's schema allows.",
  })
  expect(await logged()).toEqual([])
})
