/**
 * The rules under test, as an application would write them: with and without `version`, with
 * declared matches and with functions, keyed updaters and closures.
 */

import {
  defineSyncRules,
  prependToFirstPage,
  removeItem,
  updateItem,
  upsertItem,
  type CacheAction,
  type SyncRules,
} from '@iron-stack/sync'
import type { Events, Row, Stats, Tally } from './store.ts'

export interface RulesProfile {
  /** Whether keyed updaters are given a `version`, and closures look at stamps. */
  readonly isVersioned: boolean
  /** Whether matches are declared by field, or functions. */
  readonly isDeclared: boolean
  /** Whether rooms are templates, or functions. */
  readonly isRoomDeclared: boolean
}

export const newestFirst = (a: Row, b: Row): number => b.id - a.id
export const byRank = (a: Row, b: Row): number => a.rank - b.rank || a.id - b.id

const replaceRow = (old: readonly Row[], row: Row) =>
  old.map((each) => (each.id === row.id ? row : each))
const filterRow = (old: readonly Row[], gone: Deleted) =>
  old.filter((row) => row.id !== gone.id)

type Deleted = Events['row:deleted']
type Kind = 'flat' | 'newest' | 'filtered' | 'sorted' | 'feed' | 'both' | 'ranked' | 'naive'

