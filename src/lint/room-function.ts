/**
 * What a `room` function makes of an event, found out by asking it: a template of the event's fields,
 * or names, of made-up data.
 */

import { createRandom, type Random } from '../random.ts'
import { readPath, readTemplate } from '../room.ts'
import { copy } from './data/copy.ts'
import type { KnownData } from './data/known-data.ts'
import { literalsIn } from './data/literals.ts'
import { createMaker, watch } from './data/maker.ts'
import { setPath } from './data/set-path.ts'
import { createShape, pathsIn, type Shape } from './data/shape.ts'
import { createSteady, type Steady } from './data/steady.ts'
import { createValues, type Values } from './data/values.ts'

export type RoomFunction = (data: unknown) => unknown

/** A function that has been watched. */
export interface WatchedRoom {
  readonly room: RoomFunction
  /** What it reads of an event. */
  readonly event: Shape
  readonly random: Random
  readonly steady: Steady
}

const WATCHED = 24
const TRIED = 240

export function watchRoom(room: RoomFunction, seed: number): WatchedRoom {
  const watched = {
    room,
    event: createShape(),
    random: createRandom(seed),
    steady: createSteady(seed),
  }
  const { event, random, steady } = watched
  for (let round = 0; round < WATCHED; round++) {
    watch({ random, values: valuesFor(watched, round) }, ({ makeRoot }) =>
      steady.run(() => room(makeRoot(event, 'event'))),
    )
  }
  return watched
}

function valuesFor({ room, random }: WatchedRoom, round: number): Values {
  return createValues({ random, round, literals: literalsIn(room) })
}

/** The template of a room function; undefined where it is more than that. */
export function templateOf(room: WatchedRoom): string | undefined {
  const paths = pathsIn(room.event)
  if (paths === undefined) return undefined
  const template = templateFrom(room, paths)
  if (template === undefined || readsItself(room, template)) return undefined
  for (let trial = 0; trial < TRIED; trial++) {
    if (!holdsFor(room, { template, paths, trial })) return undefined
  }
  return template
}

/** What it makes of values that are found again in the name. */
function templateFrom(
  { room, steady }: WatchedRoom,
  paths: readonly string[],
): string | undefined {
  const marks = paths.map((path, n) => ({ path, mark: `mark${n}of${paths.length}` }))
  const event = {}
  for (const { path, mark } of marks) setPath(event, path, mark)
  let template: string
  try {
    const name = steady.run(() => room(event))
    if (typeof name !== 'string' || /[{}]/.test(name)) return undefined
    template = marks.reduce((text, { path, mark }) => text.replaceAll(mark, `{${path}}`), name)
    readTemplate(template)
  } catch {
    return undefined
  }
  return template
}

/** Whether the event itself, a text or a number, becomes part of the name. */
function readsItself({ room, steady }: WatchedRoom, template: string): boolean {
  if (template.includes('[object Object]')) return true
  if (template.includes('{')) return false
  return ['text', 2001].some((event) => {
    try {
      return steady.run(() => room(event)) !== template
    } catch {
      return false
    }
  })
}

interface Claim {
  readonly template: string
  readonly paths: readonly string[]
  readonly trial: number
}

/** Whether the function names the same room as the template, for values of all kinds. */
function holdsFor(watched: WatchedRoom, { template, paths, trial }: Claim): boolean {
  const { room, event, random, steady } = watched
  const made = createMaker(valuesFor(watched, trial)).make(event, 'event')
  const data = typeof made === 'object' ? made : {}
  // A template takes no yes or no.
  if (paths.some((path) => typeof readPath(data, path) === 'boolean')) return false
  const isSpoiled = paths.length > 0 && random.chance(0.4)
  if (isSpoiled) {
    setPath(data, random.pick(paths), random.pick([undefined, null, '', 0, false, true]))
  }
  // Where a value is missing, a template refuses; a function may write nothing, or `undefined`.
  const nameWith = (missing: (value: undefined | null) => string) =>
    template.replaceAll(/\{([^}]*)\}/g, (_, path: string) => {
      // Made-up data has nothing else at its paths.
      const value = readPath(data, path) as string | number | boolean | null | undefined
      return value === undefined || value === null ? missing(value) : String(value)
    })
  try {
    const name = steady.run(() => room(data))
    if (typeof name !== 'string' && typeof name !== 'number') return isSpoiled
    return [nameWith(String), nameWith(() => '')].includes(String(name))
  } catch {
    // It refuses such values, as a template does.
    return true
  }
}

/** Names that it has given for made-up data, or for data that is known. */
export function namesOf(watched: WatchedRoom, known: KnownData): string[] {
  const { room, event, random, steady } = watched
  const names = new Set<string>()
  for (let trial = 0; trial < WATCHED; trial++) {
    const data =
      known.all.length > 0
        ? copy(random.pick(known.all))
        : createMaker(valuesFor(watched, trial)).make(event, 'event')
    try {
      const found = steady.run(() => room(data))
      for (const name of Array.isArray(found) ? found : [found]) {
        if (typeof name === 'string' && name !== '') names.add(name)
      }
    } catch {
      // Not for such data.
    }
  }
  return [...names]
}
