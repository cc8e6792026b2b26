/** Clients in the test's own process: with an engine and a cache, or plain ones that write down. */

import { QueryClient, QueryObserver } from '@tanstack/query-core'
import { createSyncEngine, type SyncReport } from '@iron-stack/sync/engine'
import { io as connectTo, type Socket } from 'socket.io-client'
import { expect, onTestFinished } from 'vitest'
import { findMeta } from '../../../src/message.ts'
import { until } from '../../support/until.ts'
import { listsOf, rules, type Row } from './rules.ts'

/** What a plain listener has heard: of each handle, the offsets in the order of arrival. */
export interface PlainClient {
  readonly userId: string
  readonly socket: Socket
  readonly rows: Row[]
  readonly places: Map<string, number[]>
}

export function connectPlain(url: string, userId: string): PlainClient {
  const socket = connect(url, userId)
  const rows: Row[] = []
  const places = new Map<string, number[]>()
  socket.on('row:added', (row: Row, ...rest: unknown[]) => {
    rows.push(row)
    for (const [handle, offset] of findMeta(rest)?.p ?? []) {
      const offsets = places.get(handle)
      if (offsets === undefined) places.set(handle, [offset])
      else offsets.push(offset)
    }
  })
  return { userId, socket, rows, places }
}

export interface CachingClient {
  readonly userId: string
  readonly socket: Socket
  readonly fetches: () => number
  readonly reports: readonly SyncReport[]
  readonly errors: readonly string[]
  readonly rowsOf: (list: string) => readonly string[]
}

/** A client that looks at its lists from now on; each is fetched once, and empty. */
export function connectCaching(url: string, userId: string): CachingClient {
  const queryClient = new QueryClient({
    defaultOptions: { queries: { staleTime: Infinity, retry: false } },
  })
  const socket = connect(url, userId)
  const reports: SyncReport[] = []
  const errors: string[] = []
  let fetches = 0
  const stop = createSyncEngine(queryClient, socket, rules, {
    onEvent: (report) => reports.push(report),
    onError: (error) => errors.push(error.message),
  })
  const keyOf = (list: string) => [['row', 'list'], { input: { list }, type: 'query' }]
  const unsubscribe = listsOf(userId).map((list) =>
    new QueryObserver<readonly Row[]>(queryClient, {
      queryKey: keyOf(list),
      queryFn() {
        fetches++
        return []
      },
    }).subscribe(() => {}),
  )
  onTestFinished(() => {
    for (const undo of unsubscribe) undo()
    stop()
    queryClient.clear()
  })
  return {
    userId,
    socket,
    reports,
    errors,
    fetches: () => fetches,
    rowsOf: (list) =>
      (queryClient.getQueryData<readonly Row[]>(keyOf(list)) ?? []).map(({ id }) => id),
  }
}

/** Waits until each is connected, and has been told of its rooms. */
export async function settled(clients: readonly { socket: Socket }[]): Promise<void> {
  await Promise.all(
    clients.map(async ({ socket }) => {
      let isSettled = false
      socket.on('sync:rooms', (notes: readonly (readonly unknown[])[]) => {
        isSettled ||= notes.some(([kind]) => kind === 'settled')
      })
      socket.connect()
      await until(() => expect(isSettled).toBe(true), 60_000)
    }),
  )
}

function connect(url: string, userId: string): Socket {
  const socket = connectTo(url, {
    transports: ['websocket'],
    forceNew: true,
    autoConnect: false,
    reconnectionDelay: 50,
    reconnectionDelayMax: 200,
    auth: { userId },
  })
  onTestFinished(() => {
    socket.disconnect()
  })
  return socket
}
