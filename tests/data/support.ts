/**
 * Notes on boards: a server and a client that need not have the same rules, as in a deploy, and
 * somebody who looks at board `a` and board `b`.
 */

import { QueryObserver } from '@tanstack/query-core'
import { upsertItem, type CacheAction, type SyncError, type SyncRules } from '@iron-stack/sync'
import type { SyncEngineOptions } from '@iron-stack/sync/engine'
import { createTestNetwork, type TestNetworkOptions } from '@iron-stack/sync/testing'
import { onTestFinished } from 'vitest'
import { startSyncEngine } from '../../src/engine/create-sync-engine.ts'

export interface Note {
  readonly id: number
  readonly boardId: string
}

export const ROOM = 'board:{boardId}'

/** Keeps the list of a note's board. */
export const UPSERT = {
  procedure: ['note', 'list'],
  action: 'direct',
  match: 'boardId',
  updater: upsertItem<Note>({ compare: (a, b) => a.id - b.id, limit: Infinity }),
} satisfies CacheAction<Note>

export const listKey = (boardId: string) => [
  ['note', 'list'],
  { input: { boardId }, type: 'query' },
]

export interface Setup<Sent, Read> {
  readonly server: SyncRules<Sent>
  readonly client: SyncRules<Read>
  readonly network?: Partial<TestNetworkOptions<Sent>>
  readonly engine?: SyncEngineOptions
  /** What somebody looks at. @default ['a', 'b'] */
  readonly boards?: readonly string[]
  /** How long a fetch takes. @default 0 */
  readonly latencyMs?: number
}

export function startBoards<Sent, Read>(setup: Setup<Sent, Read>) {
  const { latencyMs = 0, boards = ['a', 'b'] } = setup
  const network = createTestNetwork({
    rules: setup.server,
    authorize: (_, rooms) => rooms,
    ...setup.network,
  })
  onTestFinished(network.close)
  network.clock.advance(60_000)
  const { queryClient, socket, wire } = network.connect('ada', { engine: false })
  const errors: SyncError[] = []
  const { tap, stop } = startSyncEngine(queryClient, socket, setup.client, {
    clock: network.clock,
    random: network.random.float,
    onError: (error) => errors.push(error),
    ...setup.engine,
  })
  onTestFinished(stop)
  const requests: Record<string, number> = {}
  /** What the API answers. */
  const rows: Record<string, unknown[]> = {}
  for (const boardId of boards) {
    const observer = new QueryObserver(queryClient, {
      queryKey: listKey(boardId),
      queryFn: async () => {
        requests[boardId] = (requests[boardId] ?? 0) + 1
        const read = [...(rows[boardId] ?? [])]
        if (latencyMs > 0) await network.clock.sleep(latencyMs)
        return read
      },
      staleTime: Infinity,
    })
    onTestFinished(observer.subscribe(() => {}))
  }
  /** Whatever the types of one side say, the other may send. */
  const send = (event: string, data: unknown) =>
    network.server.broadcast(event as never, data as never)
  return {
    network,
    queryClient,
    socket,
    wire,
    errors,
    tap,
    rows,
    requests,
    send,
    codes: () => errors.map(({ code }) => code),
    list: (boardId: string) => queryClient.getQueryData<unknown[]>(listKey(boardId)),
    /** Takes the client offline while something happens. */
    async away(happens: () => void | Promise<void>) {
      wire.cut()
      await happens()
      wire.restore()
      socket.connect()
      await network.quiet()
    },
  }
}
