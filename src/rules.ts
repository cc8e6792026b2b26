/**
 * Sync rules: which room an event goes to, and which queries it changes.
 *
 * A rule is plain data with small functions in it, so that one module can be imported by server
 * and client alike. It is checked once, here, when it is defined.
 */

import { checkRules } from './check-rules.ts'
import { SyncError } from './errors.ts'
import { roomFromTemplate } from './room.ts'

/**
 * A callback whose parameters may be annotated more narrowly than they are declared.
 * Without a router nobody but the user knows what a query holds, so
 * `(old: Todo[] | undefined, event) => …` must compile where `old` is `unknown`; declaring
 * the function as a method is what TypeScript calls bivariance, and allows it.
 */
type Callback<Args extends readonly unknown[], Result> = {
  callback(...args: Args): Result
}['callback']

/**
 * What a query was asked with: the input of a tRPC procedure (without cursor for an infinite
 * query), or the first plain object behind the prefix of a plain query key.
 */
export type QueryInput = Record<string, unknown> | undefined

/** What a rule's callbacks may know beside the event. */
export interface ActionContext {
  /** The input of the query at hand. */
  readonly input: QueryInput
  /** Who looks at this cache: the engine's `viewer` option. */
  readonly viewer: unknown
  /** The whole key of the query at hand. */
  readonly queryKey: readonly unknown[]
}

/** Where a cache action looks for queries: a tRPC procedure path, or a plain query key. */
type CacheTarget =
  | {
      /**
       * A tRPC procedure path, e.g. `['message', 'list']`. For `invalidate` and `remove`, a
       * router's path (`['message']`) means all of its procedures.
       */
      readonly procedure: readonly string[]
      readonly queryKey?: undefined
    }
  | {
      /** A query key prefix for apps without tRPC; matches as TanStack Query's filters do. */
      readonly queryKey: readonly unknown[]
      readonly procedure?: undefined
    }

interface CacheFilter<Event> {
  /**
   * Narrows the target to the queries this event concerns. Default: all of them.
   *
   * Declared as a field (`'conversationId'`, where event and input share it) or as fields of the
   * input and where the event has them (`{ id: 'postId' }`), it is an index: an event goes
   * straight to its queries. A function is asked once per query. Dots reach into objects;
   * `undefined` on either side is no match.
   */
  readonly match?:
    | Callback<[event: Event, input: QueryInput, context: ActionContext], boolean>
    | string
    | Readonly<Record<string, string>>
  /**
   * `true`: infinite queries only; `false`: plain ones only.
   * Default: plain for `direct`, both for `invalidate` and `remove`.
   */
  readonly infinite?: boolean
}

type CacheChange<Event> =
  | {
      /** Change the data in place, without a request. */
      readonly action: 'direct'
      /**
       * Makes the new data from the old. Returning `old` itself, or `undefined`, changes
       * nothing. Only called for queries that have data. Must not mutate.
       */
      readonly updater: Callback<[old: unknown, event: Event, context: ActionContext], unknown>
    }
  | {
      /**
       * `invalidate`: mark the query stale, refetch it if somebody looks at it.
       * `remove`: drop the query; one that somebody looks at is reset and refetched.
       */
      readonly action: 'invalidate' | 'remove'
      readonly updater?: undefined
    }

/** What one event does to one kind of query. */
export type CacheAction<Event = unknown> = CacheTarget & CacheFilter<Event> & CacheChange<Event>

/** One event: the rooms it goes to and the queries it changes. */
export interface SyncRule<Event = unknown> {
  /**
   * The Socket.IO room or rooms the event is sent to; each socket receives it once. A function,
   * or a template that is filled from the event's fields: `'conversation:{conversationId}'`.
   */
  readonly room: Callback<[event: Event], string | readonly string[]> | string
  /**
   * Sent to whoever is connected, and never again: typing, progress, presence. Outside of what is
   * promised. @default false
   */
  readonly volatile?: boolean
  /** What the event does to a client's cache, in this order. May be empty. */
  readonly actions: readonly CacheAction<Event>[]
}

/** The rules of an application: one for each event of `Events`, a map from event to its data. */
export type SyncRules<Events = Record<string, unknown>> = {
  readonly [Event in keyof Events]: SyncRule<Events[Event]>
}

/**
 * Defines the sync rules that server and client share.
 *
 * @throws SyncError `invalid-rule`, naming the event and the action at fault.
 */
export function defineSyncRules<Events>(rules: SyncRules<Events>): SyncRules<Events> {
  checkRules(rules)
  return rules
}

/**
 * Joins the rules of two features. Where both have a rule for an event, its actions add up; it is
 * volatile if both say so.
 *
 * @throws SyncError `conflicting-rooms` where both name an event but not the same `room`.
 */
export function mergeSyncRules<A, B>(a: SyncRules<A>, b: SyncRules<B>): SyncRules<A & B> {
  const merged: Record<string, SyncRule> = Object.assign(Object.create(null), a)
  for (const [event, rule] of ruleEntries(b)) {
    const first = merged[event]
    merged[event] = first === undefined ? rule : addUp(event, first, rule)
  }
  checkRules(merged)
  // The loop above has put every event of A and of B into one object.
  return merged as SyncRules<A & B>
}

function addUp(event: string, first: SyncRule, second: SyncRule): SyncRule {
  if (first === second) return first
  if (templateOf(first) !== templateOf(second)) {
    throw new SyncError({
      code: 'conflicting-rooms',
      problem: `Two rules for "${event}" each bring a room of their own.`,
      remedy: 'Give both the same `room`: define it once and import it in both.',
      subject: event,
    })
  }
  const actions = [...first.actions, ...second.actions]
  // What one of them must not miss is remembered for both.
  const volatile = first.volatile === true && second.volatile === true
  return { room: first.room, ...(volatile && { volatile }), actions }
}

/** What two rules must share to go to the same rooms: a template's text, or the function. */
function templateOf({ room }: SyncRule): unknown {
  return templateText(room) ?? room
}

/** The template behind a rule's room; undefined where that is a function. */
export function templateText(room: SyncRule['room']): string | undefined {
  if (typeof room === 'string') return room
  return 'template' in room ? String(room.template) : undefined
}

/** How a rule names its rooms from an event's data. */
export function roomFunction({ room }: SyncRule): (data: unknown) => unknown {
  const template = templateText(room)
  // Without a template it is a function.
  return template === undefined
    ? (room as (data: unknown) => unknown)
    : roomFromTemplate(template)
}

/** The rules as pairs, with the event types forgotten: for code that handles any rule alike. */
export function ruleEntries<Events>(rules: SyncRules<Events>): [string, SyncRule][] {
  return Object.entries<SyncRule>(rules)
}

/** How a message names an action's target: `message.list`, or the key prefix as JSON. */
export function describeTarget(action: CacheAction): string {
  return action.procedure ? action.procedure.join('.') : JSON.stringify(action.queryKey)
}
