/**
 * Sync rules as a router types them: the literal that `defineSyncRules<Events, AppRouter>()` takes.
 *
 * The paths in it are inferred, as one tuple of paths per event; all else follows from them: what a
 * query was asked with, what it holds, and so what `match` and `updater` are given.
 */

import type { ActionContext, KeyAction, RuleOptions } from './rules.ts'
import type { CheckedTemplate, FieldMatch, NameFields } from './typing/fields.ts'
import type {
  CheckedPath,
  InfiniteData,
  InputAt,
  OutputAt,
  PageParamOf,
  RouterLike,
  WithoutPaging,
} from './typing/router.ts'
import type { rows, RowOf, RowsOf } from './typing/rows.ts'
import type { ListChange } from './updaters/list-change.ts'

/**
 * @typeParam Paths - of each event, the procedure paths of its actions, in their order.
 * @typeParam Rooms - of each event, its room as it is written.
 */
export type RouterRules<Events, Router extends RouterLike, Viewer, Paths, Rooms> = {
  readonly [Event in keyof Paths]: RouterRule<
    DataOf<Events, Event>,
    Router,
    Viewer,
    Paths[Event]
  >
} & {
  readonly [Event in keyof Rooms]: {
    readonly room: CheckedRoom<DataOf<Events, Event>, Rooms[Event]>
  }
} & { readonly [Event in Exclude<keyof Paths, keyof Events>]: never }

/** An event's data. `Event & keyof Events` would cost a look at all events, for each. */
type DataOf<Events, Event> = Event extends keyof Events ? Events[Event] : never

interface RouterRule<
  Event,
  Router extends RouterLike,
  Viewer,
  Paths,
> extends RuleOptions<Event> {
  /** What the event does to a client's cache, in this order. May be empty. */
  readonly actions: RouterActions<Event, Router, Viewer, Paths>
}

type CheckedRoom<Event, Room> = Room extends string
  ? CheckedTemplate<Room, NameFields<Event>>
  : unknown

type RouterActions<Event, Router extends RouterLike, Viewer, Paths> = {
  readonly [Index in keyof Paths]: RouterAction<Event, Router, Viewer, Paths[Index]>
}

type RouterAction<
  Event,
  Router extends RouterLike,
  Viewer,
  Path,
> = Path extends readonly string[]
  ?
      | ChangeAction<
          Event,
          Viewer,
          CheckedPath<Router, Path, 'query'>,
          InputAt<Router, Path>,
          OutputAt<Router, Path>
        >
      | RefetchAction<
          Event,
          Viewer,
          CheckedPath<Router, Path, 'query or router'>,
          WithoutPaging<InputAt<Router, Path>>
        >
  : UnknownAction<Event, CheckedPath<Router, Path, 'query or router'>> | KeyAction<Event>

/** While the path is being written: what the editor completes it with. */
interface UnknownAction<Event, Path> {
  readonly procedure: Path
  readonly queryKey?: undefined
  readonly action: 'direct' | 'invalidate' | 'remove'
  readonly infinite?: boolean | undefined
  readonly match?: unknown
  readonly updater?: ((old: unknown, event: Event) => unknown) | object
}

type ChangeAction<Event, Viewer, Path, Input, Output> =
  | PlainAction<Event, Viewer, Path, Input, Output>
  | InfiniteAction<Event, Viewer, Path, Input, Output, PageParamOf<Input>>

interface PlainAction<Event, Viewer, Path, Input, Output> extends DirectAction<
  Event,
  Viewer,
  Path,
  Input,
  Output
> {
  /** `true`: infinite queries; else plain ones. Only what takes a `cursor` can be infinite. */
  readonly infinite?: false | undefined
}

type InfiniteAction<Event, Viewer, Path, Input, Output, PageParam> = [PageParam] extends [never]
  ? never
  : PagesAction<Event, Viewer, Path, WithoutPaging<Input>, InfiniteData<Output, PageParam>>

interface PagesAction<Event, Viewer, Path, Input, Data> extends DirectAction<
  Event,
  Viewer,
  Path,
  Input,
  Data
> {
  readonly infinite: true
}

interface ProcedureTarget<Path> {
  /** A tRPC procedure path; for `invalidate` and `remove`, a router's path means all below it. */
  readonly procedure: Path
  readonly queryKey?: undefined
}

interface DirectAction<Event, Viewer, Path, Input, Data> extends ProcedureTarget<Path> {
  /** Change the data in place, without a request. */
  readonly action: 'direct'
  readonly match?: Match<Event, Input, Viewer>
  /**
   * Makes the new data from the old: a function, or a list's change by its options:
   * `{ upsert: { compare, where } }`.
   */
  readonly updater:
    | Updater<Data, Event, Input, Viewer>
    | ListChange<Event, RowOf<Data>, Input, Viewer>
}

interface RefetchAction<Event, Viewer, Path, Input> extends ProcedureTarget<Path> {
  /** `invalidate`: mark stale, refetch where somebody looks. `remove`: drop, or reset and refetch. */
  readonly action: 'invalidate' | 'remove'
  /** `true`: infinite queries; `false`: plain ones. @default both */
  readonly infinite?: boolean | undefined
  readonly match?: Match<Event, Input, Viewer>
  readonly updater?: undefined
}

/** See `match` of a `CacheAction`; fields must be there, and be comparable. */
type Match<Event, Input, Viewer> =
  | ((event: Event, input: Input, context: ActionContext<Input, Viewer>) => boolean)
  | FieldMatch<Event, Input>

interface Updater<Data, Event, Input, Viewer> {
  (old: Data, event: Event, context: ActionContext<Input, Viewer>): Data | undefined
  /** As long as the path is not known yet, nothing: or rows would be inferred to be `never`. */
  readonly [rows]?: [Data] extends [never] ? undefined : RowsOf<RowOf<Data>, RowOf<Data>>
}
