/**
 * Stands between a query and what is written into it.
 *
 * TanStack Query tells its subscribers of a write when observers have seen it; by then a response
 * without the latest events is painted. So four methods of each query are overridden: `setData` (a
 * response, or a write by hand), `setState` (a revert, a hydration, another tab), `fetch` and `reset`.
 * All versions from 5.0 on call them on the instance.
 *
 * They stand in one object for all queries of a cache, which goes between a query and its class: so
 * a query has no property more, and is as it was when the engine leaves.
 */

import type { Query } from '@tanstack/query-core'
import type { Stamp } from '../../stamp.ts'
import { setStamp } from '../stamps/query-stamp.ts'

type State = Partial<Query['state']>

export interface QueryHooks {
  /** A response, about to be written: returns what is written instead, and what to do after. */
  readonly onResponse: (query: Query, data: unknown) => InterceptedResponse
  /** Somebody is about to write data by hand: returns its stamp, and what to do after. */
  readonly onManualWrite: (query: Query, data: unknown) => Omit<InterceptedResponse, 'value'>
  /** Somebody else's state, about to be written: likewise. */
  readonly onForeignState: (query: Query, state: State) => Intercepted<State>
  /** The query is about to be as it was at first, and its fetch is over; what to do when it is. */
  readonly onReset: (query: Query) => () => void
  /** A fetch starts whose response was made before; nobody knows when. */
  readonly onHydratedPromise: (query: Query) => void
}

export interface Intercepted<Value> {
  readonly value: Value
  readonly after?: () => void
}

export interface InterceptedResponse extends Intercepted<unknown> {
  readonly stamp: Stamp | undefined
}

/** Overrides the query's methods, and gives it back its own. */
export interface InstalledHooks {
  readonly install: (query: Query) => void
  readonly uninstall: (query: Query) => void
}

/** One set of functions serves all queries of a cache. */
export function createQueryHooks(
  hooks: QueryHooks,
  batch: (run: () => void) => void,
): InstalledHooks {
  const manual = { manual: false }
  let isResetting = false
  const overrides: Pick<Query, 'setData' | 'setState' | 'fetch' | 'reset'> = {
    setData(this: Query, data, options) {
      const updatedAt = options?.updatedAt ?? Date.now()
      const write = (value: unknown, stamp: Stamp | undefined) => {
        setStamp(this, stamp, updatedAt)
        return prototypeOf(this).setData.call(this, value, { ...manual, ...options, updatedAt })
      }
      if (options?.manual) {
        const { stamp, after } = hooks.onManualWrite(this, data)
        const written = write(data, stamp)
        after?.()
        return written
      }
      let written = data
      batch(() => {
        const { value, stamp, after } = hooks.onResponse(this, data)
        written = write(value, stamp)
        after?.()
      })
      return written
    },

    setState(this: Query, state) {
      if (isResetting) {
        writeState(this, state)
        return
      }
      batch(() => {
        const { value, after } = hooks.onForeignState(this, state)
        writeState(this, value)
        after?.()
      })
    },

    reset(this: Query) {
      batch(() => {
        const after = hooks.onReset(this)
        isResetting = true
        try {
          prototypeOf(this).reset.call(this)
        } finally {
          isResetting = false
        }
        after()
      })
    },

    async fetch(this: Query, options, fetchOptions) {
      if (fetchOptions?.initialPromise !== undefined) hooks.onHydratedPromise(this)
      const data = await prototypeOf(this).fetch.call(this, options, fetchOptions)
      // Who awaits a fetch gets what the cache holds, with the events, not the bare response.
      return this.state.data === undefined ? data : this.state.data
    },
  }
  /** By the class whose methods they override: several copies of query-core have one each. */
  const layers = new Map<Query, Layer>()

  function layerOver(bare: Query): Layer {
    let layer = layers.get(bare)
    if (layer === undefined) {
      layer = Object.assign(Object.create(bare) as Query, overrides, { [BARE]: bare })
      layers.set(bare, layer)
    }
    return layer
  }

  return {
    install: (query) => {
      Object.setPrototypeOf(query, layerOver(prototypeOf(query)))
    },
    uninstall: (query) => {
      const bare = prototypeOf(query)
      if (Object.getPrototypeOf(query) === layers.get(bare)) Object.setPrototypeOf(query, bare)
    },
  }
}

/** Under this name a layer has the methods that it overrides. */
const BARE: unique symbol = Symbol('bare')

type Layer = Query & { readonly [BARE]: Query }

/** Writes past the hooks: what the engine itself writes is nobody's news. */
export function writeState(query: Query, state: State): void {
  prototypeOf(query).setState.call(query, state)
}

/** The methods of the query's own class. */
function prototypeOf(query: Query): Query {
  // A query's prototype has all of its methods.
  const prototype = Object.getPrototypeOf(query) as Query & Partial<Layer>
  return prototype[BARE] ?? prototype
}
