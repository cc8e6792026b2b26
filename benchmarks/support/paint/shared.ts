/** What the page and its server have in common: three ways for an edit to come into the same list. */

import { defineSyncRules, updateItem, type SyncRules } from '@iron-stack/sync'

export interface Row {
  readonly id: string
  readonly listId: string
  readonly text: string
}

export const WAYS = ['sync', 'bridge', 'subscription'] as const
export type Way = (typeof WAYS)[number]

export const WAY_NAMES: Record<Way, string> = {
  sync: 'sync',
  bridge: 'bridge by hand',
  subscription: 'tRPC subscription',
}

/** How often React has rendered a list, and all of its rows together. */
export interface Renders {
  lists: number
  rows: number
}

export const rules: SyncRules<{ 'row:edited': Row }> = defineSyncRules<{ 'row:edited': Row }>({
  'row:edited': {
    room: 'list:{listId}',
    actions: [
      { procedure: ['row', 'list'], action: 'direct', match: 'listId', updater: updateItem() },
    ],
  },
})

export const UNEDITED = 'as it was'

/** As tRPC's integration with TanStack Query makes it. */
export function listKey(listId: string) {
  return [['row', 'list'], { input: { listId }, type: 'query' }] as const
}

export function rowsOf(listId: string, count: number): readonly Row[] {
  return Array.from({ length: count }, (_, n) => ({ id: `r${n}`, listId, text: UNEDITED }))
}
