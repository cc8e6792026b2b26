/**
 * Which room a query belongs to, read off a rule: a template whose fields are all covered by a match
 * that is declared. The client asks for such rooms, and the server stamps what it answers with them.
 */

import { readPath, readTemplate, type TemplateReader } from './room.ts'
import { ruleEntries, templateText, type CacheAction, type SyncRules } from './rules.ts'

/** A match declared by fields. Its paths are in one order on both sides. */
export interface FieldMatch {
  readonly inputPaths: readonly string[]
  readonly eventPaths: readonly string[]
}

/** The fields of a declared match; undefined where it is a function, or there is none. */
export function fieldMatchOf(match: CacheAction['match']): FieldMatch | undefined {
  if (match === undefined || typeof match === 'function') return undefined
  if (typeof match === 'string') return { inputPaths: [match], eventPaths: [match] }
  const pairs = Object.entries(match).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    inputPaths: pairs.map(([inputPath]) => inputPath),
    eventPaths: pairs.map(([, eventPath]) => eventPath),
  }
}

/**
 * Where the input has the fields of the room's template, in the template's order; undefined where
 * the match does not cover them all, or either is a function.
 */
export function ownPathsOf(
  roomFields: readonly string[] | undefined,
  match: CacheAction['match'],
): readonly string[] | undefined {
  // What a function leaves out, nobody else can tell.
  if (typeof match === 'function') return undefined
  const fields = fieldMatchOf(match)
  const paths = roomFields?.map((field) => {
    const at = fields?.eventPaths.indexOf(field) ?? -1
    return fields?.inputPaths[at]
  })
  return paths?.every((path) => path !== undefined) ? paths : undefined
}

/** The room whose own a query with this input is; undefined where the values can't be part of one. */
export function ownRoomOf(
  template: TemplateReader,
  ownPaths: readonly string[],
  input: unknown,
): string | undefined {
  return template.name(ownPaths.map((path) => readPath(input, path)))
}

interface OwnRoom {
  readonly procedure: readonly string[]
  /** Whether procedures below that path are meant, too. */
  readonly below: boolean
  readonly template: TemplateReader
  readonly ownPaths: readonly string[]
}

/**
 * Returns a function that says which rooms a call of a procedure belongs to. A query may be changed
 * by events of other rooms besides: of those that its rules don't tell.
 */
export function createCallRooms<Events, Accepted>(
  rules: SyncRules<Events, Accepted>,
): (path: readonly string[], input: unknown) => readonly string[] {
  const owned = ruleEntries(rules).flatMap(([, { room, volatile, actions }]): OwnRoom[] => {
    const text = templateText(room)
    if (volatile || text === undefined) return []
    const template = readTemplate(text)
    return actions.flatMap(({ procedure, action, match }): OwnRoom[] => {
      const ownPaths = ownPathsOf(template.fields, match)
      if (procedure === undefined || ownPaths === undefined) return []
      return [{ procedure, below: action !== 'direct', template, ownPaths }]
    })
  })
  return (path, input) => {
    const rooms = new Set<string>()
    for (const { procedure, below, template, ownPaths } of owned) {
      if (path.length !== procedure.length && !below) continue
      if (!procedure.every((name, depth) => path[depth] === name)) continue
      const room = ownRoomOf(template, ownPaths, input)
      if (room !== undefined) rooms.add(room)
    }
    return [...rooms]
  }
}
