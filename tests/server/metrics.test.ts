/** What a server counts, read as an operator would: by OpenTelemetry's own SDK. */

import { defineSyncRules } from '@iron-stack/sync'
import {
  createSyncEmitter,
  memoryLog,
  SyncServer,
  type SyncServerOptions,
} from '@iron-stack/sync/server'
import { createManualClock, createMemoryHub } from '@iron-stack/sync/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startMeter } from '../support/meter.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { startBareClient } from './support/bare-client.ts'

interface Events {
  'message:new': { readonly id: string; readonly rooms: string[] }
  typing: { readonly room: string }
}

const rules = defineSyncRules<Events>({
  'message:new': { room: ({ rooms }) => rooms, actions: [] },
  typing: { room: ({ room }) => room, volatile: true, actions: [] },
})

async function start(options: Partial<SyncServerOptions<Events>> = {}) {
  const { meter, figures, units } = startMeter()
  const server = await startSocketServer()
  const sync = new SyncServer<Events>({
    io: server.io,
    rules,
    metrics: meter,
    onError: () => {},
    ...options,
  })
  onTestFinished(() => {
    void sync.close()
  })
  return {
    ...server,
    sync,
    figures,
    units,
    client: (id: string) => startBareClient(server, id),
  }
}

describe('a meter tells', () => {
  test('how many events were broadcast, and to how many sockets here', async () => {
    const { sync, client, figures } = await start({ rooms: () => ['a', 'b'] })
    await (await client('ada')).settled()
    await (await client('bob')).settled()
    await sync.broadcast('message:new', { id: '1', rooms: ['a'] })
    await sync.broadcastMany('message:new', [
      { id: '2', rooms: ['a'] },
      { id: '3', rooms: ['nobody'] },
    ])
    await sync.broadcast('typing', { room: 'b' })
    expect(await figures()).toMatchObject({
      'sync.events.broadcast event=message:new': 3,
      'sync.events.broadcast event=typing': 1,
      'sync.events.delivered event=message:new': 4,
      'sync.events.delivered event=typing': 2,
    })
    // A socket in two of an event's rooms gets it once, and counts for both.
    await sync.broadcast('message:new', { id: '4', rooms: ['a', 'b'] })
    expect(await figures()).toMatchObject({ 'sync.events.delivered event=message:new': 8 })
  })

  test('what became of rooms that clients came back to, and what was sent again for it', async () => {
    const { sync, client, figures } = await start({
      rooms: () => ['a', 'b'],
      log: memoryLog({ maxEventsPerRoom: 3 }),
    })
    const ada = await client('ada')
    const { handle } = await ada.joined('a')
    const { handle: lost } = await ada.joined('b')
    for (const id of ['1', '2']) await sync.broadcast('message:new', { id, rooms: ['a'] })
    for (const id of ['3', '4', '5', '6', '7']) {
      await sync.broadcast('message:new', { id, rooms: ['b'] })
    }
    await ada.pull([handle, 0], [lost, 0], ['no-such-room', 0])
    expect(await figures()).toMatchObject({
      'sync.pulls outcome=answered': 1,
      'sync.resumes outcome=replayed': 1,
      'sync.resumes outcome=lost': 1,
      'sync.resumes outcome=absent': 1,
      'sync.events.replayed': 2,
    })
  })

  test('a room that takes several answers once', async () => {
    const { sync, client, figures } = await start({ rooms: () => ['a'] })
    const ada = await client('ada')
    const { handle } = await ada.joined('a')
    const rows = Array.from({ length: 600 }, (_, n) => ({ id: String(n), rooms: ['a'] }))
    await sync.broadcastMany('message:new', rows)
    for (const since of [0, 500]) await ada.pull([handle, since])
    expect(await figures()).toMatchObject({
      'sync.pulls outcome=answered': 2,
      'sync.resumes outcome=replayed': 1,
      'sync.events.replayed': 600,
    })
  })

  test('who asks too much, and for what they do not get', async () => {
    const { client, figures } = await start({
      authorize: (_, rooms) => rooms.filter((room) => room !== 'secret'),
      maxRoomsPerSocket: 2,
      // Time stands still: nothing is added to anybody's budget.
      clock: createManualClock(),
    })
    const ada = await client('ada')
    ada.socket.emit('sync:join', ['open', 'secret', 'too', 'many'])
    await until(() =>
      expect(ada.notes().filter(([kind]) => kind === 'refused')).toHaveLength(3),
    )
    const asked = Array.from({ length: 149 }, () => ada.probe())
    expect(await Promise.all([...asked, ada.probe()])).toContainEqual({ busy: 1000 })
    expect(await figures()).toMatchObject({
      'sync.rooms.refused': 3,
      'sync.pulls outcome=busy': 1,
    })
  })

  test('users let in and thrown out, and each error as often as it happens', async () => {
    const { sync, figures } = await start()
    await sync.joinRoom('a', ['ada', 'bob'])
    await sync.leaveRoom('a', ['bob'])
    const wrong = () => sync.broadcast('message:new', { id: '1', rooms: [''] })
    for (let times = 0; times < 3; times++) {
      await expect(wrong()).rejects.toMatchObject({ code: 'room-failed' })
    }
    expect(await figures()).toMatchObject({
      'sync.memberships change=join': 2,
      'sync.memberships change=leave': 1,
      'sync.errors code=room-failed': 3,
    })
  })

  test('how things stand: sockets, rooms, what waits for clients, the log', async () => {
    const { sync, client, figures } = await start({ rooms: () => ['a', 'b'] })
    const ada = await client('ada')
    await ada.settled()
    const before = await figures()
    for (const id of ['1', '2']) await sync.broadcast('message:new', { id, rooms: ['a'] })
    await ada.flush()
    expect(await figures()).toMatchObject({
      'sync.sockets': 1,
      'sync.rooms': 3,
      'sync.sockets.buffered': 0,
      'sync.log.events': Number(before['sync.log.events']) + 2,
      'sync.log.rooms': 3,
    })
    expect((await figures())['sync.log.size']).toBeGreaterThan(Number(before['sync.log.size']))
  })

  test('how far a node of a shared log is behind', async () => {
    const clock = createManualClock()
    const log = createMemoryHub({ clock, latencyMs: () => 250 }).join()
    const { sync, figures } = await start({ log })
    await sync.broadcast('message:new', { id: '1', rooms: ['a'] })
    clock.advance(250)
    expect((await figures())['sync.events.lag']).toMatchObject({ count: 1, sum: 0.25 })
  })

  test('nothing more once its server is closed', async () => {
    let asked = 0
    const log = memoryLog()
    const stats = () => {
      asked++
      return { events: 0, bytes: 0, rooms: 0 }
    }
    const { sync, figures } = await start({ log: { ...log, stats } })
    await figures()
    expect(asked).toBe(1)
    await sync.close()
    await figures()
    expect(asked).toBe(1)
  })
})

