/** Rooms that a client asks for: who decides, and how much may be asked. */

import { createManualClock } from '@iron-stack/sync/testing'
import { SyncServer, type Authorize, type SyncServerOptions } from '@iron-stack/sync/server'
import type { SyncError } from '@iron-stack/sync'
import { describe, expect, onTestFinished, test } from 'vitest'
import { JOIN, LEAVE, PROBE, PULL, type RoomNote } from '../../src/control.ts'
import { defer } from '../support/defer.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { startBareClient, type BareClient } from './support/bare-client.ts'

async function start(options: Partial<SyncServerOptions> = {}) {
  const server = await startSocketServer()
  const errors: SyncError[] = []
  const sync = new SyncServer({
    io: server.io,
    rules: {},
    onError: (error) => errors.push(error),
    ...options,
  })
  onTestFinished(() => sync.close())
  const ada = await startBareClient(server, 'ada')
  await ada.settled()
  return { ...server, sync, errors, ada, client: (id: string) => startBareClient(server, id) }
}

const anything: Authorize = (_socket, rooms) => rooms

/** Asks for rooms, and returns the notes once there is one for each. */
async function ask(client: BareClient, names: readonly string[]): Promise<RoomNote[]> {
  const before = client.notes().length
  client.socket.emit(JOIN, names)
  await until(() => expect(client.notes()).toHaveLength(before + names.length))
  return client.notes().slice(before)
}

const kindsOf = (notes: readonly RoomNote[]) => notes.map(([kind, name]) => `${kind} ${name}`)

describe('asking for rooms', () => {
  test('is refused where nobody decides', async () => {
    const { ada } = await start()
    expect(kindsOf(await ask(ada, ['a', 'b']))).toEqual(['refused a', 'refused b'])
  })

  test('gets those that `authorize` returns, by the socket and the names', async () => {
    const asked: unknown[] = []
    const { ada } = await start({
      authorize(socket, rooms) {
        asked.push([socket.data.userId, rooms])
        return ['b', 'never asked for']
      },
    })
    expect(kindsOf(await ask(ada, ['a', 'b']))).toEqual(['joined b', 'refused a'])
    expect(asked).toEqual([['ada', ['a', 'b']]])
    expect(ada.notes().map(([, name]) => name)).not.toContain('never asked for')
  })

  test('is told again of a room it is in, without anybody being asked', async () => {
    let calls = 0
    const { ada } = await start({
      rooms: () => ['lobby'],
      authorize: () => {
        calls++
        return []
      },
    })
    expect(kindsOf(await ask(ada, ['lobby']))).toEqual(['joined lobby'])
    expect(calls).toBe(0)
  })

  test("never gets a user's own room, or that of a socket", async () => {
    const { ada, client } = await start({ authorize: anything })
    const bob = await client('bob')
    const names = ['user:bob', 'user:nobody', bob.socket.id ?? '', ada.socket.id ?? '']
    expect(kindsOf(await ask(ada, names))).toEqual(names.map((name) => `refused ${name}`))
  })

  test('is refused where the socket has no user', async () => {
    const { io } = await start({ authorize: anything })
    const nobody = await startBareClient({ io }, '')
    expect(kindsOf(await ask(nobody, ['a']))).toEqual(['refused a'])
  })

  test.for([
    [
      'throws',
      () => {
        throw new Error('down')
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
    // What JavaScript may return.
    ['returns no list', () => 5 as never],
  ] satisfies [string, Authorize][])(
    'is refused where `authorize` %s, and `onError` is told',
    async ([, authorize]) => {
      const { ada, errors } = await start({ authorize })
      expect(kindsOf(await ask(ada, ['a']))).toEqual(['refused a'])
      expect(errors).toMatchObject([{ code: 'authorize-failed' }])
    },
  )

  test('is refused where `authorize` takes too long', async () => {
    const clock = createManualClock()
    const { promise } = defer<string[]>()
    let isAsked = false
    const { ada, errors } = await start({
      clock,
      authorizeTimeoutMs: 3000,
      authorize: () => {
        isAsked = true
        return promise
      },
    })
    const answer = ask(ada, ['a'])
    await until(() => expect(isAsked).toBe(true))
    clock.advance(3000)
    expect(kindsOf(await answer)).toEqual(['refused a'])
    expect(errors).toMatchObject([{ code: 'authorize-failed' }])
  })

  test('gets no more rooms than one socket may have, and others when it leaves some', async () => {
    const { ada } = await start({ authorize: anything, maxRoomsPerSocket: 2 })
    const notes = await ask(ada, ['a', 'b', 'c'])
    expect(kindsOf(notes).toSorted()).toEqual(['joined a', 'joined b', 'refused c'])
    ada.socket.emit(LEAVE, ['a'])
    await until(() => expect(ada.notes().at(-1)).toEqual(['left', 'a']))
    expect(kindsOf(await ask(ada, ['c', 'd'])).toSorted()).toEqual(['joined c', 'refused d'])
  })

  test('for what it no longer wants when the answer comes leaves it outside', async () => {
    const { promise, resolve } = defer<string[]>()
    const { ada, io } = await start({ authorize: () => promise })
    ada.socket.emit(JOIN, ['a'])
    ada.socket.emit(LEAVE, ['a'])
    await ada.flush()
    resolve(['a'])
    await ada.flush()
    await until(() => expect(io.of('/').adapter.rooms.has('a')).toBe(false))
  })
})

describe('leaving', () => {
  test('is for rooms it got by asking', async () => {
    const { ada, io } = await start({ rooms: () => ['lobby'], authorize: anything })
    await ask(ada, ['a'])
    ada.socket.emit(LEAVE, ['lobby', 'user:ada', 'a', ada.socket.id])
    await until(() => expect(ada.notes().at(-1)).toEqual(['left', 'a']))
    await ada.flush()
    expect([...(io.of('/').adapter.sids.get(ada.socket.id ?? '') ?? [])].toSorted()).toEqual(
      [ada.socket.id ?? '', 'lobby', 'user:ada'].toSorted(),
    )
  })
})

describe('a client that asks too much', () => {
  test('is told to wait, and answered again later', async () => {
    const clock = createManualClock()
    const { ada } = await start({ clock })
    const answers = await Promise.all(Array.from({ length: 400 }, () => ada.ask(PROBE)))
    const busy = answers.filter((answer) => (answer as { busy?: number }).busy === 1000)
    expect(busy.length).toBeGreaterThanOrEqual(100)
    expect(await ada.ask(PULL, { e: '', t: 0, q: [] })).toEqual({ busy: 1000 })
    clock.advance(1000)
    expect(await ada.probe()).toMatchObject({ n: 1 })
  })

  test('with names that are too long, or too many at once, gets none of them', async () => {
    const { ada, io } = await start({ authorize: anything })
    const long = 'x'.repeat(257)
    ada.socket.emit(JOIN, [long])
    ada.socket.emit(
      JOIN,
      Array.from({ length: 201 }, (_, i) => `room${i}`),
    )
    await ada.flush()
    const { rooms } = io.of('/').adapter
    expect([...rooms.keys()].toSorted()).toEqual([ada.socket.id ?? '', 'user:ada'].toSorted())
  })
})
