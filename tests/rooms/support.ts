/** Conversations on a test network, each in a room of its own, and somebody who looks at them. */

import { QueryObserver, type QueryClient } from '@tanstack/query-core'
import { defineRoom, defineSyncRules, upsertItem } from '@iron-stack/sync'

export interface Message {
  readonly id: number
  readonly conversationId: string
}

export interface Events {
  'message:new': Message
}

export const conversationRoom = defineRoom('conversation:{conversationId}')

export const rules = defineSyncRules<Events>({
  'message:new': {
    room: conversationRoom,
    actions: [
      {
        procedure: ['message', 'list'],
        action: 'direct',
        match: 'conversationId',
        updater: upsertItem({ compare: (a, b) => a.id - b.id, limit: Infinity }),
      },
    ],
  },
})

export const listKey = (conversationId: string) => [
  ['message', 'list'],
  { input: { conversationId }, type: 'query' },
]

/** What the API knows, and who may ask. */
export interface Api {
  readonly rows: Map<string, Message[]>
  readonly requests: (conversationId: string) => number
  readonly refuse: (conversationId: string) => void
  readonly allow: (conversationId: string) => void
  /** Looks at a conversation until the undo; each fetch takes `latency` to be answered. */
  readonly look: (queryClient: QueryClient, conversationId: string) => () => void
}

export function createApi(latency: () => Promise<void> = () => Promise.resolve()): Api {
  const rows = new Map<string, Message[]>()
  const counts = new Map<string, number>()
  const refused = new Set<string>()

  async function fetchRows(conversationId: string): Promise<Message[]> {
    counts.set(conversationId, (counts.get(conversationId) ?? 0) + 1)
    if (refused.has(conversationId)) throw Object.assign(new Error('no'), { status: 403 })
    const read = [...(rows.get(conversationId) ?? [])]
    await latency()
    return read
  }

  return {
    rows,
    requests: (conversationId) => counts.get(conversationId) ?? 0,
    refuse: (conversationId) => refused.add(conversationId),
    allow: (conversationId) => refused.delete(conversationId),
    look(queryClient, conversationId) {
      const observer = new QueryObserver(queryClient, {
        queryKey: listKey(conversationId),
        queryFn: () => fetchRows(conversationId),
        staleTime: Infinity,
      })
      return observer.subscribe(() => {})
    },
  }
}

/** The ids that a client's cache holds of a conversation. */
export function idsOf(queryClient: QueryClient, conversationId: string): number[] | undefined {
  return queryClient.getQueryData<Message[]>(listKey(conversationId))?.map(({ id }) => id)
}
