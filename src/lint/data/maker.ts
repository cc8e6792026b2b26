/**
 * Makes data of a shape: to be watched, while the shape is being learned; or plain.
 */

import type { Random } from '../../random.ts'
import { recordReads, type RecorderSource } from './recorder.ts'
import { elementOf, isTooDeep, type Shape } from './shape.ts'
import type { Values } from './values.ts'

export interface Maker {
  /** Whether what it makes notes what is read of it. */
  readonly isWatched: boolean
  /**
   * Something of this shape.
   *
   * @param name - of the field it is for: says what an unknown value may be.
   * @param row - which row of a list it is, or is in.
   */
  readonly make: (shape: Shape, name: string, row?: number) => unknown
  /** The same; while watched, always as what may turn out to be an object. */
  readonly makeRoot: (shape: Shape, name: string, row?: number) => unknown
}

/** How many elements an array gets. */
const ELEMENTS = 3

/** Makes plain data, a new object each time. */
export function createMaker(values: Values): Maker {
  function make(shape: Shape, name: string, row?: number): unknown {
    const { use, fields } = shape
    if (isTooDeep(shape)) return undefined
    if (use === 'array') return makeElements(shape, name, make)
    if (use !== 'unknown') return values.of(name, row, use)
    if (fields.size === 0) return values.of(name, row)
    return Object.fromEntries([...fields].map(([key, field]) => [key, make(field, key, row)]))
  }
  return { isWatched: false, make, makeRoot: make }
}

export interface WatchOptions {
  readonly random: Random
  readonly values: Values
}

/** Reads that one run of a function may do: the end of a loop that never finds an end. */
const MOST_READS = 5000

/**
 * Runs a function on data that is watched. What it throws is of no interest: it has shown what it
 * reads.
 */
export function watch({ random, values }: WatchOptions, run: (maker: Maker) => unknown): void {
  let reads = 0
  const settles: (() => void)[] = []

  function make(shape: Shape, name: string, row?: number, isRoot = false): unknown {
    const { use, fields } = shape
    if (isTooDeep(shape)) return undefined
    if (use === 'array') return makeArray(shape, name)
    if (use !== 'unknown') return values.of(name, row, use)
    // Whether it is an object shows when a field is read of it; whether it equals something, not.
    const isValue = !isRoot && fields.size === 0 && random.chance(0.5)
    return isValue ? values.of(name, row) : recordReads(shape, name, sourceFor(row))
  }

  const makeArray = (shape: Shape, name: string) => makeElements(shape, name, make)

  const sourceFor = (row: number | undefined): RecorderSource => ({
    make: (shape, name) => make(shape, name, row),
    makeArray,
    primitive: (shape, name) => {
      const value = values.of(name, row, useAsKind(shape))
      return value instanceof Date ? value.getTime() : value
    },
    onRead() {
      if (++reads > MOST_READS) throw new RangeError('It reads without an end.')
    },
    atEnd: (settle) => settles.push(settle),
  })

  try {
    run({ isWatched: true, make, makeRoot: (shape, name, row) => make(shape, name, row, true) })
  } catch {
    // What it has read until here is noted.
  }
  for (const settle of settles) settle()
}

function makeElements(shape: Shape, name: string, make: Maker['make']): unknown[] {
  const element = elementOf(shape)
  const length = isTooDeep(element) ? 0 : ELEMENTS
  return Array.from({ length }, (_, n) => make(element, name, n))
}

function useAsKind({ use }: Shape): 'string' | 'number' | 'date' | undefined {
  return use === 'unknown' || use === 'array' ? undefined : use
}
