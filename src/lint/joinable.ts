/** Whether anybody is let into a rule's rooms, as far as templates tell. */

import { readTemplate } from '../room.ts'

/** Whether one of the templates makes one of these names. */
export function isJoinable(rooms: readonly string[], joinable: readonly string[]): boolean {
  return joinable.some((kind) => rooms.some((room) => isOfKind(room, kind)))
}

/** Whether a template's rooms are of one of the kinds, or one of them is named itself. */
export function isTemplateJoinable(template: string, joinable: readonly string[]): boolean {
  const { fields, name, read } = readTemplate(template)
  const isNamed = joinable.some(
    (kind) => readTemplate(kind).fields.length === 0 && read(kind) !== undefined,
  )
  // A name of values without delimiters.
  const room = name(fields.map(() => '2001')) ?? template
  return isNamed || isJoinable([room], joinable)
}

/** Whether a template makes this name of values that hold none of its own delimiters. */
function isOfKind(room: string, kind: string): boolean {
  const values = readTemplate(kind).read(room)
  const delimiters = kind.replaceAll(/\{[^}]*\}|[\p{L}\p{N}]/gu, '').split('')
  return (
    values !== undefined &&
    !values.some((value) => delimiters.some((each) => value.includes(each)))
  )
}
