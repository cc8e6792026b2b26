/**
 * Which queries a room concerns, and which rooms a query.
 *
 * A template can be read backwards: the name `conversation:7` gives the field `conversationId`. Where
 * an action's declared match covers all of a template's fields, the queries with these values are the
 * room's own. All else that its rules mean may be concerned, and gets the careful treatment.
 */

import type { Query } from '@tanstack/query-core'
import { readPath, readTemplate, type TemplateReader } from '../../room.ts'
import { templateText, type SyncRule } from '../../rules.ts'
import type { CompiledAction } from '../actions/compiled-action.ts'
import { isInfinite } from '../queries/query-key.ts'

export interface RoomQueries {
  /** Takes a rule in; returns the undo. */
  readonly add: (rule: SyncRule, actions: readonly CompiledAction[]) => () => void
  /** The queries that belong to the room. */
  readonly ownOf: (room: string) => ReadonlySet<Query>
  /** Those that are not its own, and that its events may change all the same. */
  readonly possibleOf: (room: string) => ReadonlySet<Query>
  /** The rooms whose own the query is. */
  readonly roomsOf: (query: Query) => readonly string[]
}

interface RoomRule {
  /** Undefined where the room is a function. */
  readonly template: TemplateReader | undefined
  readonly actions: readonly CompiledAction[]
}

export function createRoomQueries(): RoomQueries {
  const rules = new Set<RoomRule>()

  /** Visits each rule whose events may go to the room, with the values its name gives. */
  function forEachRule(
    room: string,
    visit: (actions: readonly CompiledAction[], values: readonly string[] | undefined) => void,
  ): void {
    for (const { template, actions } of rules) {
      if (template === undefined) visit(actions, undefined)
      else {
        const values = template.read(room)
        if (values !== undefined) visit(actions, values)
      }
    }
  }

  function ownOf(room: string): Set<Query> {
    const own = new Set<Query>()
    forEachRule(room, (actions, values) => {
      for (const { ownPaths, target, infinite } of actions) {
        if (ownPaths === undefined || values === undefined) continue
        const visit = (query: Query) => {
          if (isOfShape(query, infinite)) own.add(query)
        }
        if (ownPaths.length === 0) target.forEach(visit)
        else target.forEachWithText(ownPaths, values.join('\u0000'), visit)
      }
    })
    return own
  }

  return {
    add({ room, volatile, actions: declared }, actions) {
      // A rule without actions concerns no query; a volatile event is never missed.
      if (volatile || declared.length === 0) return () => {}
      const text = templateText(room)
      const rule = { template: text === undefined ? undefined : readTemplate(text), actions }
      rules.add(rule)
      return () => {
        rules.delete(rule)
      }
    },

    ownOf,

    possibleOf(room) {
      const own = ownOf(room)
      const possible = new Set<Query>()
      forEachRule(room, (actions) => {
        for (const { ownPaths, target, infinite } of actions) {
          if (ownPaths !== undefined) continue
          target.forEach((query) => {
            if (isOfShape(query, infinite) && !own.has(query)) possible.add(query)
          })
        }
      })
      return possible
    },

    roomsOf(query) {
      const rooms = new Set<string>()
      for (const { template, actions } of rules) {
        for (const { ownPaths, target, infinite, inputOf } of actions) {
          if (template === undefined || ownPaths === undefined || !target.has(query)) continue
          if (!isOfShape(query, infinite)) continue
          const room = template.name(ownPaths.map((path) => readPath(inputOf(query), path)))
          if (room !== undefined) rooms.add(room)
        }
      }
      return [...rooms]
    },
  }
}

function isOfShape(query: Query, infinite: boolean | undefined): boolean {
  return infinite === undefined || infinite === isInfinite(query)
}
