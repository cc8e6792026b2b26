/**
 * What JSON makes of a type: what a cache holds of a procedure's output where the router has no
 * transformer. Dates become strings, functions disappear, `undefined` becomes absence.
 */

/** A type that JSON changes nothing of stays itself, with its name. */
export type Serialized<T> = [IsKept<T>] extends [true] ? T : Json<T>

/**
 * Whether JSON changes nothing, as far as can be seen from above: a type that is part of itself would be
 * looked at without an end. What is further down is serialised field by field, when it is asked for.
 */
type IsKept<T, Depth extends 0[] = []> = unknown extends T
  ? true
  : T extends Primitive
    ? true
    : T extends Changed
      ? false
      : Depth['length'] extends 4
        ? false
        : T extends readonly unknown[]
          ? IsKept<T[number], [...Depth, 0]>
          : string extends keyof T
            ? T extends JsonRecord
              ? true
              : IsKept<T[keyof T], [...Depth, 0]>
            : false extends AreKept<T, [...Depth, 0]>[keyof T]
              ? false
              : true

type AreKept<T, Depth extends 0[]> = {
  [Key in keyof T]-?: Key extends symbol
    ? false
    : undefined extends T[Key]
      ? object extends Pick<T, Key>
        ? IsKept<T[Key], Depth>
        : // It becomes absence.
          false
      : IsKept<T[Key], Depth>
}

/** Data of any depth, as Prisma's `JsonValue`: TypeScript compares such types by itself. */
type JsonValue = Primitive | readonly JsonValue[] | JsonRecord

type JsonRecord = { readonly [Key in string]?: JsonValue }

type Changed =
  | { toJSON(): unknown }
  | Dropped
  | bigint
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>

type Primitive = string | number | boolean | null | undefined

type Dropped = symbol | ((...args: never) => unknown)

type Json<T> = unknown extends T
  ? T
  : T extends Primitive
    ? T
    : T extends { toJSON(): infer Text }
      ? Text
      : T extends Dropped | bigint
        ? never
        : T extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
          ? object
          : T extends [unknown, ...unknown[]]
            ? { [Index in keyof T]: JsonElement<T[Index]> }
            : T extends readonly (infer Element)[]
              ? JsonElement<Element>[]
              : JsonObject<T>

type JsonElement<T> = T extends Dropped ? null : Serialized<T>

/** One object of both parts. Its fields' own types are not looked at before somebody asks for them. */
type JsonObject<T> = Flat<
  {
    [Key in keyof T as undefined extends T[Key] ? never : KeptKey<Key, T[Key]>]: Serialized<
      T[Key]
    >
  } & {
    [Key in keyof T as undefined extends T[Key] ? KeptKey<Key, T[Key]> : never]?: Serialized<
      Exclude<T[Key], undefined>
    >
  }
>

type Flat<T> = { [Key in keyof T]: T[Key] }

type KeptKey<Key, Value> = Key extends symbol
  ? never
  : unknown extends Value
    ? Key
    : [Exclude<Value, undefined>] extends [Dropped]
      ? never
      : Key
