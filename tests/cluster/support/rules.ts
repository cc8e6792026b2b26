/** The rules of the cluster that these tests start: rows that are added to lists, one for each room. */

import { defineSyncRules, upsertItem } from '@iron-stack/sync'

export interface Row {
  /** Unique over all publishers. */
  readonly id: string
  readonly list: string
}

export interface Events {
  'row:added': Row
}

export const rules = defineSyncRules<Events>({
  'row:added': {
    room: 'list:{list}',
    actions: [
      {
        procedure: ['row', 'list'],
        action: 'direct',
        match: 'list',
        updater: upsertItem<Row>({
          compare: (a, b) => (a.id < b.id ? -1 : 1),
          limit: Infinity,
        }),
      },
    ],
  },
})

export const LISTS = Array.from({ length: 20 }, (_, n) => `l${n}`)

/** The three lists that a user looks at. */
export function listsOf(userId: string): readonly string[] {
  const first = Number(userId.slice(1))
  return [0, 7, 13].map((step) => LISTS[(first + step) % LISTS.length] ?? '')
}
