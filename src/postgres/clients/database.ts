/**
 * What the log needs of a client for Postgres: so little that any can give it. Statements take texts and
 * answer with columns whose names are one small word: so no client's own conversions get in the way.
 */

export interface Database {
  readonly query: Query
  /** Several statements, without parameters, in one transaction. */
  readonly run: (sql: string) => Promise<unknown>
  /** Listens on a connection of its own. Resolves when it does, with the undo. */
  readonly listen: (hearing: Hearing) => Promise<() => Promise<void>>
  /** Hears of connections that fail while nobody uses them; returns the undo. */
  readonly watch: (onError: (cause: unknown) => void) => () => void
}

export type Query = (sql: string, parameters: readonly string[]) => Promise<readonly Row[]>

export type Row = Readonly<Record<string, unknown>>

export interface Hearing {
  readonly channel: string
  readonly onNotify: (payload: string) => void
  /** The connection is gone, and will not come back. */
  readonly onLost: (cause: unknown) => void
  /** It was gone and is back: something may not have been heard. */
  readonly onBack: () => void
}
