/**
 * Stands between a query and what is written into it.
 *
 * TanStack Query tells its subscribers of a write when observers have seen it; by then a response
 * without the latest events is painted. So three methods of each query are overridden on the
 * instance: `setData` (a response, or a write by hand), `setState` (a revert, a hydration, another
 * tab) and `fetch`. All versions from 5.0 on call them on the instance.
 */

import type { Query } from '@tanstack/query-core'

type State = Partial<Query['state']>

export interface QueryHooks {
  /** A response, about to be written: returns what is written instead, and what to do after. */
  readonly onResponse: (query: Query, data: unknown) => Intercepted<unknown>
  /** Somebody has written data by hand. */
  readonly onManualWrite: (query: Query) => void
  /** Somebody else's state, about to be written: likewise. */
  readonly onForeignState: (query: Query, state: State) => Intercepted<State>
  /** A fetch starts whose response was made before; nobody knows when. */
  readonly onHydratedPromise: (query: Query) => void
}

export interface Intercepted<Value> {
  readonly value: Value
  readonly after?: () => void
}

/** Overrides the query's methods; the undo gives it back its own. */
export interface InstalledHooks {
  readonly install: (query: Query) => void
  readonly uninstall: (query: Query) => void
}

/** One set of functions serves all queries of a cache. */
export function createQueryHooks(
  hooks: QueryHooks,
  batch: (run: () => void) => void,
): InstalledHooks {
  const overrides: Pick<Query, 'setData' | 'setState' | 'fetch'> = {
    setData(this: Query, data, options) {
      const write = (value: unknown) => prototypeOf(this).setData.call(this, value, options)
      if (options?.manual) {
        const written = write(data)
        hooks.onManualWrite(this)
        return written
      }
      let written = data
      batch(() => {
        const { value, after } = hooks.onResponse(this, data)
        written = write(value)
        after?.()
      })
      return written
    },

    setState(this: Query, state) {
      batch(() => {
        const { value, after } = hooks.onForeignState(this, state)
        writeState(this, value)
        after?.()
      })
    },

    async fetch(this: Query, options, fetchOptions) {
      if (fetchOptions?.initialPromise !== undefined) hooks.onHydratedPromise(this)
      const data = await prototypeOf(this).fetch.call(this, options, fetchOptions)
      // Who awaits a fetch gets what the cache holds, with the events, not the bare response.
      return this.state.data ?? data
    },
  }
  return {
    install: (query) => {
      Object.assign(query, overrides)
    },
    uninstall: (query) => {
      for (const name of ['setData', 'setState', 'fetch'] as const) {
        if (query[name] === overrides[name]) Reflect.deleteProperty(query, name)
      }
    },
  }
}

/** Writes past the hooks: what the engine itself writes is nobody's news. */
export function writeState(query: Query, state: State): void {
  prototypeOf(query).setState.call(query, state)
}

function prototypeOf(query: Query): Query {
  // A query's prototype has all of its methods.
  return Object.getPrototypeOf(query) as Query
}
