/** The keyed updaters by hand: what they do to lists of every shape. */

import {
  prependToFirstPage,
  removeItem,
  updateItem,
  upsertItem,
  type KeyedUpdater,
} from '@iron-stack/sync'
import { describe, expect, test } from 'vitest'

interface Row {
  readonly id: number
  readonly rank: number
  readonly status?: 'open' | 'closed'
  readonly version?: number
}

const row = (id: number, rank = id, more: Partial<Row> = {}): Row => ({ id, rank, ...more })
const THREE = [row(1), row(2), row(3)]
const sorted = upsertItem<Row>({ compare: (a, b) => a.rank - b.rank })

function applyTo(updater: KeyedUpdater<Row>, old: unknown, event: Row, input = {}) {
  return updater(old, event, { input, viewer: undefined, queryKey: [] })
}

describe('upsertItem', () => {
  test.each([
    ['a list', THREE, [row(1), row(2, 2, { version: 1 }), row(3)]],
    [
      'a page',
      { items: THREE, total: 3 },
      { items: [row(1), row(2, 2, { version: 1 }), row(3)], total: 3 },
    ],
    [
      'pages of arrays',
      { pages: [[row(1)], [row(2)]], pageParams: [0, 1] },
      { pages: [[row(1)], [row(2, 2, { version: 1 })]], pageParams: [0, 1] },
    ],
    [
      'pages of objects',
      { pages: [{ items: [row(1)] }, { items: [row(2)] }], pageParams: [0, 1] },
      {
        pages: [{ items: [row(1)] }, { items: [row(2, 2, { version: 1 })] }],
        pageParams: [0, 1],
      },
    ],
  ])('replaces a row where it stands: %s', (_, old, expected) => {
    expect(upsertItem<Row>()(old, row(2, 2, { version: 1 }))).toEqual(expected)
  })

  test('keeps the identity of every row and page it does not touch', () => {
    const old = { pages: [THREE, [row(4)]], pageParams: [0, 1] }
    const next = upsertItem<Row>()(old, row(4, 9))
    expect(next.pages[0]).toBe(THREE)
    expect(next.pageParams).toBe(old.pageParams)
  })

  test('returns the old data where the row is there already', () => {
    expect(upsertItem<Row>()(THREE, row(2))).toBe(THREE)
  })

  test('returns undefined, and what is no list, as they came', () => {
    expect(upsertItem<Row>()(undefined, row(1))).toBe(undefined)
    expect(upsertItem<Row>()('rows', row(1))).toBe('rows')
  })

  test('puts a new row in its place by `compare`', () => {
    expect(sorted(THREE, row(9, 1.5))).toEqual([row(1), row(9, 1.5), row(2), row(3)])
  })

  test('moves a row whose rank changed, over pages', () => {
    const old = {
      pages: [
        [row(1), row(2)],
        [row(3), row(4)],
      ],
      pageParams: [0, 1],
    }
    expect(sorted(old, row(1, 3.5))).toEqual({
      pages: [[row(2)], [row(3), row(1, 3.5), row(4)]],
      pageParams: [0, 1],
    })
  })

  test('leaves a row that is changed and does not move on its page', () => {
    const old = { pages: [[row(1)], [row(2)], []], pageParams: [0, 1, 2] }
    expect(sorted(old, row(1, 1, { version: 1 }))).toEqual({
      pages: [[row(1, 1, { version: 1 })], [row(2)], []],
      pageParams: [0, 1, 2],
    })
    expect(sorted(old, row(2, 5))).toEqual({
      pages: [[row(1)], [row(2, 5)], []],
      pageParams: [0, 1, 2],
    })
  })

  test('leaves one row where an id stood twice', () => {
    const old = { pages: [[row(1)], [row(1), row(2)]], pageParams: [0, 1] }
    expect(upsertItem<Row>()(old, row(1, 5))).toEqual({
      pages: [[row(1, 5)], [row(2)]],
      pageParams: [0, 1],
    })
  })

  test('takes out a row that no longer belongs, and puts in one that does', () => {
    const byStatus = upsertItem<Row>({
      insert: 'last',
      where: (each, input) => each.status === input?.['status'],
    })
    const open = [row(1, 1, { status: 'open' }), row(2, 2, { status: 'open' })]
    const closed = row(1, 1, { status: 'closed' })
    expect(applyTo(byStatus, open, closed, { status: 'open' })).toEqual([open[1]])
    expect(applyTo(byStatus, [], closed, { status: 'closed' })).toEqual([closed])
  })

  test('never replaces a row by an older version, or the same', () => {
    const versioned = upsertItem<Row>({ version: (each) => each.version ?? 0 })
    const old = [row(1, 1, { version: 2 })]
    expect(versioned(old, row(1, 7, { version: 1 }))).toBe(old)
    expect(versioned(old, row(1, 7, { version: 2 }))).toBe(old)
    expect(versioned(old, row(1, 7, { version: 3 }))).toEqual([row(1, 7, { version: 3 })])
  })

  test('keeps a list within its limit', () => {
    const first = upsertItem<Row>({ insert: 'first' })
    expect(applyTo(first, THREE, row(9), { limit: 3 })).toEqual([row(9), row(1), row(2)])
    expect(applyTo(sorted, THREE, row(9), { limit: 3 })).toBe(THREE)
  })
})

describe('updateItem', () => {
  test('does nothing where the row is missing', () => {
    expect(updateItem<Row>()(THREE, row(9))).toBe(THREE)
  })

  test('changes a row by an event that is none', () => {
    const readUpTo = updateItem({
      eventId: (event: { rowId: number; rank: number }) => event.rowId,
      change: (each: Row, { rank }) => ({ ...each, rank }),
    })
    expect(readUpTo(THREE, { rowId: 2, rank: 7 })).toEqual([row(1), row(2, 7), row(3)])
  })

  test('finds the row inside an event', () => {
    const updater = updateItem({ item: (event: { row: Row }) => event.row })
    expect(updater(THREE, { row: row(3, 8) })).toEqual([row(1), row(2), row(3, 8)])
  })
})

test('prependToFirstPage takes `id` and `version`, too', () => {
  const options = { id: (each: Row) => each.rank, version: (each: Row) => each.version ?? 0 }
  const old = [row(1, 5, { version: 2 })]
  expect(prependToFirstPage(old, row(2, 5, { version: 1 }), options)).toBe(old)
  expect(prependToFirstPage(old, row(2, 6), options)).toEqual([row(2, 6), old[0]])
})

describe('removeItem', () => {
  test('needs nothing but the id', () => {
    expect(removeItem<{ id: number }>()(THREE, { id: 2 })).toEqual([row(1), row(3)])
  })

  test('returns the old data where the row is not there', () => {
    expect(removeItem<{ id: number }>()(THREE, { id: 9 })).toBe(THREE)
  })

  test('leaves a row that is newer than the removal', () => {
    const updater = removeItem<Row>({ version: (each) => each.version ?? 0 })
    const old = [row(1, 1, { version: 3 })]
    expect(updater(old, row(1, 1, { version: 2 }))).toBe(old)
    expect(updater(old, row(1, 1, { version: 4 }))).toEqual([])
  })

  test('leaves a newer row where the event holds the row, too', () => {
    const updater = removeItem({
      version: (each: Row) => each.version ?? 0,
      item: (event: { row: Row }) => event.row,
    })
    const old = [row(1, 1, { version: 3 })]
    expect(updater(old, { row: row(1, 1, { version: 2 }) })).toBe(old)
    expect(updater(old, { row: row(1, 1, { version: 4 }) })).toEqual([])
  })
})
