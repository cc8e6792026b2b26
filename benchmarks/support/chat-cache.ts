/** A cache as a chat would have it, with tRPC's keys: one message list, and many other queries. */

import { EventEmitter } from 'node:events'
import { notifyManager, QueryClient, QueryObserver, type QueryKey } from '@tanstack/query-core'
import { defineSyncRules, updateItem, upsertItem, type SyncRules } from '@iron-stack/sync'
import { createSyncEngine } from '@iron-stack/sync/engine'

export interface Message {
  readonly id: string
  readonly conversationId: string
  readonly text: string
}

export type Events = { 'message:edited': Message }
type AllEvents = Events & { 'message:new': Message }
export type MessageList = readonly Message[]

const MESSAGES_PER_LIST = 20
const OTHER_PROCEDURES = 50

/* Observers are told at once, not in a later task: their cost belongs to what caused it. */
notifyManager.setScheduler((callback) => callback())

export const rules: SyncRules<Events> = defineSyncRules<Events>({
  'message:edited': {
    room: (message) => `conversation:${message.conversationId}`,
    actions: [
      {
        procedure: ['message', 'list'],
        action: 'direct',
        match: (message, input) => input?.['conversationId'] === message.conversationId,
        updater: (old: MessageList, message) => replaceMessage(old, message),
      },
    ],
  },
})

/** The same, with a match declared by its field and a keyed updater. */
export const rulesByField: SyncRules<AllEvents> = defineSyncRules<AllEvents>({
  'message:edited': {
    room: 'conversation:{conversationId}',
    actions: [
      {
        procedure: ['message', 'list'],
        action: 'direct',
        match: 'conversationId',
        updater: updateItem(),
      },
    ],
  },
  'message:new': {
    room: 'conversation:{conversationId}',
    actions: [
      {
        procedure: ['message', 'list'],
        action: 'direct',
        match: 'conversationId',
        updater: upsertItem({ insert: 'first' }),
      },
    ],
  },
})

export function replaceMessage(old: MessageList, message: Message): MessageList {
  return old.map((row) => (row.id === message.id ? message : row))
}

/** In front of the others, unless it is there; a list stays as long as it is. */
export function addMessage(old: MessageList, message: Message): MessageList {
  if (old.some(({ id }) => id === message.id)) return old
  return [message, ...old].slice(0, old.length)
}

export function listKey(conversationId: string) {
  return [['message', 'list'], { input: { conversationId }, type: 'query' }] as const
}

/** The latest messages, so many at most. */
export function latestKey(conversationId: string, limit: number) {
  return [['message', 'list'], { input: { conversationId, limit }, type: 'query' }] as const
}

/** The message list of `c0`, and others up to `size` queries, of fifty other procedures. */
export function fillWithOtherProcedures(size: number): QueryClient {
  const queryClient = createClient()
  queryClient.setQueryData(listKey('c0'), messagesOf('c0'))
  addOtherQueries(queryClient, { from: 1, to: size })
  return queryClient
}

/** The message lists of `c0`, `c1`, … up to `size` queries; all but that of `c0` hold the same. */
export function fillWithLists(size: number): QueryClient {
  const queryClient = createClient()
  const others = messagesOf('c1')
  for (let place = 0; place < size; place++) {
    queryClient.setQueryData(listKey(`c${place}`), place === 0 ? messagesOf('c0') : others)
  }
  return queryClient
}

/** The latest messages of `c0`, as many as there may be, and an observer of them. */
export function fillWithLatest(rows: number): QueryClient {
  const queryClient = createClient()
  queryClient.setQueryData(latestKey('c0', rows), messagesOf('c0', rows))
  observe(queryClient, latestKey('c0', rows))
  return queryClient
}

/** Queries with the numbers `from`, inclusive, to `to`, exclusive. */
export function addOtherQueries(
  queryClient: QueryClient,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  for (let id = from; id < to; id++) {
    const path = ['feature', `procedure${id % OTHER_PROCEDURES}`]
    queryClient.setQueryData([path, { input: { id }, type: 'query' }], { id })
  }
}

/** Somebody who looks at the list of `c0`. */
export function observeList(queryClient: QueryClient): void {
  observe(queryClient, listKey('c0'))
}

function observe(queryClient: QueryClient, queryKey: QueryKey): void {
  const observer = new QueryObserver(queryClient, {
    queryKey,
    staleTime: Infinity,
    enabled: false,
  })
  observer.subscribe(() => {})
}

/** An edit of a message of `c0`, different from the one before. */
export function createEdits(): () => Message {
  let count = 0
  return () => ({ id: 'c0-7', conversationId: 'c0', text: `edited ${count++}` })
}

/** The engine's socket is an emitter: what Socket.IO itself costs is not this library's doing. */
export function attachEngine<Shared>(
  queryClient: QueryClient,
  shared: SyncRules<Shared>,
): EventEmitter {
  const socket = new EventEmitter()
  createSyncEngine(queryClient, socket, shared)
  return socket
}

function createClient(): QueryClient {
  // Without a time to be collected at, ten thousand queries would set ten thousand timers.
  return new QueryClient({ defaultOptions: { queries: { gcTime: Infinity } } })
}

function messagesOf(conversationId: string, rows = MESSAGES_PER_LIST): MessageList {
  return Array.from({ length: rows }, (_, place) => ({
    id: `${conversationId}-${place}`,
    conversationId,
    text: `message ${place}`,
  }))
}
