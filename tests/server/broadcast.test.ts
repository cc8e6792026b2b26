/** broadcast: who receives an event, what they receive, and what happens when it fails. */

import { defineSyncRules, SyncError } from '@iron-stack/sync'
import { SyncServer } from '@iron-stack/sync/server'
import { Adapter } from 'socket.io-adapter'
import { describe, expect, test, vi } from 'vitest'
import {
  autoJoin,
  chatRules,
  HELLO,
  joined,
  recordEvents,
  startSync,
  type ChatEvents,
} from '../support/chat-server.ts'
import { captureConsole } from '../support/console.ts'
import { watchRejections } from '../support/rejections.ts'
import { eventOf, startSocketServer } from '../support/socket-io.ts'

const ROOMS: Record<string, string[]> = { ada: ['c1'], bob: ['c2'], eve: ['c1', 'c2'] }

async function startChat() {
  const server = await startSocketServer()
  const chat = startSync({ io: server.io })
  autoJoin(chat.sync, server.io, (userId) => ROOMS[userId] ?? [])
  return {
    ...server,
    ...chat,
    join: async (userId: string) => {
      const socket = await server.connect(userId)
      for (const room of ROOMS[userId] ?? []) await joined(server.io, room, socket)
      return { socket, events: recordEvents(socket) }
    },
  }
}

describe('an event', () => {
  test('reaches the members of its room and nobody else', async () => {
    const { io, join, sync } = await startChat()
    const ada = await join('ada')
    const bob = await join('bob')
    const stranger = await join('mallory')
    await sync.broadcast('message:new', HELLO)
    expect(await ada.events.sent(io)).toEqual([
      ['message:new', { id: 'm1', conversationId: 'c1' }],
    ])
    expect(await bob.events.sent(io)).toEqual([])
    expect(await stranger.events.sent(io)).toEqual([])
  })

  test('that nobody here is to get is not even encoded', async () => {
    const { io, join, sync } = await startChat()
    await join('ada')
    const broadcast = vi.spyOn(io.of('/').adapter, 'broadcast')
    await sync.broadcast('message:new', { id: 'm1', conversationId: 'nobody' })
    expect(broadcast).not.toHaveBeenCalled()
    await sync.broadcast('message:new', HELLO)
    expect(broadcast).toHaveBeenCalledOnce()
  })

  test('for several rooms reaches a member of both once', async () => {
    const { io, join, sync } = await startChat()
    const eve = await join('eve')
    const bob = await join('bob')
    await sync.broadcast('message:moved', { id: 'm1', from: 'c1', to: 'c2' })
    const moved = ['message:moved', { id: 'm1', from: 'c1', to: 'c2' }]
    expect(await eve.events.sent(io)).toEqual([moved])
    expect(await bob.events.sent(io)).toEqual([moved])
  })

  test('for no room is sent to nobody, and that is no error', async () => {
    const { io, connect } = await startSocketServer()
    const sync = new SyncServer({
      io,
      rules: defineSyncRules<{ 'note:kept': string }>({
        'note:kept': { room: () => [], actions: [] },
      }),
    })
    const events = recordEvents(await connect('ada'))
    await sync.broadcast('note:kept', 'mine')
    expect(await events.sent(io)).toEqual([])
  })

  test('keeps the order of its calls', async () => {
    const { io, join, sync } = await startChat()
    const ada = await join('ada')
    for (const id of ['m1', 'm2', 'm3']) void sync.broadcast('message:new', { ...HELLO, id })
    expect(await ada.events.sent(io)).toEqual([
      ['message:new', { id: 'm1', conversationId: 'c1' }],
      ['message:new', { id: 'm2', conversationId: 'c1' }],
      ['message:new', { id: 'm3', conversationId: 'c1' }],
    ])
  })

  test('carries the data first and one object behind it, no two alike', async () => {
    const { join, sync } = await startChat()
    const { socket } = await join('ada')
    const first = eventOf(socket, 'message:new')
    await sync.broadcast('message:new', HELLO)
    await first
    const second = eventOf(socket, 'message:new')
    await sync.broadcast('message:new', HELLO)
    for (const args of [await first, await second]) {
      expect(args).toEqual([HELLO, expect.any(Object)])
    }
    expect((await first)[1]).not.toEqual((await second)[1])
  })
})

