/** The rows of a list, whatever its shape. */

/** What keyed updaters find in a query's data; `never` where that is no list. */
export type RowOf<Data> =
  NonNullable<Data> extends {
    readonly pages: readonly (infer Page)[]
    readonly pageParams: readonly unknown[]
  }
    ? RowOfPage<Page>
    : RowOfPage<NonNullable<Data>>

type RowOfPage<Page> = Page extends readonly (infer Row)[]
  ? Row
  : Page extends { readonly items: readonly (infer Row)[] }
    ? Row
    : Page extends object
      ? {
          [Field in keyof Page]: Page[Field] extends readonly (infer Row)[] ? Row : never
        }[keyof Page]
      : never

/** Where an updater for lists says what rows it takes and puts in. Never there at run time. */
export declare const rows: unique symbol

export type RowsOf<Row, Item> = ((row: Row) => Item) | undefined
