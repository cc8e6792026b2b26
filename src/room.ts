/**
 * Room names from templates. A template can be read both ways: an event's fields name its room,
 * and a room's name gives back the fields. A function can only be called.
 */

import { SyncError } from './errors.ts'

/** The names in braces: `'a:{b}:{c}'` has `'b' | 'c'`. */
export type FieldsOf<Template extends string> =
  Template extends `${string}{${infer Field}}${infer Rest}` ? Field | FieldsOf<Rest> : never

type RoomFields<Template extends string> = {
  readonly [Field in FieldsOf<Template>]: string | number
}

/** Names rooms: callable with its fields, wherever a room is named by hand. */
export interface RoomTemplate<Template extends string = string> {
  (fields: RoomFields<Template>): string
  readonly template: Template
}

interface TemplatePart {
  readonly text: string
  /** The field that follows `text`; undefined in the last part. */
  readonly field: string | undefined
}

/**
 * Defines a kind of room: `defineRoom('conversation:{conversationId}')`.
 *
 * @throws SyncError `invalid-rule` for what `templateFault` finds.
 */
export function defineRoom<const Template extends string>(
  template: Template,
): RoomTemplate<Template> {
  const parts = parseTemplate(template)
  const name = (fields: RoomFields<Template>) => fillTemplate(template, parts, fields)
  return Object.assign(name, { template })
}

/** A function that names the room of a template from an event's data. */
export function roomFromTemplate(template: string): (event: unknown) => string {
  const parts = parseTemplate(template)
  return (event) => fillTemplate(template, parts, event)
}

/** A template read the other way: which fields a room's name is made of. */
export interface TemplateReader {
  readonly fields: readonly string[]
  /** The fields' values in a room's name, as text; undefined for a name of another kind. */
  readonly read: (name: string) => readonly string[] | undefined
  /** The room's name for these values; undefined where they can't be part of one. */
  readonly name: (values: readonly unknown[]) => string | undefined
}

export function readTemplate(template: string): TemplateReader {
  const parts = parseTemplate(template)
  return {
    fields: parts.flatMap(({ field }) => field ?? []),
    read: (name) => readName(parts, name),
    name(values) {
      let name = ''
      for (const [position, { text, field }] of parts.entries()) {
        name += text
        if (field === undefined) continue
        const value = nameText(values[position], parts[position + 1]?.text ?? '')
        if (value === undefined) return undefined
        name += value
      }
      return name
    },
  }
}

function readName(parts: readonly TemplatePart[], name: string): string[] | undefined {
  const values: string[] = []
  let at = 0
  for (const [position, { text, field }] of parts.entries()) {
    if (!name.startsWith(text, at)) return undefined
    at += text.length
    if (field === undefined) continue
    // A value never contains the text that ends it.
    const delimiter = parts[position + 1]?.text ?? ''
    const end = delimiter === '' ? name.length : name.indexOf(delimiter, at)
    if (end <= at) return undefined
    values.push(name.slice(at, end))
    at = end
  }
  return at === name.length ? values : undefined
}

/** What is wrong with a template, and what to do about it. */
interface TemplateFault {
  readonly problem: string
  readonly remedy: string
}

/** Undefined for a template of fields in braces, with text between them. */
export function templateFault(template: string): TemplateFault | undefined {
  const parsed = readParts(template)
  return 'problem' in parsed ? parsed : undefined
}

function parseTemplate(template: string): readonly TemplatePart[] {
  const parsed = readParts(template)
  if (!('problem' in parsed)) return parsed
  throw new SyncError({ code: 'invalid-rule', ...parsed, subject: template })
}

function readParts(template: string): readonly TemplatePart[] | TemplateFault {
  const parts: TemplatePart[] = []
  let rest = template
  for (;;) {
    const open = rest.indexOf('{')
    if (open < 0) break
    if (rest[open - 1] === '$') return lacksBackticks(template)
    const close = rest.indexOf('}', open)
    const field = rest.slice(open + 1, close)
    const isFieldless = close < 0 || !/^[\w$]+(\.[\w$]+)*$/.test(field)
    const touches = open === 0 && parts.length > 0
    if (isFieldless || touches) return isNone(template)
    parts.push({ text: rest.slice(0, open), field })
    rest = rest.slice(close + 1)
  }
  if (rest.includes('}') || template === '') return isNone(template)
  return [...parts, { text: rest, field: undefined }]
}

function isNone(template: string): TemplateFault {
  return {
    problem: `"${template}" is not a room template.`,
    remedy:
      'Write fields in braces, with text between them: "conversation:{conversationId}". ' +
      'A field has letters, digits, _ and $, and dots on the way into objects; no spaces, no -.',
  }
}

function lacksBackticks(template: string): TemplateFault {
  return {
    problem: `"${template}" has \`\${\` in it, which means nothing in quotes.`,
    remedy: `Leave the $ out, "${template.replaceAll('${', '{')}"; or write a function, with backticks.`,
  }
}

function fillTemplate(
  template: string,
  parts: readonly TemplatePart[],
  event: unknown,
): string {
  let name = ''
  for (const [position, { text, field }] of parts.entries()) {
    name += text
    if (field !== undefined) {
      name += fieldValue(template, event, field, parts[position + 1]?.text ?? '')
    }
  }
  return name
}

/**
 * A field's value as part of a name. It must not be empty nor contain the text that ends it: of
 * `{a}:{b}`, `x:y` and `z` would otherwise meet `x` and `y:z` in one room.
 */
function fieldValue(
  template: string,
  event: unknown,
  field: string,
  delimiter: string,
): string {
  const value = readPath(event, field)
  const text = nameText(value, delimiter)
  if (text !== undefined) return text
  throw new SyncError({
    code: 'room-failed',
    problem: `The room "${template}" needs "${field}", and the event has ${describe(value, delimiter)}.`,
    remedy: 'Pass data that has it: a string or number that is not empty.',
    subject: `${template} ${field}`,
  })
}

/** A value as it stands in a name, before a delimiter; undefined where it can't. */
export function nameText(value: unknown, delimiter = ''): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const text = String(value)
  return text === '' || (delimiter !== '' && text.includes(delimiter)) ? undefined : text
}

function describe(value: unknown, delimiter: string): string {
  if (value === '') return 'an empty one'
  return typeof value === 'string' ? `one that contains "${delimiter}"` : `a ${typeof value}`
}

/** The value at a dotted path; undefined where there is none. Own properties only. */
export function readPath(value: unknown, path: string): unknown {
  const dot = path.indexOf('.')
  if (dot === -1) return readOwn(value, path)
  return readPath(readOwn(value, path.slice(0, dot)), path.slice(dot + 1))
}

function readOwn(value: unknown, name: string): unknown {
  const isOwn = typeof value === 'object' && value !== null && Object.hasOwn(value, name)
  return isOwn ? (value as Record<string, unknown>)[name] : undefined
}
