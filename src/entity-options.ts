/** What the rules of an entity are made from, typed by its rows and a router. */

import type { FieldsOf } from './room.ts'
import type { CheckedTemplate, FieldMatch, NameFields } from './typing/fields.ts'
import type {
  CheckedPath,
  InputAt,
  OutputAt,
  PageParamOf,
  RouterLike,
  WithoutPaging,
} from './typing/router.ts'
import type { RowOf } from './typing/rows.ts'
import type { Version } from './updaters/versions.ts'
import type { UpsertOptions } from './updaters/keyed.ts'

/** The events of an entity: those that carry it, and `:deleted` with its id and the room's fields. */
export type EntityEvents<Name extends string, Entity, Template extends string> = Readonly<
  Record<`${Name}:created` | `${Name}:updated`, Entity>
> &
  Readonly<Record<`${Name}:deleted`, Deleted<Entity, Template>>>

type Deleted<Entity, Template extends string> = Pick<
  Entity,
  Extract<'id' | FieldsOf<Template>, keyof Entity>
>

export interface EntityOptions<
  Entity,
  Router extends RouterLike,
  Viewer,
  Template extends string,
  Lists,
  Detail,
> {
  /** The room of its events, a template of the entity's own fields: `'board:{boardId}'`. */
  readonly room: CheckedTemplate<Template, NameFields<Entity> & keyof Entity>
  /** An entity is only ever replaced by a newer one. @default every event wins */
  readonly version?: (entity: Entity) => Version
  /** The lists it is in, each with what `upsertItem` is told of a list. */
  readonly lists: {
    readonly [Index in keyof Lists]: EntityList<
      Entity,
      Deleted<Entity, Template>,
      Router,
      Viewer,
      Lists[Index]
    >
  }
  /** The query that shows one of them; it is changed in place, and dropped with its entity. */
  readonly detail?: {
    readonly procedure: CheckedPath<Router, Detail, 'query'>
    readonly match: FieldMatch<Deleted<Entity, Template>, InputAt<Router, Detail>>
  } & DetailChange<Entity, OutputAt<Router, Detail>>
}

type DetailChange<Entity, Output> = [Entity] extends [Output]
  ? { readonly change?: (old: Output, entity: Entity) => Output }
  : { readonly change: (old: Output, entity: Entity) => Output }

type EntityList<Entity, Gone, Router extends RouterLike, Viewer, Path> =
  | ({ readonly infinite?: false | undefined } & ListOptions<
      Entity,
      Gone,
      Viewer,
      CheckedPath<Router, Path, 'query'>,
      InputAt<Router, Path>,
      RowOf<OutputAt<Router, Path>>
    >)
  | ([PageParamOf<InputAt<Router, Path>>] extends [never]
      ? never
      : { readonly infinite: true } & ListOptions<
          Entity,
          Gone,
          Viewer,
          CheckedPath<Router, Path, 'query'>,
          WithoutPaging<InputAt<Router, Path>>,
          RowOf<OutputAt<Router, Path>>
        >)

type ListOptions<Entity, Gone, Viewer, Path, Input, Row> = {
  readonly procedure: Path
  /** Fields of the deleted event, too: its id, and the room's. @default all queries */
  readonly match?: FieldMatch<Gone, Input>
} & Omit<
  UpsertOptions<Entity, Row, Row, Input, Viewer>,
  'change' | 'eventId' | 'eventVersion' | 'item'
> &
  ItemOption<Entity, Row>

type ItemOption<Entity, Row> = [Entity] extends [Row]
  ? { readonly item?: (entity: Entity) => Row }
  : { readonly item: (entity: Entity) => Row }
