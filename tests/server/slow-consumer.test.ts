/** Clients that do not read what they are sent: what waits for them must not fill the server. */

import type { AddressInfo } from 'node:net'
import { QueryClient } from '@tanstack/query-core'
import type { SyncError } from '@iron-stack/sync'
import { createSyncEngine, type SyncStatus } from '@iron-stack/sync/engine'
import { memoryLog, SyncServer, type SyncServerOptions } from '@iron-stack/sync/server'
import { createManualClock } from '@iron-stack/sync/testing'
import type { ServerOptions } from 'socket.io'
import { io as connectTo } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { bufferedInAll } from '../../src/server/connections.ts'
import { createApi, idsOf, rules, type Events } from '../rooms/support.ts'
import { captureConsole } from '../support/console.ts'
import { startMeter } from '../support/meter.ts'
import { startProxy } from '../support/proxy.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { startBareClient } from './support/bare-client.ts'

const KIB = 1024
const TEXT = 'x'.repeat(64 * KIB)
/** 1 MiB. */
const EVENTS_PER_ROUND = 16

async function start(
  options: Partial<SyncServerOptions<Events>> = {},
  transport: 'websocket' | 'polling' = 'websocket',
) {
  const transports: ServerOptions['transports'] = ['websocket', transport]
  const { io } = await startSocketServer({ transports })
  const errors: SyncError[] = []
  const clock = createManualClock()
  const sync = new SyncServer<Events>({
    io,
    rules,
    // It has all that a client may miss here.
    log: memoryLog({ maxBytes: 256 * KIB * KIB }),
    rooms: () => ['conversation:a'],
    clock,
    onError: (error) => errors.push(error),
    ...options,
  })
  onTestFinished(() => {
    void sync.close()
  })

  const api = createApi()
  let count = 0
  async function say(events: number): Promise<void> {
    for (let n = 0; n < events; n++) {
      const message = { id: ++count, conversationId: 'a', text: TEXT }
      api.rows.set('a', [...(api.rows.get('a') ?? []), message])
      await sync.broadcast('message:new', message)
    }
  }

  const { port } = io.httpServer.address() as AddressInfo
  const proxy = await startProxy(port)
  const sleeper = connectTo(`http://127.0.0.1:${proxy.port}`, {
    transports: [transport],
    forceNew: true,
    auth: { userId: 'sleeper' },
    reconnectionDelay: 10,
  })
  const queryClient = new QueryClient()
  const statuses: SyncStatus[] = []
  const stop = createSyncEngine(queryClient, sleeper, rules, {
    onStatus: (status) => statuses.push(status),
  })
  onTestFinished(() => {
    stop()
    sleeper.disconnect()
    queryClient.clear()
  })
  await until(() => expect(statuses.at(-1)).toBe('live'))
  api.look(queryClient, 'a')
  await until(() => expect(idsOf(queryClient, 'a')).toEqual([]))

  return {
    io,
    sync,
    clock,
    errors,
    api,
    say,
    proxy,
    statuses,
    idsHeld: () => idsOf(queryClient, 'a'),
    idsSaid: () => Array.from({ length: count }, (_, n) => n + 1),
    waiting: () => bufferedInAll(io.of('/')),
    /** How many connections the process has open: one that is not keeps nothing. */
    connections: () =>
      new Promise((resolve) => {
        io.httpServer.getConnections((_, open) => resolve(open))
      }),
    awake: () => startBareClient({ io }, 'awake'),
    /** Goes on until the sleeper's kernels hold no more; each round is a look. */
    async sayUntil(isEnough: () => boolean, onRound: () => Promise<void> | void = () => {}) {
      for (let round = 0; round < 60 && !isEnough(); round++) {
        await say(EVENTS_PER_ROUND)
        await onRound()
        clock.advance(1000)
      }
      expect(isEnough()).toBe(true)
    },
  }
}

const codesOf = (errors: readonly SyncError[]) => errors.map(({ code }) => code)

