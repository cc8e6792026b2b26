/** Nodes that share a log and nothing else: no adapter joins them. */

import { defineSyncRules } from '@iron-stack/sync'
import {
  SyncServer,
  type EventLog,
  type LogFollower,
  type ReadQuestion,
} from '@iron-stack/sync/server'
import { createMemoryHub, type HubLog } from '@iron-stack/sync/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { EventMeta } from '../../src/message.ts'
import {
  autoJoin,
  HELLO,
  recordEvents,
  startSync,
  type Message,
} from '../support/chat-server.ts'
import { defer } from '../support/defer.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { startBareClient } from './support/bare-client.ts'

/** A node on a log of several, with what its sockets are in. */
async function startNode(log: EventLog) {
  const server = await startSocketServer()
  const { sync, errors } = startSync({ io: server.io, log })
  const rooms = server.io.of('/').adapter.rooms
  return { ...server, sync, errors, isInUse: (room: string) => rooms.has(room) }
}

async function startNodes({ latencyMs = 0 } = {}) {
  const hub = createMemoryHub({ latencyMs: () => latencyMs, barrierTimeoutMs: 200 })
  const logs: [HubLog, HubLog] = [hub.join('here'), hub.join('there')]
  const [here, there] = [await startNode(logs[0]), await startNode(logs[1])]
  return { hub, logs, here, there }
}

/** Holds the reads that ask such a question, until they are released. */
function holdReads(log: HubLog, isMeant: (question: ReadQuestion) => boolean) {
  const gate = defer<void>()
  let held = 0
  const { read } = log
  const slowly: EventLog['read'] = async (request) => {
    if (request.questions.some(isMeant)) {
      held++
      await gate.promise
    }
    return read(request)
  }
  Object.assign(log, { read: slowly })
  return { held: () => held, release: () => gate.resolve() }
}

const message = (id: string): Message => ({ id, conversationId: 'c1' })

