/** Servers that are replaced one by one, while clients of two versions are connected to them. */

import type { AddressInfo } from 'node:net'
import { QueryClient } from '@tanstack/query-core'
import type { SyncError } from '@iron-stack/sync'
import { createSyncEngine, type SyncReport, type SyncStatus } from '@iron-stack/sync/engine'
import { createSyncEmitter, SyncServer } from '@iron-stack/sync/server'
import { createManualClock, createMemoryHub } from '@iron-stack/sync/testing'
import { io as connectTo } from 'socket.io-client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startProxy } from '../support/proxy.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { withVersions } from '../support/other-version.ts'
import { createApi, idsOf, rules, type Events } from './support.ts'

/** The servers of one release, seen from the client: ahead of it, behind it, or like it. */
type Release = -1 | 0 | 1 | 2

interface Options {
  readonly isClientNewer: boolean
  readonly first: Release
  readonly clock?: ReturnType<typeof createManualClock>
}

async function start({ isClientNewer, first, clock }: Options) {
  const hub = createMemoryHub()
  const errors: SyncError[] = []

  async function startNode() {
    const { io } = await startSocketServer()
    const sync = new SyncServer<Events>({
      io,
      rules,
      log: hub.join(),
      rooms: () => ['conversation:a'],
      authorize: (_, rooms) => rooms,
      onError: (error) => errors.push(error),
    })
    onTestFinished(() => sync.close())
    return { io, sync, port: (io.httpServer.address() as AddressInfo).port }
  }

  let node = await startNode()
  /** Of the servers that new connections go to, and of the one that is connected. */
  let release = first
  let connected = first
  const proxy = await startProxy(node.port)
  const socket = connectTo(`http://127.0.0.1:${proxy.port}`, {
    transports: ['websocket'],
    forceNew: true,
    auth: { userId: 'ada' },
    reconnectionDelay: 10,
  })
  socket.on('connect', () => {
    connected = release
  })

  const queryClient = new QueryClient()
  const statuses: SyncStatus[] = []
  const reports: SyncReport[] = []
  const versions = { server: () => connected, isClientNewer }
  const stop = createSyncEngine(queryClient, withVersions(socket, versions), rules, {
    onStatus: (status) => statuses.push(status),
    onEvent: (report) => reports.push(report),
    onError: (error) => errors.push(error),
    random: () => 0,
    ...(clock && { clock }),
  })
  onTestFinished(() => {
    stop()
    socket.disconnect()
    queryClient.clear()
  })

  const api = createApi()
  const worker = createSyncEmitter<Events>({ rules, log: hub.join('worker') })
  let count = 0
  async function say(conversationId: string): Promise<void> {
    const message = { id: ++count, conversationId }
    api.rows.set(conversationId, [...(api.rows.get(conversationId) ?? []), message])
    await worker.broadcast('message:new', message)
  }

  return {
    api,
    errors,
    socket,
    worker,
    queryClient,
    statuses,
    reports,
    say,
    isLive: () => until(() => expect(statuses.at(-1)).toBe('live')),

    /** Replaces the server, while events go on. */
    async deploy(next: Release): Promise<void> {
      const old = node
      node = await startNode()
      release = next
      proxy.lead(node.port)
      const talk = Promise.all(
        Array.from({ length: 20 }, (_, n) => say(n % 2 === 0 ? 'a' : 'b')),
      )
      await old.sync.close()
      await old.io.close()
      await talk
      await until(() => expect(connected).toBe(next))
    },

    async expectConverged(): Promise<void> {
      await until(() => {
        for (const room of ['a', 'b']) {
          expect(idsOf(queryClient, room)).toEqual(
            (api.rows.get(room) ?? []).map(({ id }) => id),
          )
        }
      })
    },
  }
}

describe('a deploy, its rollback, and the next one lose nothing and fetch nothing', () => {
  test.each<[string, { old: Release; new: Release; isClientNewer: boolean }]>([
    ['for a client like its servers', { old: 0, new: 0, isClientNewer: false }],
    ['for a client of the old version', { old: 0, new: 1, isClientNewer: false }],
    ['for a client of the new version', { old: -1, new: 0, isClientNewer: true }],
  ])('%s', async (_, { old, new: next, isClientNewer }) => {
    const { api, errors, worker, queryClient, reports, say, isLive, deploy, expectConverged } =
      await start({ isClientNewer, first: old })
    await isLive()
    for (const room of ['a', 'b']) api.look(queryClient, room)
    await until(() => expect(reports.map(({ room }) => room)).toContain('conversation:b'))
    await isLive()
    await say('a')
    await expectConverged()
    for (const release of [next, old, next]) {
      await deploy(release)
      await isLive()
      await say('b')
      await expectConverged()
    }
    expect(['a', 'b'].map(api.requests)).toEqual([1, 1])
    expect(reports.filter(({ outcome }) => outcome === 'lost')).toEqual([])

    await worker.leaveRoom('conversation:b', ['ada'])
    await until(() => expect(idsOf(queryClient, 'b')).toBeUndefined())
    expect(errors).toEqual([])
  })
})

test('a server two versions ahead is one that a client can only refetch after', async () => {
  const clock = createManualClock()
  const { api, queryClient, statuses, deploy } = await start({
    isClientNewer: false,
    first: 0,
    clock,
  })
  await until(() => expect(statuses.at(-1)).toBe('live'))
  api.look(queryClient, 'a')
  await until(() => expect(idsOf(queryClient, 'a')).toEqual([]))
  await deploy(2)
  // It says a hello that is not understood, and counts as silent at once: no time has passed.
  await until(() => {
    expect(statuses.slice(-3)).toEqual(['offline', 'catching-up', 'live'])
  })
  await until(() => {
    clock.advance(100)
    expect(api.requests('a')).toBe(2)
  })
})
