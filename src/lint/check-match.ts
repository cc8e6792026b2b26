/**
 * Match functions that fields could declare. A declared match is an index: an event goes straight to
 * its queries, and the client knows which rooms they need.
 *
 * What a function does is found out by asking it: which fields it reads, and whether it says yes
 * exactly where some of them are equal.
 */

import { createRandom, type Random } from '../random.ts'
import { readPath } from '../room.ts'
import { describeTarget, type CacheAction } from '../rules.ts'
import { literalsIn, type Literals } from './data/literals.ts'
import { createMaker, watch } from './data/maker.ts'
import { createShape, pathsIn, type Shape } from './data/shape.ts'
import { createSteady } from './data/steady.ts'
import { createValues, type Values } from './data/values.ts'
import type { Fault } from './finding.ts'

type MatchFunction = Extract<CacheAction['match'], (...args: never) => unknown>

/** Often: what stands behind several conditions is only read where all of them hold. */
const WATCHED = 240
const TRIED = 1200
/** How often a function must have said yes, and no, to be believed. */
const HEARD = 16
/** What a declared match can reach into; see the types of fields. */
const DEEPEST = 3
const MOST_FIELDS = 4

export function checkMatch(action: CacheAction, seed: number): Fault[] {
  const { match } = action
  if (typeof match !== 'function') return []
  const fields = declare(match, seed)
  if (fields === undefined) return []
  return [
    {
      code: 'declarable-match',
      problem: `The \`match\` for ${describeTarget(action)} is a function, which is asked for each query; declared, it is an index.`,
      remedy: `Write match: ${print(fields)}.`,
    },
  ]
}

/** Of each path in an input, the event's path it must equal. */
type Fields = readonly (readonly [inputPath: string, eventPath: string])[]

function print(fields: Fields): string {
  const [[inputPath, eventPath] = ['', ''], ...others] = fields
  if (others.length === 0 && inputPath === eventPath) return quote(inputPath)
  const name = (path: string) => (/^[A-Za-z_$][\w$]*$/.test(path) ? path : quote(path))
  return `{ ${fields.map(([input, event]) => `${name(input)}: ${quote(event)}`).join(', ')} }`
}

const quote = (text: string): string => `'${text}'`

/** The match as fields; undefined where it is more, or less, than that. */
function declare(match: MatchFunction, seed: number): Fields | undefined {
  const random = createRandom(seed)
  const read = learn(match, random, seed)
  if (read === undefined) return undefined
  const answers = ask(match, read, random, seed)
  const yes = answers.filter(({ isMatch }) => isMatch)
  if (yes.length < HEARD || answers.length - yes.length < HEARD) return undefined

  const isEqual = ([inputPath, eventPath]: Fields[number], { input, event }: Answer) => {
    const value = readPath(input, inputPath)
    return value !== undefined && value === readPath(event, eventPath)
  }
  const fields = read.inputPaths
    .flatMap((input) => read.eventPaths.map((event) => [input, event] as const))
    .filter((pair) => yes.every((answer) => isEqual(pair, answer)))
  const isAll =
    isEachOnce(
      fields.map(([input]) => input),
      read.inputPaths,
    ) &&
    isEachOnce(
      fields.map(([, event]) => event),
      read.eventPaths,
    )
  const isExact = answers.every(
    (answer) => answer.isMatch === fields.every((pair) => isEqual(pair, answer)),
  )
  return isAll && isExact ? fields : undefined
}

function isEachOnce(paths: readonly string[], all: readonly string[]): boolean {
  return paths.length === all.length && new Set(paths).size === all.length
}

interface Read {
  readonly event: Shape
  readonly input: Shape
  readonly eventPaths: readonly string[]
  readonly inputPaths: readonly string[]
}

/** What it reads; undefined where fields do not tell all about that. */
function learn(match: MatchFunction, random: Random, seed: number): Read | undefined {
  const [event, input] = [createShape(), createShape()]
  const steady = createSteady(seed)
  let readsContext = false
  for (let round = 0; round < WATCHED; round++) {
    watch({ random, values: valuesFor(match, random, round) }, (maker) => {
      const given = maker.makeRoot(input, 'input')
      const context = new Proxy(
        { input: given },
        {
          get(target, property) {
            if (property !== 'input') readsContext = true
            return Reflect.get(target, property) as unknown
          },
        },
      )
      steady.run(() => call(match, maker.makeRoot(event, 'event'), given, context))
    })
  }
  const [eventPaths, inputPaths] = [pathsIn(event), pathsIn(input)]
  if (readsContext || !eventPaths || !inputPaths) return undefined
  return isFew(eventPaths) && isFew(inputPaths)
    ? { event, input, eventPaths, inputPaths }
    : undefined
}

function isFew(paths: readonly string[]): boolean {
  const isShallow = paths.every((path) => path.split('.').length <= DEEPEST)
  return paths.length > 0 && paths.length <= MOST_FIELDS && isShallow
}

interface Answer {
  readonly event: unknown
  readonly input: unknown
  readonly isMatch: boolean
}

function ask(match: MatchFunction, read: Read, random: Random, seed: number): Answer[] {
  const steady = createSteady(seed)
  const answers: Answer[] = []
  for (let trial = 0; trial < TRIED; trial++) {
    // Each with values of its own: a number on one side may meet its digits on the other.
    const make = (shape: Shape) =>
      createMaker(valuesFor(match, random, trial)).make(shape, 'root')
    const event = spoil(make(read.event), read.eventPaths, random)
    // A query may have been asked without any.
    const hasInput = random.chance(0.9)
    const input = hasInput ? spoil(make(read.input), read.inputPaths, random) : undefined
    // Where neither side has a value, a declared match says no; which is what was meant.
    if (isAbsent(event, read.eventPaths) && isAbsent(input, read.inputPaths)) continue
    try {
      const isMatch = steady.run(() => call(match, event, input, { input }))
      answers.push({ event, input, isMatch: Boolean(isMatch) })
    } catch {
      // An input it does not expect. A declared match says no.
    }
  }
  return answers
}

function isAbsent(source: unknown, paths: readonly string[]): boolean {
  return paths.some((path) => readPath(source, path) === undefined)
}

/** Some of the time, one of the values is missing, or one of those that are easily forgotten. */
function spoil(data: unknown, paths: readonly string[], random: Random): unknown {
  if (random.chance(0.6)) return data
  const path = random.pick(paths).split('.')
  const last = path.pop() ?? ''
  const holder = path.length === 0 ? data : readPath(data, path.join('.'))
  const value = random.pick([undefined, null, '', 0, false])
  if (typeof holder === 'object' && holder !== null) {
    if (value === undefined) Reflect.deleteProperty(holder, last)
    else Reflect.set(holder, last, value)
  }
  return data
}

function valuesFor(match: MatchFunction, random: Random, round: number): Values {
  const literals: Literals = literalsIn(match)
  return createValues({ random, literals, round, variety: 2 })
}

function call(match: MatchFunction, event: unknown, input: unknown, context: object): unknown {
  // What is made up has no type.
  return (match as (...args: unknown[]) => unknown)(event, input, context)
}