test('a client that stops reading is cut off, delays nobody, and has everything after it wakes', async () => {
  const chat = await start({ maxBufferedBytes: 256 * KIB })
  const awake = await chat.awake()
  const heard = () =>
    awake.of('message:new').map(([, message]) => (message as { id: number }).id)
  const waited: number[] = []
  chat.proxy.stallAnswers()
  await chat.sayUntil(
    () => codesOf(chat.errors).includes('slow-consumer'),
    async () => {
      // Who is awake hears each event in its turn, whatever waits for the sleeper.
      await until(() => expect(heard()).toEqual(chat.idsSaid()))
      waited.push(chat.waiting())
    },
  )
  // The limit, and what came until the second look.
  expect(Math.max(...waited)).toBeLessThan(256 * KIB + 2 * EVENTS_PER_ROUND * (64 * KIB + 300))
  expect(chat.waiting()).toBe(0)
  await until(async () => expect(await chat.connections()).toBe(1))
  await chat.say(3)

  chat.proxy.resume()
  await until(() => expect(chat.statuses.at(-1)).toBe('offline'))
  await until(() => expect(chat.statuses.at(-1)).toBe('live'))
  await until(() => expect(chat.idsHeld()).toEqual(chat.idsSaid()))
  // It resumed from the log: nothing was fetched again.
  expect(chat.api.requests('a')).toBe(1)
  expect(codesOf(chat.errors)).toEqual(['slow-consumer'])
})

test('so is a client that polls', async () => {
  const chat = await start({ maxBufferedBytes: 256 * KIB }, 'polling')
  chat.proxy.stallAnswers()
  await chat.sayUntil(() => codesOf(chat.errors).includes('slow-consumer'))
  expect(chat.waiting()).toBe(0)
  expect(chat.io.of('/').sockets.size).toBe(0)
  chat.proxy.resume()
  await until(() => expect(chat.idsHeld()).toEqual(chat.idsSaid()))
  expect(chat.api.requests('a')).toBe(1)
})

test('many are told of once, and each is counted and has a line under debug', async () => {
  const printed = captureConsole('log')
  const { meter, figures } = startMeter()
  const chat = await start({ maxBufferedBytes: 256 * KIB, debug: true, metrics: meter })
  const cuts = () => printed.filter((line) => String(line).startsWith('[sync] cut '))
  for (const times of [1, 2]) {
    chat.proxy.stallAnswers()
    await chat.sayUntil(() => cuts().length === times)
    chat.proxy.resume()
    await until(() => expect(chat.idsHeld()).toEqual(chat.idsSaid()))
  }
  expect(cuts()[0]).toMatch(/^\[sync\] cut \S+: \d+ bytes waited for it to read$/)
  expect(codesOf(chat.errors)).toEqual(['slow-consumer'])
  expect(await figures()).toMatchObject({
    'sync.sockets.cut': 2,
    'sync.errors code=slow-consumer': 2,
  })
})

test('a client that only just got more than the limit is given time to read it', async () => {
  const chat = await start({ maxBufferedBytes: KIB })
  chat.proxy.stallAnswers()
  await chat.say(200)
  // Over the limit at this look, and not at the next.
  chat.clock.advance(1000)
  expect(chat.waiting()).toBeGreaterThan(KIB)
  chat.proxy.resume()
  await until(() => expect(chat.waiting()).toBe(0))
  chat.clock.advance(1000)
  await until(() => expect(chat.idsHeld()).toEqual(chat.idsSaid()))
  expect(chat.errors).toEqual([])
  expect(chat.statuses).toEqual(['catching-up', 'live'])
})

test('with Infinity nobody is looked at', async () => {
  const chat = await start({ maxBufferedBytes: Infinity })
  chat.proxy.stallAnswers()
  await chat.sayUntil(() => chat.waiting() > 5 * KIB * KIB)
  chat.clock.advance(5000)
  expect(chat.errors).toEqual([])
  expect(chat.io.of('/').sockets.size).toBe(1)
})

test('a server that nobody is connected to looks at nobody, and begins again', async () => {
  const chat = await start()
  chat.io.disconnectSockets(true)
  await until(() => expect(chat.io.of('/').sockets.size).toBe(0))
  chat.clock.advance(1000)
  expect(chat.clock.pending).toBe(0)
  await chat.awake()
  expect(chat.clock.pending).toBe(1)
})