function makeRules(profile: RulesProfile): SyncRules<Events> {
  const { isVersioned, isDeclared, isRoomDeclared } = profile
  const room = isRoomDeclared
    ? 'group:{group}'
    : (event: { group: string }) => `group:${event.group}`
  const version = isVersioned ? { version: (row: Row) => row.version } : {}
  const group = isDeclared
    ? 'group'
    : (event: { group: string }, input: Record<string, unknown> | undefined) =>
        event.group === input?.['group']
  const id = isDeclared
    ? 'id'
    : (event: { id: number }, input: Record<string, unknown> | undefined) =>
        event.id === input?.['id']

  const direct = <Event>(kind: Kind, updater: CacheAction<Event>['updater']) =>
    ({
      procedure: ['rows', kind],
      action: 'direct',
      match: group,
      infinite: kind === 'feed' || kind === 'both' || kind === 'ranked',
      updater,
    }) as CacheAction<Event>

  /** A closure of the application's own, beside an `invalidate` that makes it right. */
  const paired = <Event>(
    updater: (old: readonly Row[], event: Event) => readonly Row[],
  ): CacheAction<Event>[] => {
    const target = { procedure: ['rows', 'paired'], match: group }
    return [
      { ...target, action: 'direct', updater } as CacheAction<Event>,
      { ...target, action: 'invalidate' } as CacheAction<Event>,
    ]
  }

  const total = <Event>(step: number): CacheAction<Event>[] => {
    const target = { procedure: ['stats', 'total'], match: group }
    const updater = (old: { total: number }) => ({ total: old.total + step })
    return [
      { ...target, action: 'direct', updater } as CacheAction<Event>,
      { ...target, action: 'invalidate' } as CacheAction<Event>,
    ]
  }

  /** What exact stamps allow: nothing makes it right but that each event meets it once. */
  const count = <Event>(step: number): CacheAction<Event> =>
    ({
      procedure: ['stats', 'count'],
      action: 'direct',
      match: group,
      updater: (old: { count: number }) => ({ count: old.count + step }),
    }) as CacheAction<Event>

  const fragile = <Event extends { id: number; text?: string }>(
    change: (old: readonly Row[], event: Event) => unknown,
  ) =>
    ({
      queryKey: ['fragile'],
      action: 'direct',
      match: group,
      updater: (old: readonly Row[], event: Event) => {
        if (event.text?.endsWith('!')) throw new Error('cannot take an exclamation mark')
        return change(old, event)
      },
    }) as CacheAction<Event>

  const filtered = upsertItem({
    where: (row: Row, input) => row.status === input?.['status'],
    compare: newestFirst,
    limit: (input) => (input?.['limit'] as number | undefined) ?? Infinity,
    ...version,
  })
  const ranked = upsertItem({ compare: byRank, ...version })
  const bare = isVersioned ? upsertItem({ insert: 'first', ...version }) : prependToFirstPage
  const arrival = isDeclared
    ? (old: unknown, row: Row) => prependToFirstPage(old, row, version)
    : bare
  const remove = removeItem<Deleted, Row>({ id: (row) => row.id, ...version })

  return defineSyncRules<Events>({
    'row:new': {
      room,
      actions: [
        direct('flat', arrival),
        direct('newest', upsertItem({ insert: 'first', ...version })),
        direct('filtered', filtered),
        direct('sorted', ranked),
        direct('feed', arrival),
        direct('both', ranked),
        direct('ranked', ranked),
        direct('naive', (old: readonly Row[], row) => [row, ...old]),
        ...paired<Row>((old, row) => [row, ...old]),
        ...total<Row>(1),
        count<Row>(1),
        fragile<Row>((old, row) => prependToFirstPage(old, row)),
        {
          queryKey: ['detail'],
          action: 'direct',
          match: id,
          updater: (old: Row | null, row) => old ?? row,
        },
      ],
    },
    'row:edited': {
      room,
      actions: [
        direct('flat', updateItem(version)),
        direct('newest', updateItem(version)),
        direct('filtered', filtered),
        direct('sorted', ranked),
        direct('feed', updateItem(version)),
        direct('both', ranked),
        direct('ranked', ranked),
        direct('naive', replaceRow),
        ...paired<Row>(replaceRow),
        fragile<Row>(updateItem(version)),
        {
          queryKey: ['detail'],
          action: 'direct',
          match: id,
          updater: (old: Row | null, row) =>
            old === null || (isVersioned && old.version >= row.version) ? old : row,
        },
      ],
    },
    'row:deleted': {
      room,
      actions: [
        ...(['flat', 'newest', 'filtered', 'sorted', 'feed', 'both', 'ranked'] as const).map(
          (kind) => direct<Deleted>(kind, remove),
        ),
        direct('naive', filterRow),
        ...paired<Deleted>(filterRow),
        ...total<Deleted>(-1),
        count<Deleted>(-1),
        fragile<Deleted>(remove),
        { queryKey: ['detail'], action: 'direct', match: id, updater: () => null },
      ],
    },
    'stats:changed': {
      room,
      actions: [
        {
          queryKey: ['counter'],
          action: 'direct',
          match: group,
          updater: (old: Stats, stats) => (old.stamp >= stats.stamp ? old : stats),
        },
      ],
    },
    'post:added': {
      room: ({ group }) => [`group:${group}`, 'lobby'],
      actions: [
        {
          queryKey: ['tally'],
          action: 'direct',
          updater: updateItem<Events['post:added'], Tally>({
            eventId: (event) => event.group,
            change: (row, { stamp }) =>
              row.stamp >= stamp ? row : { ...row, count: row.count + 1, stamp },
            version: (row) => row.stamp,
          }),
        },
        {
          queryKey: ['posts'],
          action: 'direct',
          match: group,
          updater: (old: { count: number }) => ({ count: old.count + 1 }),
        },
      ],
    },
    'group:touched': {
      room,
      actions: [
        { procedure: ['summary'], action: 'invalidate', match: group },
        { procedure: ['rows', 'ranked'], action: 'invalidate', match: group, infinite: true },
      ],
    },
    'group:renamed': {
      room,
      actions: [{ queryKey: ['meta'], action: 'remove', match: group }],
    },
  })
}

const made = new Map<string, SyncRules<Events>>()

/** The same object for the same profile. */
export function rulesFor({
  isVersioned,
  isDeclared,
  isRoomDeclared,
}: RulesProfile): SyncRules<Events> {
  const profile = { isVersioned, isDeclared, isRoomDeclared }
  const key = JSON.stringify(profile)
  const rules = made.get(key) ?? makeRules(profile)
  made.set(key, rules)
  return rules
}
