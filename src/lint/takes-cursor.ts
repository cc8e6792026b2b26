/**
 * Whether a procedure's input can hold a `cursor`, as its parsers show it. Those of zod do, of
 * versions 3 and 4; of the others nothing is known.
 */

import { isRecord } from '../is-record.ts'

type Answer = 'yes' | 'no' | 'unknown'

/** Inputs add up: it is enough that one of them takes it. */
export function takesCursor(inputs: readonly unknown[]): Answer {
  return any(inputs.map((input) => ask(input)))
}

function any(answers: readonly Answer[]): Answer {
  if (answers.includes('yes')) return 'yes'
  return answers.includes('unknown') ? 'unknown' : 'no'
}

/** Types that are no objects, or none with a cursor. */
const SIMPLE = [
  'array',
  'bigint',
  'boolean',
  'date',
  'enum',
  'literal',
  'nan',
  'nativeenum',
  'never',
  'null',
  'number',
  'set',
  'string',
  'symbol',
  'template_literal',
  'tuple',
  'undefined',
  'void',
]

/** Schemas may lie in each other, and in themselves. */
const DEPTH = 20

function ask(schema: unknown, depth = 0): Answer {
  const definition = definitionOf(schema)
  if (definition === undefined || depth > DEPTH) return 'unknown'
  const { type, def } = definition
  const inside = (...schemas: unknown[]) => any(schemas.map((each) => ask(each, depth + 1)))
  if (type === 'object') return askObject(def)
  if (type === 'union' || type === 'discriminatedunion') {
    return Array.isArray(def['options']) ? inside(...(def['options'] as unknown[])) : 'unknown'
  }
  if (type === 'intersection') return inside(def['left'], def['right'])
  if (type === 'pipe' || type === 'pipeline') return inside(def['in'])
  // Of version 3: a refinement or a transformation of its schema, or what comes before that.
  if (type === 'effects') {
    const { effect, schema } = def
    return isRecord(effect) && effect['type'] === 'preprocess' ? 'unknown' : inside(schema)
  }
  if (type === 'branded') return inside(def['type'])
  if (def['innerType'] !== undefined) return inside(def['innerType'])
  return SIMPLE.includes(type) ? 'no' : 'unknown'
}

function askObject(def: Record<string, unknown>): Answer {
  const shape: unknown = typeof def['shape'] === 'function' ? def['shape']() : def['shape']
  if (!isRecord(shape)) return 'unknown'
  if ('cursor' in shape) return 'yes'
  const rest = definitionOf(def['catchall'])
  const isOpen = def['unknownKeys'] === 'passthrough' || (rest && rest.type !== 'never')
  return isOpen ? 'unknown' : 'no'
}

interface Definition {
  /** As version 4 names it: `object` for `ZodObject`. */
  readonly type: string
  readonly def: Record<string, unknown>
}

function definitionOf(schema: unknown): Definition | undefined {
  if (!isRecord(schema)) return undefined
  const { _zod: core, _def: old } = schema
  const def = isRecord(core) ? core['def'] : old
  if (!isRecord(def)) return undefined
  const { type, typeName } = def
  if (isRecord(core)) return typeof type === 'string' ? { type, def } : undefined
  if (typeof typeName !== 'string') return undefined
  return { type: typeName.replace(/^Zod/, '').toLowerCase(), def }
}
