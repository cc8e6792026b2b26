/** A server that closes: what was under way ends first, and nobody waits for ever. */

import type { AddressInfo } from 'node:net'
import { SyncError } from '@iron-stack/sync'
import { memoryLog, type EventLog } from '@iron-stack/sync/server'
import { createManualClock, createMemoryHub } from '@iron-stack/sync/testing'
import { io as connectTo } from 'socket.io-client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { HELLO, recordEvents, startSync, type Message } from '../support/chat-server.ts'
import { defer } from '../support/defer.ts'
import { startProxy } from '../support/proxy.ts'
import { eventOf, startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { startBareClient } from './support/bare-client.ts'

const ROOMS = { rooms: () => ['c1'] }

/** A log that takes as long as a test says, for those of its methods that are named. */
function slowLog(...methods: readonly ('append' | 'heads' | 'read')[]) {
  const log = memoryLog()
  let gate = defer<void>()
  gate.resolve()
  async function later<Value>(work: () => Value | Promise<Value>): Promise<Value> {
    await gate.promise
    return work()
  }
  const is = (method: 'append' | 'heads' | 'read') => methods.includes(method)
  const slow: EventLog = {
    ...log,
    append: (...args) =>
      is('append') ? later(() => log.append(...args)) : log.append(...args),
    heads: (rooms) => (is('heads') ? later(() => log.heads(rooms)) : log.heads(rooms)),
    read: (request) => (is('read') ? later(() => log.read(request)) : log.read(request)),
  }
  return {
    log: slow,
    /** From now on it takes time, until it is told to go on, or to fail. */
    hold: () => (gate = defer<void>()),
  }
}

/** Whether a promise has settled by the time that all is done which needs no waiting. */
function watchEnd(promise: Promise<unknown>): { isOver: boolean } {
  const watch = { isOver: false }
  void promise.finally(() => {
    watch.isOver = true
  })
  return watch
}

const message = (n: number, text = ''): Message & { text: string } => ({
  id: `m${n}`,
  conversationId: 'c1',
  text,
})

describe('close() resolves', () => {
  test('when all that was broadcast has been sent: io.close() may follow', async () => {
    const { io } = await startSocketServer()
    const { sync } = startSync({ io, ...ROOMS })
    const ada = await startBareClient({ io }, 'ada')
    await ada.settled()
    for (let n = 0; n < 200; n++)
      void sync.broadcast('message:new', message(n, 'x'.repeat(10_000)))
    await sync.close()
    const gone = eventOf(ada.socket, 'disconnect')
    await io.close()
    await gone
    expect(ada.of('message:new')).toHaveLength(200)
  })

  test('when what is being appended is, and delivered', async () => {
    const { io, connect } = await startSocketServer()
    const { log, hold } = slowLog('append')
    const { sync } = startSync({ io, log, ...ROOMS })
    const ada = await connect('ada')
    await until(() => expect(io.of('/').adapter.rooms.has('c1')).toBe(true))
    const { resolve } = hold()
    const events = recordEvents(ada)
    const sent = sync.broadcast('message:new', HELLO)
    const end = watchEnd(sync.close())
    await expect(sync.broadcast('message:new', HELLO)).rejects.toMatchObject({ code: 'closed' })
    expect(end.isOver).toBe(false)
    resolve()
    await sent
    await sync.close()
    expect(await events.sent(io)).toEqual([['message:new', HELLO]])
  })

  test('when what can not be appended is rejected', async () => {
    const { io } = await startSocketServer()
    const { log, hold } = slowLog('append')
    const { sync, errors } = startSync({ io, log })
    const { reject } = hold()
    const sent = sync.broadcast('message:new', HELLO)
    const closed = sync.close()
    reject(new Error('no connection'))
    await closed
    await expect(sent).rejects.toMatchObject({ code: 'delivery-failed' })
    expect(errors.map(({ code }) => code)).toEqual(['delivery-failed'])
  })

  test('when a client that asked for what it missed has its answer', async () => {
    const { io } = await startSocketServer()
    const { log, hold } = slowLog('read')
    const { sync } = startSync({ io, log, ...ROOMS })
    const ada = await startBareClient({ io }, 'ada')
    const { handle } = await ada.joined('c1')
    await sync.broadcast('message:new', HELLO)
    const { resolve } = hold()
    const answer = ada.pull([handle, 0])
    // It has been asked by the time that something later has been answered.
    await ada.flush()
    const end = watchEnd(sync.close())
    await new Promise((later) => setImmediate(later))
    expect(end.isOver).toBe(false)
    resolve()
    expect((await answer).ev).toHaveLength(1)
    await sync.close()
  })

  test('when clients have been told of the rooms that they are in', async () => {
    const { io } = await startSocketServer()
    const { log, hold } = slowLog('heads')
    const { sync } = startSync({ io, log })
    const ada = await startBareClient({ io }, 'ada')
    await ada.settled()
    const { resolve } = hold()
    void sync.joinRoom('c1', ['ada'])
    await until(() => expect(io.of('/').adapter.rooms.has('c1')).toBe(true))
    const end = watchEnd(sync.close())
    await new Promise((later) => setImmediate(later))
    expect(end.isOver).toBe(false)
    resolve()
    await sync.close()
    expect(await ada.joined('c1')).toMatchObject({ head: 0 })
  })

  test('when a node of a shared log has told its sockets what it has appended, and nothing more', async () => {
    const { io, connect } = await startSocketServer()
    const hub = createMemoryHub({ latencyMs: () => 50 })
    const { sync } = startSync({ io, log: hub.join(), ...ROOMS })
    const other = startSync({ io: (await startSocketServer()).io, log: hub.join() })
    const ada = await connect('ada')
    await until(() => expect(io.of('/').adapter.rooms.has('c1')).toBe(true))
    const events = recordEvents(ada)
    await sync.broadcast('message:new', HELLO)
    await sync.close()
    await other.sync.broadcast('message:new', message(2))
    await other.sync.close()
    expect(await events.sent(io)).toEqual([['message:new', HELLO]])
  })

  test('though another node is silent', async () => {
    const hub = createMemoryHub({ barrierTimeoutMs: 20 })
    const [here, there] = [await startSocketServer(), await startSocketServer()]
    const silent = hub.join('there')
    const { sync, errors } = startSync({ io: here.io, log: hub.join('here') })
    startSync({ io: there.io, log: silent })
    silent.pause()
    await sync.close()
    expect(errors).toEqual([])
    silent.resume()
  })

  test('at once, and the same for all who call it, where nothing is under way', async () => {
    const { io } = await startSocketServer()
    const { sync } = startSync({ io, clock: createManualClock() })
    await sync.close()
    expect(sync.close()).toBe(sync.close())
  })
})

describe('close() waits no longer than drainTimeoutMs', () => {
  async function closeInVain(
    log: EventLog,
    begin: (sync: ReturnType<typeof startSync>['sync']) => void,
  ) {
    const { io } = await startSocketServer()
    const clock = createManualClock()
    const { sync, errors } = startSync({ io, log, clock })
    begin(sync)
    const end = watchEnd(sync.close({ drainTimeoutMs: 3000 }))
    for (const ms of [2999, 1]) {
      expect(end.isOver).toBe(false)
      await new Promise((later) => setImmediate(later))
      clock.advance(ms)
    }
    await sync.close()
    return errors
  }

  test('for a log that does not answer, and says so', async () => {
    const { log, hold } = slowLog('append')
    const { resolve } = hold()
    const errors = await closeInVain(log, (sync) => void sync.broadcast('message:new', HELLO))
    expect(errors).toEqual([expect.any(SyncError)])
    expect(errors[0]).toMatchObject({ code: 'drain-timeout' })
    expect(errors[0]?.message).toContain('3000 ms for 1 calls that had not ended')
    resolve()
  })

  test('for a barrier that nobody lifts', async () => {
    const log = createMemoryHub().join()
    const errors = await closeInVain({ ...log, barrier: () => new Promise(() => {}) }, () => {})
    expect(errors[0]?.message).toContain('for nodes to say that they have been told')
  })

  test('for a client that does not read', async () => {
    const { io } = await startSocketServer()
    const { sync, errors } = startSync({ io, ...ROOMS })
    const proxy = await startProxy((io.httpServer.address() as AddressInfo).port)
    const sleeper = connectTo(`http://127.0.0.1:${proxy.port}`, {
      transports: ['websocket'],
      forceNew: true,
      auth: { userId: 'ada' },
    })
    onTestFinished(() => {
      sleeper.disconnect()
    })
    await until(() => expect(io.of('/').adapter.rooms.has('c1')).toBe(true))
    proxy.stallAnswers()
    // More than the kernels between them hold.
    for (let n = 0; n < 400; n++)
      void sync.broadcast('message:new', message(n, 'x'.repeat(64_000)))
    await sync.close({ drainTimeoutMs: 100 })
    expect(errors[0]?.message).toMatch(/100 ms for clients to read \d+ bytes/)
  })
})
