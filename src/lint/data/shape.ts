/**
 * What is known of a value from how functions read it: which fields, and what they are used as.
 *
 * Nobody tells the linter what an event or a list looks like. It hands functions something that
 * notes what is read (recorder.ts), and makes data of that shape (maker.ts).
 */

/** What a value is used as. Where it is `unknown`, fields make it an object. */
type Use = 'unknown' | 'array' | 'string' | 'number' | 'date'

/** Grows while a function is watched. */
export interface Shape {
  use: Use
  readonly fields: Map<string, Shape>
  /** What an array holds. */
  element: Shape | undefined
  /** Whether all its names were asked for: then more than the fields read may matter. */
  isEnumerated: boolean
  readonly depth: Depth
}

/** How deep in the data it is: in how many objects and arrays, and in how many arrays. */
interface Depth {
  readonly levels: number
  readonly arrays: number
}

const TOP: Depth = { levels: 0, arrays: 0 }

export function createShape(...fields: readonly string[]): Shape {
  const shape = shapeAt(TOP)
  for (const name of fields) fieldOf(shape, name)
  return shape
}

function shapeAt(depth: Depth): Shape {
  return { use: 'unknown', fields: new Map(), element: undefined, isEnumerated: false, depth }
}

const MOST_LEVELS = 12
const MOST_ARRAYS = 4

/**
 * Whether nothing is made of it any more. What walks a tree reads one level more each time, and arrays
 * multiply.
 */
export function isTooDeep({ depth: { levels, arrays } }: Shape): boolean {
  return levels > MOST_LEVELS || arrays > MOST_ARRAYS
}

/** The shape of a field, which is noted as read. */
export function fieldOf(shape: Shape, name: string): Shape {
  let field = shape.fields.get(name)
  if (field === undefined) {
    const { levels, arrays } = shape.depth
    field = shapeAt({ levels: levels + 1, arrays })
    shape.fields.set(name, field)
  }
  return field
}

export function elementOf(shape: Shape): Shape {
  const { levels, arrays } = shape.depth
  return (shape.element ??= shapeAt({ levels: levels + 1, arrays: arrays + 1 }))
}

/**
 * The paths to the values in a shape. Undefined where it was used as something that paths do not
 * tell all about: enumerated, looped over, or asked by a method of its own.
 */
export function pathsIn(shape: Shape): string[] | undefined {
  if (shape.isEnumerated || shape.use !== 'unknown') return undefined
  const paths: string[] = []
  for (const [name, field] of shape.fields) {
    const inside = pathsIn(field)
    if (inside === undefined) return undefined
    if (inside.length === 0) paths.push(name)
    else paths.push(...inside.map((path) => `${name}.${path}`))
  }
  return paths
}

/** Adds to a shape what data shows by itself. */
export function addData(shape: Shape, data: unknown): void {
  if (data instanceof Date) shape.use = 'date'
  else if (typeof data === 'string' || typeof data === 'number') {
    shape.use = typeof data === 'string' ? 'string' : 'number'
  } else if (Array.isArray(data)) {
    shape.use = 'array'
    for (const element of data) addData(elementOf(shape), element)
  } else if (typeof data === 'object' && data !== null) {
    for (const [name, field] of Object.entries(data)) addData(fieldOf(shape, name), field)
  }
}
