/** What the test and the processes of its cluster say to each other. */

/** What a process is started as, in its first argument. */
export interface ProcessOptions {
  readonly role: 'node' | 'worker'
  readonly log: LogChoice
  readonly name: string
}

export interface LogChoice {
  readonly kind: 'redis' | 'postgres'
  readonly url: string
  /** What keeps this test's keys or tables apart from others'. */
  readonly key: string
}

export type ToProcess =
  | {
      readonly do: 'publish'
      /** Or until it is told to stop. */
      readonly count: number
      readonly atOnce: number
      /** How long each waits between two, in milliseconds. */
      readonly pauseMs: number
    }
  | { readonly do: 'stop' }
  | { readonly do: 'leave' | 'join'; readonly room: string; readonly userId: string }
  | { readonly do: 'say'; readonly list: string; readonly id: string }

export type FromProcess =
  | { readonly is: 'ready'; readonly port: number }
  /** Rows whose broadcast has resolved: list and id. */
  | {
      readonly is: 'published'
      readonly rows: readonly (readonly [list: string, id: string])[]
    }
  /** Something was told to `onError`. */
  | { readonly is: 'error'; readonly code: string }
  | { readonly is: 'done' }
  | { readonly is: 'failed'; readonly error: string }