describe('a broadcast that fails', () => {
  const unknownEvent = 'message:old' as keyof ChatEvents

  test('for want of a rule rejects, and tells onError', async () => {
    const { errors, sync } = await startChat()
    const failure = await sync.broadcast(unknownEvent, HELLO).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SyncError)
    expect(failure).toMatchObject({
      code: 'unknown-event',
      subject: 'message:old',
      message: 'No sync rule for event "message:old". Declare it in defineSyncRules().',
    })
    expect(errors).toEqual([failure])
  })

  test('for a name that every object has is no rule either', async () => {
    const { errors, sync } = await startChat()
    await expect(sync.broadcast('toString' as keyof ChatEvents, HELLO)).rejects.toThrow(
      'No sync rule for event "toString". Declare it in defineSyncRules().',
    )
    expect(errors).toHaveLength(1)
  })

  test('makes no unhandled rejection where nobody awaits it', async () => {
    const rejections = watchRejections()
    const { errors, sync } = await startChat()
    void sync.broadcast(unknownEvent, HELLO)
    expect(await rejections.reasons()).toEqual([])
    expect(errors).toHaveLength(1)
  })

  test('tells onError once per code and subject', async () => {
    const { errors, sync } = await startChat()
    void sync.broadcast(unknownEvent, HELLO)
    void sync.broadcast(unknownEvent, HELLO)
    void sync.broadcast('message:older' as keyof ChatEvents, HELLO)
    void sync.close()
    void sync.broadcast(unknownEvent, HELLO)
    expect(errors.map(({ code, subject }) => [code, subject])).toEqual([
      ['unknown-event', 'message:old'],
      ['unknown-event', 'message:older'],
      ['closed', undefined],
    ])
  })

  test('is printed to console.error where there is no onError', async () => {
    const printed = captureConsole('error')
    const { io } = await startSocketServer()
    const sync = new SyncServer({ io, rules: chatRules })
    void sync.broadcast(unknownEvent, HELLO)
    expect(printed.map(String)).toEqual([
      'SyncError: No sync rule for event "message:old". Declare it in defineSyncRules().',
    ])
  })

  test('rejects with its own error where onError throws', async () => {
    const printed = captureConsole('error')
    const { io } = await startSocketServer()
    const { sync } = startSync({
      io,
      onError: () => {
        throw new Error('the logger is down')
      },
    })
    await expect(sync.broadcast(unknownEvent, HELLO)).rejects.toThrow(
      'No sync rule for event "message:old".',
    )
    expect(printed.map(String)).toEqual(['Error: the logger is down'])
  })

  test('because `room` throws is not sent, and says why', async () => {
    const { errors, io, join, sync } = await startChat()
    const ada = await join('ada')
    const broken = null as unknown as ChatEvents['message:moved']
    await expect(sync.broadcast('message:moved', broken)).rejects.toThrow(
      /^The `room` of sync rule "message:moved" threw TypeError: .+; the event was not sent\. Check that the data passed to broadcast\(\) has what `room` reads\.$/,
    )
    expect(errors[0]).toMatchObject({ code: 'room-failed', subject: 'message:moved' })
    expect(errors[0]?.cause).toBeInstanceOf(TypeError)
    expect(await ada.events.sent(io)).toEqual([])
  })

  test.each([
    ['undefined', undefined],
    ['an empty name', ''],
    ['a number', 7],
    ['a list with a hole', ['c1', undefined]],
  ])('because `room` returned %s is sent to nobody', async (_, room) => {
    const { errors, io, join, sync } = await startChat()
    const ada = await join('ada')
    const data = { id: 'm1', conversationId: room } as ChatEvents['message:new']
    await expect(sync.broadcast('message:new', data)).rejects.toThrow(
      'The `room` of sync rule "message:new" returned something that is not a room name; ' +
        'the event was not sent. ' +
        'Check that the data passed to broadcast() has what `room` reads.',
    )
    expect(errors).toHaveLength(1)
    expect(await ada.events.sent(io)).toEqual([])
  })

  test('because the adapter refuses it says so', async () => {
    class FailingAdapter extends Adapter {
      override broadcast(): void {
        throw new Error('redis is down')
      }
    }
    const { io } = await startSocketServer({ adapter: FailingAdapter })
    const { errors, sync } = startSync({ io })
    await expect(sync.broadcast('message:new', HELLO)).rejects.toThrow(
      '"message:new" could not be sent: Error: redis is down. ' +
        'See `cause`: the log or the Socket.IO adapter failed.',
    )
    expect(errors.slice(1)).toMatchObject([{ code: 'delivery-failed', subject: 'message:new' }])
  })

  test('because the server is closed is not sent', async () => {
    const { io, join, sync } = await startChat()
    const ada = await join('ada')
    void sync.close()
    await expect(sync.broadcast('message:new', HELLO)).rejects.toThrow(
      'This SyncServer is closed. Call close() last, after your own work has ended.',
    )
    expect(await ada.events.sent(io)).toEqual([])
  })
})

describe('with `debug`', () => {
  test('each broadcast prints its event, its rooms and how many sockets are there', async () => {
    const printed = captureConsole('log')
    const { io, connect } = await startSocketServer()
    const { sync } = startSync({ io, debug: true })
    await connect('ada')
    await connect('bob')
    await sync.joinRoom('c1', ['ada', 'bob'])
    await sync.joinRoom('c2', ['bob'])
    await sync.broadcast('message:new', HELLO)
    await sync.broadcast('message:new', { id: 'm2', conversationId: 'c2' })
    await sync.broadcast('message:moved', { id: 'm1', from: 'c1', to: 'c2' })
    await sync.broadcast('message:new', { id: 'm3', conversationId: 'c3' })
    expect(printed).toEqual([
      '[sync] message:new → c1: 2 sockets',
      '[sync] message:new → c2: 1 socket',
      '[sync] message:moved → c1, c2: 2 sockets',
      '[sync] message:new → c3: 0 sockets',
    ])
  })

  test('an event for no room says so', async () => {
    const printed = captureConsole('log')
    const { io } = await startSocketServer()
    const rules = defineSyncRules<{ 'note:kept': string }>({
      'note:kept': { room: () => [], actions: [] },
    })
    await new SyncServer({ io, rules, debug: true }).broadcast('note:kept', 'secret')
    expect(printed).toEqual(['[sync] note:kept → no room: 0 sockets'])
  })
})
