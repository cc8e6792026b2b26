/**
 * Sync rules: which room an event goes to, and which queries it changes.
 *
 * A rule is plain data with small functions in it, so that one module can be imported by server
 * and client alike. It is checked when it is defined: see check-rules.ts.
 */

import { roomFromTemplate } from './room.ts'
import type { StandardSchema } from './schema.ts'

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
export interface ActionContext<Input = QueryInput, Viewer = unknown> {
  /** The input of the query at hand. */
  readonly input: Input
  /** Who looks at this cache: the engine's `viewer` option. */
  readonly viewer: Viewer
  /** The whole key of the query at hand. */
  readonly queryKey: readonly unknown[]
}

interface ProcedureTarget {
  /**
   * A tRPC procedure path, e.g. `['message', 'list']`. For `invalidate` and `remove`, a router's
   * path (`['message']`) means all of its procedures.
   */
  readonly procedure: readonly string[]
  readonly queryKey?: undefined
}

interface KeyTarget {
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

/** What one event does to one kind of query: found by a procedure's path, or by a plain key. */
export type CacheAction<Event = unknown> = ProcedureAction<Event> | KeyAction<Event>

type ProcedureAction<Event> = ProcedureTarget & CacheFilter<Event> & CacheChange<Event>

export type KeyAction<Event> = KeyTarget & CacheFilter<Event> & CacheChange<Event>

export interface RuleOptions<Event> {
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
  /**
   * What the event's data must be: a schema of zod 4, valibot, arktype, or another with Standard
   * Schema. `broadcast` refuses what it refuses, before anything is logged or sent; what it makes of the
   * data is what travels. So it must accept what it returns. @default not checked
   */
  readonly schema?: StandardSchema<Event>
  /**
   * Raised when the event's data becomes another. A client with older rules then refetches what its
   * rule means instead; one with newer rules brings older data up to date by `upcast`. @default 1
   */
  readonly version?: number
  /**
   * From each older version how to make the next: `{ 1: (old) => …, 2: (old) => … }`. Events of a
   * version that is left out cost a refetch. @default none
   */
  readonly upcast?: Readonly<Record<number, Callback<[old: unknown], unknown>>>
}

declare const accepted: unique symbol

/** One event: the rooms it goes to and the queries it changes. */
export interface SyncRule<Event = unknown, Accepted = never> extends RuleOptions<Event> {
  /** What the event does to a client's cache, in this order. May be empty. */
  readonly actions: readonly CacheAction<Event>[]
  /** What its schema takes, where that is known: a type, never there at run time. */
  readonly [accepted]?: (data: Accepted) => void
}

/**
 * The rules of an application: one for each event of `Events`, a map from event to its data.
 *
 * @typeParam Accepted - a map from event to what its schema takes.
 */
export type SyncRules<Events = Record<string, unknown>, Accepted = unknown> = {
  readonly [Event in keyof Events]: SyncRule<Events[Event], Accepted[Event & keyof Accepted]>
}

/** What `broadcast` takes for an event: its data, or what its schema makes that of. */
export type Broadcast<Events, Accepted, Event extends keyof Events> =
  | Events[Event]
  | Accepted[Event & keyof Accepted]

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
export function ruleEntries<Events, Accepted>(
  rules: SyncRules<Events, Accepted>,
): [string, SyncRule][] {
  return Object.entries(rules) as [string, SyncRule][]
}

/** How a message names an action's target: `message.list`, or the key prefix as JSON. */
export function describeTarget(action: CacheAction): string {
  return action.procedure ? action.procedure.join('.') : JSON.stringify(action.queryKey)
}
