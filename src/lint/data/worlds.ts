/**
 * The data a query may hold, as far as anybody can guess: a list of rows, a page object with the
 * rows in one of its fields, the pages of an infinite query of either kind, and whatever the updater
 * itself takes its data for.
 */

import type { Maker } from './maker.ts'
import { addData, createShape, type Shape } from './shape.ts'

/** What an updater reads, of each thing it is given. Learned by watching it. */
export interface Shapes {
  readonly event: Shape
  readonly input: Shape
  readonly viewer: Shape
  /** The rows of a list. */
  readonly row: Shape
  /** The query's data; of an infinite query, one of its pages. */
  readonly data: Shape
}

/** Makes a query's data of one kind. */
export type World = (maker: Maker) => unknown

export function createShapes(known: readonly unknown[]): Shapes {
  const event = known.length === 0 ? createShape('id') : createShape()
  for (const data of known) addData(event, data)
  return {
    event,
    input: createShape(),
    viewer: createShape(),
    row: createShape('id'),
    data: createShape(),
  }
}

/** What the updater takes its data for. To be watched first: it names the fields that hold rows. */
export function ownWorld({ data }: Shapes, isInfinite: boolean): World {
  if (!isInfinite) return ({ makeRoot }) => makeRoot(data, 'data')
  return ({ makeRoot }) => infinite([makeRoot(data, 'page', 0), makeRoot(data, 'page', 1)])
}

/** Lists, of the shapes that lists come in. */
export function listWorlds({ data, row }: Shapes, isInfinite: boolean): World[] {
  const rows = ({ makeRoot }: Maker, from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => makeRoot(row, 'row', from + n))
  const shells: ((maker: Maker, rows: unknown[]) => unknown)[] = [(_, rows) => rows]
  for (const field of fieldsForRows(data)) {
    const others = withoutField(data, field)
    shells.push((maker, rows) => {
      const shell = others.fields.size === 0 ? {} : (maker.makeRoot(others, 'page') as object)
      return Object.assign(shell, { [field]: rows })
    })
  }
  return shells.map(
    (shell) => (maker) =>
      isInfinite
        ? infinite([shell(maker, rows(maker, 0, 2)), shell(maker, rows(maker, 2, 3))])
        : shell(maker, rows(maker, 0, 3)),
  )
}

function infinite(pages: unknown[]): unknown {
  return { pages, pageParams: pages.map((_, page) => (page === 0 ? null : page)) }
}

const MOST_FIELDS = 8

/** `items` by convention, and whatever has been looked for in a page. */
function fieldsForRows({ fields }: Shape): string[] {
  const read = [...fields.keys()].filter((name) => !['pages', 'pageParams'].includes(name))
  return [...new Set(['items', ...read])].slice(0, MOST_FIELDS)
}

function withoutField(shape: Shape, field: string): Shape {
  const fields = new Map(shape.fields)
  for (const name of [field, 'pages', 'pageParams']) fields.delete(name)
  return { ...shape, use: 'unknown', fields }
}
