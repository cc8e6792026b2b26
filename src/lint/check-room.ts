/**
 * Room functions that a template could declare, and rooms that nobody is let into.
 *
 * From a template the client knows which room a query needs, and asks for it; and which queries a
 * room owns, when somebody is taken out.
 */

import { roomFunction, templateText, type SyncRule } from '../rules.ts'
import type { KnownData } from './data/known-data.ts'
import type { Fault } from './finding.ts'
import { isJoinable, isTemplateJoinable } from './joinable.ts'
import { namesOf, templateOf, watchRoom } from './room-function.ts'

export interface RoomCheck {
  readonly rule: SyncRule
  readonly seed: number
  readonly known: KnownData
  /** Templates of the rooms that people are let into; undefined where nobody has said. */
  readonly joinable: readonly string[] | undefined
}

export function checkRoom({ rule, seed, known, joinable }: RoomCheck): Fault[] {
  const text = templateText(rule.room)
  if (text !== undefined) return checkTemplate(text, joinable)
  const watched = watchRoom(roomFunction(rule), seed)
  const template = templateOf(watched)
  if (template !== undefined) {
    // Where nothing is cached for an event, nothing is gained.
    const isGain = !rule.volatile && rule.actions.length > 0
    return [...(isGain ? [declarable(template)] : []), ...checkTemplate(template, joinable)]
  }
  if (joinable === undefined) return []
  const rooms = namesOf(watched, known)
  const [first] = rooms
  return first === undefined || isJoinable(rooms, joinable)
    ? []
    : [unjoinable(`such as "${first}"`)]
}

function checkTemplate(template: string, joinable: RoomCheck['joinable']): Fault[] {
  return joinable === undefined || isTemplateJoinable(template, joinable)
    ? []
    : [unjoinable(`"${template}"`)]
}

function declarable(template: string): Fault {
  return {
    code: 'declarable-room',
    problem:
      'The `room` is a function; from a template, clients know which queries are its own, and ask for it by themselves.',
    remedy: `Write room: '${template}'.`,
  }
}

function unjoinable(rooms: string): Fault {
  return {
    code: 'unjoinable-room',
    problem: `Nobody is let into the room ${rooms}: \`joinableRooms\` has no such room.`,
    remedy:
      'Let the server join it (`rooms`, `joinRoom`) or grant it (`authorize`), and name it in `joinableRooms`; or mend the name.',
  }
}