describe('nodes that share a log', () => {
  test('each send an event to their own sockets, whichever of them broadcasts it', async () => {
    const { here, there } = await startNodes()
    const [ada, bob] = [await startBareClient(here, 'ada'), await startBareClient(there, 'bob')]
    await here.sync.joinRoom('c1', ['ada', 'bob'])
    await here.sync.broadcast('message:new', message('m1'))
    await there.sync.broadcast('message:new', message('m2'))
    for (const { of } of [ada, bob]) {
      await until(() => expect(of('message:new')).toHaveLength(2))
      expect(of('message:new').map(([, data]) => data)).toEqual([message('m1'), message('m2')])
    }
    // The same places, whoever hears of them.
    expect(ada.of('message:new').map(([, , meta]) => meta)).toEqual(
      bob.of('message:new').map(([, , meta]) => meta),
    )
  })

  test('show all clients the same order, whatever races', async () => {
    const { here, there } = await startNodes()
    const clients = [await startBareClient(here, 'ada'), await startBareClient(there, 'bob')]
    await here.sync.joinRoom('c1', ['ada', 'bob'])
    const sent = Array.from({ length: 100 }, (_, at) =>
      (at % 2 === 0 ? here : there).sync.broadcast('message:new', message(`m${at}`)),
    )
    await Promise.all(sent)
    for (const { of } of clients) {
      await until(() => expect(of('message:new')).toHaveLength(100))
    }
    const [first, second] = clients.map(({ of }) => of('message:new').map(([, data]) => data))
    expect(first).toEqual(second)
  })

  test('give volatile events ids of their own, in the epoch that the log is in', async () => {
    const rules = defineSyncRules<{ typed: { room: string } }>({
      typed: { room: '{room}', volatile: true, actions: [] },
    })
    const hub = createMemoryHub()
    const nodes = await Promise.all(
      [hub.join(), hub.join()].map(async (log) => {
        const server = await startSocketServer()
        const sync = new SyncServer({ io: server.io, rules, log })
        onTestFinished(() => sync.close())
        return { sync, log, client: await startBareClient(server, 'ada') }
      }),
    )
    hub.flush()
    const metas: EventMeta[] = []
    for (const { sync, client } of nodes) {
      await sync.broadcast('typed', { room: 'user:ada' })
      await until(() => expect(client.of('typed')).toHaveLength(1))
      metas.push(client.of('typed')[0]?.[2] as EventMeta)
    }
    expect(new Set(metas.map(({ i }) => i)).size).toBe(2)
    expect(metas.map(({ e }) => e)).toEqual(nodes.map(({ log }) => log.epoch))
  })

  test('take a user out of a room everywhere before leaveRoom resolves', async () => {
    const { here, there } = await startNodes({ latencyMs: 30 })
    const bob = await there.connect('bob')
    await here.sync.joinRoom('c1', ['bob'])
    expect(there.isInUse('c1')).toBe(true)
    const events = recordEvents(bob)
    await here.sync.leaveRoom('c1', ['bob'])
    expect(there.isInUse('c1')).toBe(false)
    await here.sync.broadcast('message:new', HELLO)
    expect(await events.sent(there.io)).toEqual([])
  })

  test('let in nobody by a resolver that one of them had started before the other threw out', async () => {
    const { here, there } = await startNodes()
    const resolved = defer<readonly string[]>()
    const outcomes = autoJoin(there.sync, there.io, () => resolved.promise)
    await there.connect('bob')
    await until(() => expect(there.isInUse('user:bob')).toBe(true))
    await here.sync.leaveRoom('c1', ['bob'])
    resolved.resolve(['c1', 'c2'])
    await until(() => expect(outcomes).toEqual([{ status: 'joined', rooms: ['c2'] }]))
    expect(there.isInUse('c1')).toBe(false)
  })

  test('name the node that has not said that a membership took effect', async () => {
    const { here, there, logs } = await startNodes()
    const bob = await there.connect('bob')
    await here.sync.joinRoom('c1', ['bob'])
    logs[1].pause()
    await expect(here.sync.leaveRoom('c1', ['bob'])).rejects.toMatchObject({
      code: 'node-silent',
      message: expect.stringContaining('there') as string,
    })
    // What it has not been told yet keeps it from what came after.
    const events = recordEvents(bob)
    await here.sync.broadcast('message:new', HELLO)
    logs[1].resume()
    await until(() => expect(there.isInUse('c1')).toBe(false))
    expect(await events.sent(there.io)).toEqual([])
  })

  test('bring all sockets of a user into a room, but only the one that joins by itself', async () => {
    const { here, there } = await startNodes()
    const [one] = [await here.connect('bob'), await there.connect('bob')]
    await here.io
      .of('/')
      .sockets.get(one.id ?? '')
      ?.join('c2')
    await here.sync.joinRoom('c1', ['bob'])
    expect([here.isInUse('c1'), there.isInUse('c1')]).toEqual([true, true])
    expect([here.isInUse('c2'), there.isInUse('c2')]).toEqual([true, false])
  })

  test('replay nothing of the time when somebody was out, also from a node that started later', async () => {
    const { hub, here } = await startNodes()
    const bob = await startBareClient(here, 'bob')
    await here.sync.joinRoom('c1', ['bob'])
    await here.sync.broadcast('message:new', message('before'))
    const { handle } = await bob.joined('c1')
    await here.sync.leaveRoom('c1', ['bob'])
    bob.socket.disconnect()
    await here.sync.broadcast('message:new', message('secret'))

    const late = await startNode(hub.join('late'))
    autoJoin(late.sync, late.io, () => ['c1'])
    const back = await startBareClient(late, 'bob')
    const { handle: again, head } = await back.joined('c1')
    expect([again, head]).toEqual([handle, 2])
    expect(await back.pull([handle, 1])).toMatchObject({ r: [['lost', handle, 2]], ev: [] })
    await here.sync.broadcast('message:new', message('after'))
    expect((await back.pull([handle, 2])).ev.map(([, data]) => data)).toEqual([
      message('after'),
    ])
  })

  test('replay to somebody who was let in again what came since, also from a node that started later', async () => {
    const { hub, here } = await startNodes()
    await here.sync.joinRoom('c1', ['bob'])
    await here.sync.leaveRoom('c1', ['bob'])
    await here.sync.broadcast('message:new', message('secret'))
    await here.sync.joinRoom('c1', ['bob'])
    await here.sync.broadcast('message:new', message('shared'))

    const late = await startNode(hub.join('late'))
    autoJoin(late.sync, late.io, () => ['c1'])
    const bob = await startBareClient(late, 'bob')
    const { handle } = await bob.joined('c1')
    const { r, ev } = await bob.pull([handle, -1, 60_000])
    expect(r[0]?.slice(0, 4)).toEqual(['events', handle, 2, 2])
    expect(ev.map(([, data]) => data)).toEqual([message('shared')])
  })

  test('answer nothing that was sent since somebody was thrown out, however long their log takes', async () => {
    const { here, there, logs } = await startNodes()
    const bob = await startBareClient(there, 'bob')
    await here.sync.joinRoom('c1', ['bob'])
    const { handle } = await bob.joined('c1')
    // What bob may see is known from then on.
    await bob.pull([handle, 0])
    const reads = holdReads(logs[1], ({ room }) => room === 'c1')
    const pulled = bob.pull([handle, 0])
    await until(() => expect(reads.held()).toBe(1))
    await here.sync.leaveRoom('c1', ['bob'])
    await here.sync.broadcast('message:new', message('secret'))
    reads.release()
    expect(await pulled).toEqual({ busy: expect.any(Number) as number })
    expect(await bob.pull([handle, 0])).toEqual({ r: [['absent', handle]], ev: [] })
  })

  test('answer nothing of a room that somebody comes into while what they may see is looked up', async () => {
    const { hub, here } = await startNodes()
    await here.sync.joinRoom('c1', ['bob'])
    await here.sync.leaveRoom('c1', ['bob'])
    await here.sync.broadcast('message:new', message('secret'))

    const log = hub.join('late')
    const reads = holdReads(log, ({ room }) => room === 'user:bob')
    const late = await startNode(log)
    const resolved = defer<readonly string[]>()
    autoJoin(late.sync, late.io, (userId) => (userId === 'ada' ? ['c1'] : resolved.promise))
    // The handle is one that this node knows.
    const ada = await startBareClient(late, 'ada')
    const { handle } = await ada.joined('c1')
    const bob = await startBareClient(late, 'bob')
    const own = await bob.joined('user:bob')
    const pulled = bob.pull([own.handle, 0], [handle, 0])
    await until(() => expect(reads.held()).toBe(1))
    resolved.resolve(['c1'])
    await bob.joined('c1')
    reads.release()
    const { r, ev } = await pulled
    expect(r).toContainEqual(['absent', handle])
    expect(ev.map(([, data]) => data)).not.toContainEqual(message('secret'))
    expect((await bob.pull([handle, 0])).r).toEqual([['lost', handle, 1]])
  })

  test('let everybody connect again where a node may not know who was thrown out', async () => {
    const { here, hub } = await startNodes()
    const log = hub.join('away')
    let lapse: (() => void) | undefined
    const { follow } = log
    Object.assign(log, {
      follow(follower: LogFollower) {
        lapse = follower.lapse
        return follow?.(follower)
      },
    })
    const away = await startNode(log)
    let allowed = ['c1']
    autoJoin(away.sync, away.io, () => allowed)
    const bob = await away.connect('bob')
    await until(() => expect(away.isInUse('c1')).toBe(true))
    const heard: unknown[] = []
    bob.on('message:new', (data) => heard.push(data))
    // What `leaveRoom` has recorded, this node is never told.
    allowed = []
    lapse?.()
    await until(() => expect(away.isInUse('c1')).toBe(false))
    await until(() => expect(away.isInUse('user:bob')).toBe(true))
    await until(() => expect(bob.connected).toBe(true))
    await here.sync.broadcast('message:new', message('secret'))
    await here.sync.broadcast('message:new', message('later'))
    expect(heard).toEqual([])
  })

  test('tell everybody of another epoch when the log has lost everything', async () => {
    const { hub, here, there } = await startNodes()
    const bob = await startBareClient(there, 'bob')
    await here.sync.joinRoom('c1', ['bob'])
    await here.sync.broadcast('message:new', message('m1'))
    const { handle } = await bob.joined('c1')
    const notes = bob.notes().length
    hub.flush()
    await until(() => expect(bob.hellos()).toHaveLength(2))
    expect(bob.hellos()[1]?.e).not.toBe(bob.hellos()[0]?.e)
    await until(() => expect(bob.notes().slice(notes)).toHaveLength(3))
    expect(await bob.joined('c1')).toMatchObject({ head: 0 })
    expect(await bob.pull([handle, 1])).toMatchObject({ ev: [] })
    await here.sync.broadcast('message:new', message('m2'))
    await until(() => expect(bob.of('message:new').at(-1)?.[1]).toEqual(message('m2')))
  })

  test('go on by themselves when one of them closes', async () => {
    const { here, there } = await startNodes()
    const bob = await there.connect('bob')
    void here.sync.close()
    await there.sync.joinRoom('c1', ['bob'])
    const events = recordEvents(bob)
    await there.sync.broadcast('message:new', HELLO)
    await until(async () =>
      expect(await events.sent(there.io)).toEqual([['message:new', HELLO]]),
    )
  })
})
