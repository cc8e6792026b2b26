/**
 * Objects that note what is read of them. Whatever is asked for is there: a field, or, where it is
 * called, a method of arrays, strings and dates.
 */

import { fieldOf, type Shape } from './shape.ts'

/** Makes what is found in a field or an element. */
export interface RecorderSource {
  readonly make: (shape: Shape, name: string) => unknown
  /** Makes an array of the shape's elements. */
  readonly makeArray: (shape: Shape, name: string) => unknown[]
  /** What it is as a number or text, should it be one. */
  readonly primitive: (shape: Shape, name: string) => string | number | boolean
  /** Told of each read; may throw to end an endless loop. */
  readonly onRead: () => void
  /** Run when the function that is watched has ended. */
  readonly atEnd: (settle: () => void) => void
}

export function recordReads(shape: Shape, name: string, source: RecorderSource): object {
  /** Holds what was read or written, so that the next read gives the same. */
  const held: Record<string, unknown> = Object.create(Object.prototype)

  function read(field: string): unknown {
    source.onRead()
    if (Object.hasOwn(held, field)) return held[field]
    if (field === 'toString' || field === 'valueOf' || field === 'toLocaleString') {
      return () => source.primitive(shape, name)
    }
    // What promises and JSON look for.
    if (field === 'then' || field === 'toJSON') return undefined
    if (Object.hasOwn(Object.prototype, field)) return Reflect.get(Object.prototype, field)
    if (field === 'length' && !shape.fields.has('length')) {
      if (shape.use === 'unknown') shape.use = 'array'
      return 1
    }
    held[field] =
      METHODS.has(field) && !shape.fields.has(field)
        ? maybeMethod(field)
        : source.make(fieldOf(shape, field), field)
    return held[field]
  }

  /** Called, it was a method; else it is a field of that name after all, as `at` may be. */
  function maybeMethod(field: string): unknown {
    let isCalled = false
    source.atEnd(() => {
      if (!isCalled) fieldOf(shape, field)
    })
    return new Proxy(() => {}, {
      apply(_, __, args: unknown[]) {
        isCalled = true
        const receiver = receiverOf(field)
        const method: unknown = Reflect.get(Object(receiver), field)
        return typeof method === 'function' ? Reflect.apply(method, receiver, args) : undefined
      },
      get(_, property) {
        if (typeof property === 'symbol') return undefined
        const inner = recordReads(fieldOf(shape, field), field, source)
        return Reflect.get(inner, property)
      },
    })
  }

  function receiverOf(method: string): unknown {
    const isOfString = method in String.prototype
    if (method in Array.prototype && !(isOfString && shape.use === 'string')) {
      shape.use = 'array'
      return source.makeArray(shape, name)
    }
    shape.use = isOfString ? 'string' : method in Date.prototype ? 'date' : 'number'
    return source.make(shape, name)
  }

  return new Proxy(held, {
    get(_, property) {
      if (typeof property === 'string') return read(property)
      source.onRead()
      if (property === Symbol.toPrimitive) return () => source.primitive(shape, name)
      if (property !== Symbol.iterator) return undefined
      shape.use = 'array'
      return () => source.makeArray(shape, name)[Symbol.iterator]()
    },
    set(target, property, value: unknown) {
      if (typeof property === 'string') target[property] = value
      return true
    },
    has(target, property) {
      if (typeof property === 'string') read(property)
      return Reflect.has(target, property)
    },
    ownKeys(target) {
      shape.isEnumerated = true
      for (const field of shape.fields.keys()) read(field)
      return Reflect.ownKeys(target)
    },
    getOwnPropertyDescriptor(target, property) {
      if (typeof property === 'string') read(property)
      return Reflect.getOwnPropertyDescriptor(target, property)
    },
  })
}

/** Names that may be a method or a field. */
const METHODS: ReadonlySet<string> = new Set(
  [Array.prototype, String.prototype, Date.prototype, Number.prototype]
    .flatMap((prototype) => Object.getOwnPropertyNames(prototype))
    .filter((name) => name !== 'length' && !Object.hasOwn(Object.prototype, name)),
)
