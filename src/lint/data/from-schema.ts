/**
 * Data that a schema takes, found by asking it: what it refuses is replaced, at the path it names,
 * until it refuses nothing. That works with the schemas of any library.
 */

import { readPath } from '../../room.ts'
import type { StandardSchema } from '../../schema.ts'
import { copy } from './copy.ts'

/** How many different ones are looked for. */
const VARIANTS = 4

/** Data that the schema takes, each as it comes out of it; none where it can't be found. */
export function dataFromSchema({ '~standard': standard }: StandardSchema): unknown[] {
  const ask: Ask = (data) => {
    const result = standard.validate(data)
    if (!(result instanceof Promise)) return result
    result.catch(() => {})
    throw new TypeError('It answers later.')
  }
  const found: unknown[] = []
  for (let variant = 0; variant < VARIANTS; variant++) {
    try {
      const data = withElements(ask, variant, mend(ask, variant, {}))
      const { issues, value } = ask(data)
      if (issues === undefined) found.push(value)
    } catch {
      // It takes nothing that is made up, or answers later.
    }
  }
  return found
}

type Ask = (data: unknown) => Answer

interface Answer {
  readonly value?: unknown
  readonly issues?: readonly Issue[] | undefined
}

interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

const MOST_STEPS = 300

/** @throws RangeError where nothing is left to try. */
function mend(ask: Ask, variant: number, start: unknown): unknown {
  const tried = new Map<string, number>()
  let data = start
  for (let step = 0; step < MOST_STEPS; step++) {
    const [issue] = ask(copy(data)).issues ?? []
    if (issue === undefined) return data
    const path = pathOf(issue)
    const key = path.join('\u0000')
    const candidates = [...namedIn(issue, path, variant), ...made(variant)]
    const next = tried.get(key) ?? 0
    if (next >= candidates.length) break
    tried.set(key, next + 1)
    data = replaceAt(data, path, candidates[next])
  }
  throw new RangeError('Nothing that it takes was found.')
}

function pathOf({ path }: Issue): string[] {
  const names: string[] = []
  // A library's path may be a kind of array of its own.
  for (const step of path ?? []) names.push(String(typeof step === 'object' ? step.key : step))
  return names
}

/** What a message names: `expected one of "open"|"closed"`. It also names the field, maybe. */
function namedIn({ message }: Issue, path: readonly string[], variant: number): string[] {
  const named = [...message.matchAll(/"([^"]+)"|'([^']+)'/g)]
    .map(([, double, single]) => double ?? single ?? '')
    .filter((text) => text !== path.at(-1))
  const from = named.length === 0 ? 0 : variant % named.length
  return [...named.slice(from), ...named.slice(0, from)]
}

/** One of each kind, the more usual first. */
function made(variant: number): unknown[] {
  const number = 2001 + variant
  const date = new Date(Date.UTC(number))
  return [
    String(number),
    number,
    variant % 2 === 0,
    {},
    [],
    date,
    `${number}0000-0000-4000-8000-000000000000`,
    date.toISOString(),
    date.toISOString().slice(0, 10),
    `someone@${number}.example`,
    `https://${number}.example`,
    `some text of ${number}, long enough for most`,
    'x',
    1,
    BigInt(number),
    null,
  ]
}

/** The data with an element in each array where that can be had. */
function withElements(ask: Ask, variant: number, data: unknown): unknown {
  let filled = data
  for (const path of emptyArraysIn(data)) {
    try {
      filled = mend(ask, variant, replaceAt(filled, [...path, '0'], undefined))
    } catch {
      // It stays empty.
    }
  }
  return filled
}

function emptyArraysIn(data: unknown, path: readonly string[] = []): string[][] {
  if (Array.isArray(data) && data.length === 0) return [[...path]]
  if (typeof data !== 'object' || data === null) return []
  return Object.entries(data).flatMap(([name, each]) => emptyArraysIn(each, [...path, name]))
}

/** A copy with another value at a path. */
function replaceAt(data: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path
  if (name === undefined) return value
  const inside = replaceAt(readPath(data, name), rest, value)
  if (Array.isArray(data)) return Object.assign([...(data as unknown[])], { [name]: inside })
  return { ...(data as object), [name]: inside }
}
