/**
 * Fields by their paths: which a type has, what is in them, and which of two types can be compared.
 */

/** What two fields are compared by. */
type Value = string | number | boolean | bigint | null | undefined

type Opaque = Value | readonly unknown[] | Date | ((...args: never) => unknown)

/** The paths to a type's fields that hold a value: `'id'`, `'author.id'`. Three names at most. */
type FieldPath<T, Depth extends 0[] = []> = T extends Opaque
  ? never
  : Depth['length'] extends 3
    ? never
    : {
        [Name in keyof T & string]-?: T[Name] extends Value
          ? Name
          : `${Name}.${FieldPath<NonNullable<T[Name]>, [...Depth, 0]>}`
      }[keyof T & string]

/** What is at a path. */
type ValueAt<T, Path> = T extends Value
  ? never
  : Path extends keyof T
    ? T[Path]
    : Path extends `${infer Name}.${infer Rest}`
      ? Name extends keyof T
        ? ValueAt<T[Name], Rest>
        : never
      : never

/** The paths of `T` that can hold the same value as `Other`. */
type ComparableFields<T, Other> = {
  [Path in FieldPath<T>]: IsComparable<ValueAt<T, Path>, Other> extends true ? Path : never
}[FieldPath<T>]

/** The paths that both have, and that can hold the same value. */
type SharedFields<T, Other> = {
  [Path in FieldPath<T> & FieldPath<Other>]: IsComparable<
    ValueAt<T, Path>,
    ValueAt<Other, Path>
  > extends true
    ? Path
    : never
}[FieldPath<T> & FieldPath<Other>]

type IsComparable<A, B> = [NonNullable<A> & NonNullable<B>] extends [never] ? false : true

/** A declared match: a field that event and input share, or the input's fields and the event's. */
export type FieldMatch<Event, Input> =
  | SharedFields<Input, Event>
  | MatchMap<Event, Input, FieldPath<Input>>

type MatchMap<Event, Input, Paths extends string> = [Paths] extends [never]
  ? never
  : { readonly [Path in Paths]?: ComparableFields<Event, ValueAt<Input, Path>> }

/** The paths of `T` whose values can be part of a room's name: those that are always there. */
export type NameFields<T> = {
  [Path in FieldPath<T>]: [NameValueAt<T, Path>] extends [string | number] ? Path : never
}[FieldPath<T>]

/** What is at a path, of each type of a union; undefined where one lacks it. */
type NameValueAt<T, Path> = T extends Value
  ? undefined
  : Path extends keyof T
    ? T[Path] | (object extends Pick<T, Path> ? undefined : never)
    : Path extends `${infer Name}.${infer Rest}`
      ? Name extends keyof T
        ? NameValueAt<T[Name], Rest>
        : undefined
      : undefined

/** `Template` itself where `Fields` has all that it names; else with the wrong ones replaced. */
export type CheckedTemplate<Template extends string, Fields extends string> =
  Template extends Completed<Template, Fields> ? Template : Completed<Template, Fields>

type Completed<
  Template extends string,
  Fields extends string,
> = Template extends `${infer Before}{${infer Field}}${infer After}`
  ? `${Before}{${Field extends Fields ? Field : Fields}}${Completed<After, Fields>}`
  : Template
