/** prependToFirstPage: on every shape of data, without mutating, without doubling. */

import { prependToFirstPage } from '@iron-stack/sync'
import type { InfiniteData } from '@tanstack/query-core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { startEngine } from './support/engine.ts'

interface Row {
  readonly id: number
  readonly text: string
}

const A: Row = { id: 1, text: 'a' }
const B: Row = { id: 2, text: 'b' }
const C: Row = { id: 3, text: 'c' }

/** Freezes a value all the way down: in strict mode, to mutate it is to throw. */
function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(freeze)
    Object.freeze(value)
  }
  return value
}

describe('prependToFirstPage', () => {
  test('puts a row in front of a first page that is an array', () => {
    const old = freeze({ pages: [[B], [C]], pageParams: [0, 1] })
    expect(prependToFirstPage(old, A)).toEqual({ pages: [[A, B], [C]], pageParams: [0, 1] })
  })

  test('puts a row in front of the `items` of a first page, and keeps its other fields', () => {
    const old = freeze({ pages: [{ items: [B], nextCursor: 2 }], pageParams: [null] })
    expect(prependToFirstPage(old, A)).toEqual({
      pages: [{ items: [A, B], nextCursor: 2 }],
      pageParams: [null],
    })
  })

  test('takes a plain list, and a single page, for the first page', () => {
    expect(prependToFirstPage(freeze([B, C]), A)).toEqual([A, B, C])
    const page = freeze({ items: [B], total: 1 })
    expect(prependToFirstPage(page, A)).toEqual({ items: [A, B], total: 1 })
  })

  test('returns data that hold the same row already as they came', () => {
    const old = freeze({ pages: [[A], [B]], pageParams: [0, 1] })
    expect(prependToFirstPage(old, { id: 2, text: 'b' })).toBe(old)
  })

  test('takes another field for the rows by option', () => {
    const old = freeze({ pages: [{ messages: [B] }], pageParams: [null] })
    expect(prependToFirstPage(old, A, { items: 'messages' })).toEqual({
      pages: [{ messages: [A, B] }],
      pageParams: [null],
    })
  })

  test('takes a page with a field `pages` of its own for a page', () => {
    const old = freeze({ items: [B], pages: [1, 2, 3] })
    expect(prependToFirstPage(old, A)).toEqual({ items: [A, B], pages: [1, 2, 3] })
    const book = freeze({ pages: [B] })
    expect(prependToFirstPage(book, A, { items: 'pages' })).toEqual({ pages: [A, B] })
  })

  test('puts the first row into an empty page', () => {
    expect(prependToFirstPage({ pages: [[]], pageParams: [0] }, A)).toEqual({
      pages: [[A]],
      pageParams: [0],
    })
  })

  test('replaces a row of the same id where it stands, on any page', () => {
    const edited = { id: 3, text: 'edited' }
    const old = freeze({ pages: [[A], [B, C]], pageParams: [0, 1] })
    expect(prependToFirstPage(old, edited)).toEqual({
      pages: [[A], [B, edited]],
      pageParams: [0, 1],
    })
  })

  test('prepends rows without an id each time', () => {
    const old = freeze({ pages: [['hello']], pageParams: [0] })
    expect(prependToFirstPage(old, 'hello')).toEqual({
      pages: [['hello', 'hello']],
      pageParams: [0],
    })
  })

  test('does not take two rows without an id for one', () => {
    const old = freeze({ pages: [[{ text: 'a' }]], pageParams: [0] })
    expect(prependToFirstPage(old, { text: 'b' }).pages).toEqual([
      [{ text: 'b' }, { text: 'a' }],
    ])
  })

  test('returns undefined for undefined', () => {
    expect(prependToFirstPage(undefined, A)).toBe(undefined)
  })

  test.each([
    ['null', null],
    ['a string', 'pages'],
    ['a record without rows', { total: 7 }],
    ['pages that are no array', { pages: 'none' }],
    ['no page at all', { pages: [], pageParams: [] }],
    ['pages that hold no rows', { pages: [{ rows: [A] }], pageParams: [0] }],
    ['pages that are null', { pages: [null], pageParams: [0] }],
  ])('returns %s as it came', (_, old) => {
    expect(prependToFirstPage<unknown>(freeze(old), C)).toBe(old)
  })

  test('stands bare as an updater', () => {
    const { queryClient, socket, errors } = startEngine<{ 'row:new': Row }>({
      'row:new': {
        room: () => 'rows',
        actions: [
          { queryKey: ['rows'], action: 'direct', infinite: true, updater: prependToFirstPage },
        ],
      },
    })
    queryClient.setQueryData(['rows'], { pages: [{ items: [B] }], pageParams: [null] })
    socket.emit('row:new', A)
    expect(queryClient.getQueryData(['rows'])).toEqual({
      pages: [{ items: [A, B] }],
      pageParams: [null],
    })
    expect(errors).toEqual([])
  })
})

