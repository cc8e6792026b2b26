/**
 * What JSON makes of a type: what a cache holds of a procedure's output where the router has no
 * transformer. Dates become strings, functions disappear, `undefined` becomes absence.
 */

/** A type that JSON changes nothing of stays itself, with its name. */
export type Serialized<T> = [T] extends [Json<T>]
  ? [Json<T>] extends [T]
    ? T
    : Json<T>
  : Json<T>

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

type JsonObject<T> = {
  [Key in keyof T as undefined extends T[Key] ? never : KeptKey<Key, T[Key]>]: Serialized<
    T[Key]
  >
} & {
  [Key in keyof T as undefined extends T[Key] ? KeptKey<Key, T[Key]> : never]?: Serialized<
    Exclude<T[Key], undefined>
  >
} extends infer Both
  ? { [Key in keyof Both]: Both[Key] }
  : never

type KeptKey<Key, Value> = Key extends symbol
  ? never
  : unknown extends Value
    ? Key
    : [Exclude<Value, undefined>] extends [Dropped]
      ? never
      : Key
