/**
 * A tRPC router as types: which paths lead to queries, and what those take and give. Only its
 * shape is named here, so that nobody needs tRPC to use the rest.
 */

import type { Serialized } from './serialized.ts'

/** As much of a tRPC router's type as rules need: `typeof appRouter`. */
export interface RouterLike {
  readonly _def: {
    readonly record: object
    readonly _config: { readonly $types: { readonly transformer: boolean } }
  }
}

interface ProcedureLike {
  readonly _def: {
    readonly type: string
    readonly $types: { readonly input: unknown; readonly output: unknown }
  }
}

interface QueryLike extends ProcedureLike {
  readonly _def: ProcedureLike['_def'] & { readonly type: 'query' }
}

/** An infinite query's data, as TanStack Query has it. */
export interface InfiniteData<Page, PageParam = unknown> {
  pages: Page[]
  pageParams: PageParam[]
}

/**
 * `Path` itself where it leads to a query, or to a router where `Kind` allows one. Otherwise the path
 * with the first wrong name replaced by those that are there: what the editor offers, and what the
 * error says.
 */
export type CheckedPath<Router extends RouterLike, Path, Kind extends PathKind> =
  Path extends Completed<Router['_def']['record'], Path, Kind>
    ? Path
    : Completed<Router['_def']['record'], Path, Kind>

type PathKind = 'query' | 'query or router'

type Completed<Node, Path, Kind> = Path extends readonly [infer Name, ...infer Rest]
  ? Name extends QueryNames<Node>
    ? Node[Name] extends QueryLike
      ? readonly [Name]
      : Rest extends readonly []
        ? Kind extends 'query'
          ? readonly [Name, ...Choices<Node[Name]>]
          : readonly [Name]
        : Completed<Node[Name], Rest, Kind> extends infer Completion extends readonly unknown[]
          ? readonly [Name, ...Completion]
          : never
    : Choices<Node>
  : Choices<Node>

/** The names in a router that lead to queries. */
type QueryNames<Node> = {
  [Name in keyof Node]: IsOnTheWay<Node[Name]> extends true ? Name : never
}[keyof Node]

/** The same, spelled out once more: an error then lists the names, not what they are taken from. */
type Choices<Node> = readonly [
  {
    [Name in keyof Node]: IsOnTheWay<Node[Name]> extends true ? Name : never
  }[keyof Node],
  ...string[],
]

type IsOnTheWay<Node> = Node extends ProcedureLike
  ? Node extends QueryLike
    ? true
    : false
  : true

type NodeAt<Node, Path> = Path extends readonly [infer Name, ...infer Rest]
  ? Name extends keyof Node
    ? NodeAt<Node[Name], Rest>
    : never
  : // A path not known yet leads nowhere, rather than to all there is.
    Path extends readonly []
    ? Node
    : never

/** What the queries at a path are asked with; of a router's path, what any query below it is. */
export type InputAt<Router extends RouterLike, Path> = InputOf<
  NodeAt<Router['_def']['record'], Path>
>

type InputOf<Node> = Node extends ProcedureLike
  ? Node extends QueryLike
    ? KnownInput<Node['_def']['$types']['input']>
    : never
  : { [Name in keyof Node]: InputOf<Node[Name]> }[keyof Node]

/** tRPC says `void` where a query key has no input. */
type KnownInput<Input> = Input extends void ? undefined : Input

/** What is left of an input in an infinite query's key: tRPC takes the paging out of it. */
export type WithoutPaging<Input> = Input extends { cursor?: unknown }
  ? Pick<Input, Exclude<keyof Input, 'cursor' | 'direction'>> extends infer Rest
    ? { [Field in keyof Rest]: Rest[Field] }
    : never
  : Input

/** What an infinite query's pages are asked with; `never` where the procedure takes no cursor. */
export type PageParamOf<Input> = Input extends { cursor?: infer Cursor }
  ? 'cursor' extends keyof Input
    ? NonNullable<Cursor> | null
    : never
  : never

/** What the cache holds of a query: its output, serialised where the router has no transformer. */
export type OutputAt<Router extends RouterLike, Path> = CachedOutput<
  Router['_def']['_config']['$types']['transformer'],
  NodeAt<Router['_def']['record'], Path>
>

type CachedOutput<IsTransformed, Node> = Node extends QueryLike
  ? IsTransformed extends false
    ? Serialized<Node['_def']['$types']['output']>
    : Node['_def']['$types']['output']
  : never
