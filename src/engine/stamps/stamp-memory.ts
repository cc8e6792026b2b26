/**
 * Which stamp came with which data. The link that sees a response's headers is not the code that puts
 * its data into the cache; what both have in hand is the data itself.
 */

import { isEqual } from '../../equal.ts'
import { common, type Stamp } from '../../stamp.ts'

/** What was asked: a number alone does not say which answer it is. */
export interface Asked {
  /** The names of the procedure, e.g. `message.list`. */
  readonly path: string
  readonly input: unknown
}

interface BareAnswer extends Asked {
  readonly data: unknown
  readonly stamp: Stamp
  /** Answers are counted; this one's number. */
  readonly number: number
}

/** Answers that are numbers or texts wait here until their query takes them, or others push them out. */
const BARE_ANSWERS = 100

const stamps = new WeakMap<object, Stamp>()
let bare: BareAnswer[] = []
let answers = 0

/** Keeps the stamp for as long as the data lives. */
export function rememberStamp(data: unknown, stamp: Stamp, asked?: Asked): void {
  if (typeof data === 'object' && data !== null) stamps.set(data, stamp)
  else if (asked !== undefined) {
    bare = [...bare.slice(1 - BARE_ANSWERS), { ...asked, data, stamp, number: ++answers }]
  }
}

/** The stamp that came with this object. */
export function stampOfData(data: unknown): Stamp | undefined {
  return typeof data === 'object' && data !== null ? stamps.get(data) : undefined
}

/** How many answers without an identity there have been. */
export function countAnswers(): number {
  return answers
}

/**
 * The stamp of an answer without an identity: one to the same question, since then, that said the same.
 * Of several, what all of their stamps say.
 */
export function stampOfAnswer(data: unknown, asked: Asked, since: number): Stamp | undefined {
  let found: Stamp | undefined
  const isMeant = (answer: BareAnswer) =>
    answer.number > since && answer.path === asked.path && isEqual(answer.input, asked.input)
  for (const answer of bare) {
    if (!isMeant(answer) || !Object.is(answer.data, data)) continue
    found = found === undefined ? answer.stamp : common(found, answer.stamp)
    if (found === undefined) return undefined
  }
  return found
}
