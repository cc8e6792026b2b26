/**
 * Values for fields that nobody has said more about than their name.
 *
 * They are few, so that those which a function compares are equal often enough; distinct within a
 * list, so that any field may be its rows' id; and never falsy, so that any field may be a version.
 * The texts are the numbers' digits, and dates, too: whatever a function makes of one, it is valid.
 */

import type { Random } from '../../random.ts'
import type { Literals } from './literals.ts'

type Value = string | number | boolean | Date
type Kind = 'number' | 'string' | 'boolean' | 'date'

export interface Values {
  /**
   * A value for a field.
   *
   * @param row - which row of a list it is in: no two have the same. Undefined elsewhere.
   */
  readonly of: (name: string, row?: number, kind?: Kind) => Value
}

export interface ValuesOptions {
  readonly random: Random
  /** One round has fields that are numbers, the next texts, the third both, by name. */
  readonly round: number
  /** What the function's own text compares with. */
  readonly literals?: Literals
  /** Data that is known: other data is made to meet it. */
  readonly known?: readonly unknown[]
  /** How many values there are of a kind. @default 4, one more than a made-up list has rows */
  readonly variety?: number
}

const KINDS = [['number'], ['string'], ['number', 'string']] as const

/** Large for a limit, small for a loop; as text, a year. */
const FIRST = 2001

export function createValues(options: ValuesOptions): Values {
  const { random, round, literals, known = [], variety = 4 } = options
  const leaves = known.flatMap((data) => leavesOf(data))
  const kindOfName = new Map<string, Kind>()
  const turnOfName = new Map<string, number>()
  const valuesOfName = new Map<string, readonly Value[]>()

  function kindOf(name: string): Kind {
    const leaf = leaves.find((each) => each.name === name)
    if (leaf !== undefined) return kindOfValue(leaf.value)
    if (isFlag(name)) return 'boolean'
    return once(kindOfName, name, () => random.pick(KINDS[round % KINDS.length] ?? ['number']))
  }

  const valuesOf = (name: string, kind: Kind) =>
    once(valuesOfName, `${kind} ${name}`, () => makeValues(name, kind))

  function makeValues(name: string, kind: Kind): readonly Value[] {
    const ofKind = leaves.filter(({ value }) => kindOfValue(value) === kind)
    const own = ofKind.filter((leaf) => leaf.name === name)
    const alike = ofKind.filter(({ value }) => Boolean(value))
    const made = Array.from({ length: variety }, (_, slot) => make(kind, slot))
    const all = [...own.map(({ value }) => value), ...alike.map(({ value }) => value), ...made]
    return [...new Map(all.map((value) => [String(value), value])).values()].slice(0, variety)
  }

  return {
    of(name, row, kind = kindOf(name)) {
      if (kind === 'boolean') return random.chance(0.5)
      const said: readonly Value[] = kind === 'date' ? [] : (literals?.[kind] ?? [])
      if (said.length > 0 && !isIdOrVersion(name) && random.chance(0.3))
        return random.pick(said)
      const values = valuesOf(name, kind)
      if (row === undefined) return random.pick(values)
      const turn = once(turnOfName, name, () => random.int(0, variety - 1))
      // There are as many values as places, and the index is below that.
      return values[(turn + row) % values.length] as Value
    },
  }
}

function make(kind: Kind, slot: number): Value {
  const number = FIRST + slot
  if (kind === 'number') return number
  return kind === 'date' ? new Date(Date.UTC(number)) : String(number)
}

function once<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  if (!map.has(key)) map.set(key, make())
  // It was put there above.
  return map.get(key) as Value
}

interface Leaf {
  readonly name: string
  readonly value: Value
}

function leavesOf(data: unknown, name = ''): Leaf[] {
  if (isValue(data)) return [{ name, value: data }]
  if (typeof data !== 'object' || data === null) return []
  return Object.entries(data).flatMap(([key, value]) =>
    leavesOf(value, Array.isArray(data) ? name : key),
  )
}

function isValue(value: unknown): value is Value {
  return ['string', 'number', 'boolean'].includes(typeof value) || value instanceof Date
}

function kindOfValue(value: Value): Kind {
  // No other type is a value.
  return value instanceof Date ? 'date' : (typeof value as Kind)
}

/** Names that say yes or no. Anything else might be a version, which is never `false`. */
function isFlag(name: string): boolean {
  return /^(is|has|can|was)[A-Z]/.test(name) || FLAGS.includes(name)
}

const FLAGS = [
  'active',
  'archived',
  'checked',
  'closed',
  'completed',
  'deleted',
  'done',
  'enabled',
  'hidden',
  'muted',
  'open',
  'pinned',
  'resolved',
  'selected',
  'visible',
]

function isIdOrVersion(name: string): boolean {
  return /id$|key$|slug$|version$|revision$/i.test(name)
}
