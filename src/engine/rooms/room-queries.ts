/**
 * Which queries a room concerns, and which rooms a query.
 *
 * A template can be read backwards: the name `conversation:7` gives the field `conversationId`. Where
 * an action's declared match covers all of a template's fields, the queries with these values are the
 * room's own. All else that its rules mean may be concerned, and gets the careful treatment.
 */

import type { Query } from '@tanstack/query-core'
import { ownRoomOf } from '../../own-rooms.ts'
import { readTemplate, type TemplateReader } from '../../room.ts'
import { templateText, type SyncRule } from '../../rules.ts'
import { fieldId, rowIdOf } from '../../updaters/keyed-options.ts'
import { callbackFailed } from '../actions/callback-failed.ts'
import type { CompiledAction } from '../actions/compiled-action.ts'
import type { RowIdentity } from '../fetches/graft-page.ts'

export interface RoomQueries {
  /** Takes a rule in; returns the undo. */
  readonly add: (rule: SyncRule, actions: readonly CompiledAction[]) => () => void
  readonly of: (room: string) => ConcernedQueries
  /** What identifies a row of the query's lists, as its rules say. */
  readonly rowIdOf: (query: Query) => RowIdentity
  /** The rooms whose own the query is. */
  readonly roomsOf: (query: Query) => readonly string[]
  /** Whether the room's events may change the query: it is the room's own, or nobody can tell. */
  readonly mayConcern: (room: string, query: Query) => boolean
}

/** The queries that a room concerns; none is in both. */
interface ConcernedQueries {
  /** Those that belong to it. */
  readonly own: ReadonlySet<Query>
  /** Those that are not its own, and that its events may change all the same. */
  readonly possible: ReadonlySet<Query>
}

interface RoomRule {
  /** Undefined where the room is a function. */
  readonly template: TemplateReader | undefined
  readonly actions: readonly CompiledAction[]
}

/** Of a query whose rows no rule changes. */
const noIdentity: RowIdentity = () => undefined

export function createRoomQueries(): RoomQueries {
  const rules = new Set<RoomRule>()

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

    of(room) {
      const own = new Set<Query>()
      const possible = new Set<Query>()
      for (const { template, actions } of rules) {
        // A room that is a function may name any.
        const values = template?.read(room)
        if (template !== undefined && values === undefined) continue
        for (const { ownPaths, forEachIn } of actions) {
          const found = ownPaths === undefined ? possible : own
          forEachIn(values, (query) => found.add(query))
        }
      }
      for (const query of own) possible.delete(query)
      return { own, possible }
    },

    rowIdOf(query) {
      let found: RowIdentity = noIdentity
      for (const { actions } of rules) {
        for (const compiled of actions) {
          const { action, target, hasShape, keyOf } = compiled
          if (action.action !== 'direct' || !target.has(query)) continue
          if (!hasShape(query, keyOf(query))) continue
          const idOf = rowIdOf(action.updater) ?? fieldId
          if (idOf !== fieldId) return (row) => readId(idOf, row, compiled)
          found = fieldId
        }
      }
      return found
    },

    roomsOf(query) {
      const rooms = new Set<string>()
      for (const { template, actions } of rules) {
        for (const { ownPaths, target, hasShape, inputOf, keyOf } of actions) {
          if (template === undefined || ownPaths === undefined || !target.has(query)) continue
          const key = keyOf(query)
          if (!hasShape(query, key)) continue
          const room = ownRoomOf(template, ownPaths, inputOf(query, key))
          if (room !== undefined) rooms.add(room)
        }
      }
      return [...rooms]
    },

    mayConcern(room, query) {
      for (const { template, actions } of rules) {
        if (template !== undefined && template.read(room) === undefined) continue
        for (const { ownPaths, target, hasShape, inputOf, keyOf } of actions) {
          if (!target.has(query)) continue
          const key = keyOf(query)
          if (!hasShape(query, key)) continue
          if (template === undefined || ownPaths === undefined) return true
          if (ownRoomOf(template, ownPaths, inputOf(query, key)) === room) return true
        }
      }
      return false
    },
  }
}

/** A row that the rule's `id` can't read has no identity. */
function readId(idOf: RowIdentity, row: unknown, compiled: CompiledAction): unknown {
  try {
    return idOf(row)
  } catch (cause) {
    compiled.onError(callbackFailed(compiled, 'updater', cause))
    return undefined
  }
}