test('a worker without sockets counts what it broadcasts, and whom it lets in', async () => {
  const { meter, figures } = startMeter()
  const log = createMemoryHub().join()
  const emitter = createSyncEmitter<Events>({ rules, log, metrics: meter, onError: () => {} })
  await emitter.broadcast('message:new', { id: '1', rooms: ['a'] })
  await emitter.joinRoom('a', ['ada'])
  await emitter.broadcast('typing', { room: 'a' }).catch(() => {})
  expect(await figures()).toEqual({
    'sync.events.broadcast event=message:new': 1,
    'sync.memberships change=join': 1,
    'sync.errors code=needs-server': 1,
  })
})

test('each figure has its unit', async () => {
  const clock = createManualClock()
  const log = createMemoryHub({ clock }).join()
  const { sync, client, units } = await start({ log, rooms: () => ['a'] })
  const ada = await client('ada')
  await sync.broadcast('message:new', { id: '1', rooms: ['a'] })
  clock.advance(1)
  const { handle } = await ada.joined('a')
  await ada.pull([handle, 0])
  await sync.broadcast('message:new', { id: '1', rooms: [''] }).catch(() => {})
  expect(await units()).toMatchObject({
    'sync.events.broadcast': '{event}',
    'sync.events.delivered': '{delivery}',
    'sync.events.lag': 's',
    'sync.events.replayed': '{event}',
    'sync.pulls': '{answer}',
    'sync.resumes': '{room}',
    'sync.errors': '{error}',
    'sync.sockets': '{socket}',
    'sync.sockets.buffered': 'By',
    'sync.rooms': '{room}',
    'sync.log.events': '{event}',
    'sync.log.size': 'By',
    'sync.log.rooms': '{room}',
  })
})