describe('prependToFirstPage, whatever the pages and the row', () => {
  const anyRow = fc.record({ id: fc.nat({ max: 20 }), text: fc.string() })
  const distinctRows = fc.uniqueArray(anyRow, { selector: ({ id }) => id, maxLength: 12 })
  const pageSizes = fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 4 })
  /** Infinite data of up to four pages, as arrays or under `items`. */
  const infiniteData = fc
    .tuple(distinctRows, pageSizes, fc.boolean())
    .map(([rows, sizes, asObjects]) => {
      const rest = [...rows]
      const pages = sizes.map((size) => rest.splice(0, size))
      const data: InfiniteData<unknown> = {
        pages: asObjects ? pages.map((items) => ({ items, nextCursor: null })) : pages,
        pageParams: pages.map((_, at) => at),
      }
      return freeze(data)
    })
  const row = anyRow.map(freeze)

  const rowsOf = (page: unknown) =>
    (Array.isArray(page) ? page : (page as { items: Row[] }).items) as readonly Row[]
  const allRows = (data: InfiniteData<unknown>) => data.pages.flatMap(rowsOf)

  test('never mutates', () => {
    fc.assert(
      fc.property(infiniteData, row, (old, item) => {
        const before = structuredClone(old)
        prependToFirstPage(old, item)
        expect(old).toEqual(before)
      }),
    )
  })

  test('puts a row of a new id in front, and one of a known id where that id was', () => {
    fc.assert(
      fc.property(infiniteData, row, (old, item) => {
        const place = allRows(old).findIndex(({ id }) => id === item.id)
        const next = allRows(prependToFirstPage(old, item))
        expect(next[Math.max(place, 0)]).toEqual({ ...item })
        expect(next).toHaveLength(allRows(old).length + (place < 0 ? 1 : 0))
      }),
    )
  })

  test('keeps every row of another id the same object, in the same order', () => {
    fc.assert(
      fc.property(infiniteData, row, (old, item) => {
        const others = allRows(old).filter(({ id }) => id !== item.id)
        const kept = allRows(prependToFirstPage(old, item)).filter(({ id }) => id !== item.id)
        expect(kept).toHaveLength(others.length)
        kept.forEach((next, index) => expect(next).toBe(others[index]))
      }),
    )
  })

  test('keeps every page that the row is not on, and the page params, the same object', () => {
    fc.assert(
      fc.property(infiniteData, row, (old, item) => {
        const next = prependToFirstPage(old, item)
        const isElsewhere = (page: unknown) => rowsOf(page).every(({ id }) => id !== item.id)
        const kept = next.pages.map(
          (page, index) => !isElsewhere(page) || page === old.pages[index],
        )
        expect(kept).toEqual(next.pages.map(() => true))
        expect(next.pageParams).toBe(old.pageParams)
      }),
    )
  })

  test('applied twice, does what it did once', () => {
    fc.assert(
      fc.property(infiniteData, row, (old, item) => {
        const once = prependToFirstPage(old, item)
        expect(prependToFirstPage(once, item)).toEqual(once)
      }),
    )
  })
})
