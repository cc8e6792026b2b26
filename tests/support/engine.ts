/**
 * An engine on a real QueryClient, for tests that need no network: an EventEmitter stands where
 * the socket would, for that is all the engine sees of one.
 */

import { EventEmitter } from 'node:events'
import {
  QueryClient,
  QueryObserver,
  type QueryKey,
  type QueryState,
} from '@tanstack/query-core'
import { createSyncEngine, type SyncEngineOptions } from '@iron-stack/sync/engine'
import type { SyncError, SyncRules } from '@iron-stack/sync'
import { expect, onTestFinished } from 'vitest'
import { until } from './until.ts'

export interface TestEngine {
  readonly queryClient: QueryClient
  readonly socket: EventEmitter
  readonly errors: SyncError[]
  /** Delivers an event as the server sends it. */
  readonly send: (event: string, data: unknown) => void
  readonly stop: () => void
}

export function startEngine<Events>(
  rules: SyncRules<Events>,
  options: SyncEngineOptions = {},
): TestEngine {
  const queryClient = createClient()
  const socket = new EventEmitter()
  const errors: SyncError[] = []
  const stop = createSyncEngine(queryClient, socket, rules, {
    onError: (error) => errors.push(error),
    ...options,
  })
  onTestFinished(stop)
  return {
    queryClient,
    socket,
    errors,
    send: (event, data) => deliver(socket, event, data),
    stop,
  }
}

let delivered = 0

/** What a socket does when an event comes from a SyncServer: data first, an object behind it. */
export function deliver(socket: EventEmitter, event: string, data: unknown): void {
  socket.emit(event, data, { e: 'server', i: `server${delivered++}` })
}

/** A client without retries, emptied when the test ends. */
export function createClient(): QueryClient {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  onTestFinished(() => queryClient.clear())
  return queryClient
}

/** Somebody who looks at a query and notes every value shown. */
export interface Onlooker {
  readonly shown: unknown[]
  readonly fetches: () => number
}

/**
 * Observes a query until the test ends. `answers` are what its fetches return, in turn; an
 * answer that is an Error is what the fetch fails with.
 */
export function observe(
  queryClient: QueryClient,
  queryKey: QueryKey,
  answers: readonly unknown[],
  options: { readonly enabled?: boolean; readonly staleTime?: number | 'static' } = {},
): Onlooker {
  let fetches = 0
  const observer = new QueryObserver(queryClient, {
    queryKey,
    queryFn: async () => {
      const answer = answers[Math.min(fetches++, answers.length - 1)]
      if (answer instanceof Error) throw answer
      return answer
    },
    staleTime: Infinity,
    ...options,
  })
  const shown: unknown[] = []
  onTestFinished(
    observer.subscribe(({ data }) => {
      if (data !== shown.at(-1)) shown.push(data)
    }),
  )
  return { shown, fetches: () => fetches }
}

/** The state of a query that must exist. */
export function stateOf(queryClient: QueryClient, queryKey: QueryKey): QueryState {
  const state = queryClient.getQueryState(queryKey)
  if (state === undefined) throw new Error(`No query ${JSON.stringify(queryKey)}`)
  return state
}

/** Resolves when no query of the client is fetching. */
export function settled(queryClient: QueryClient): Promise<void> {
  return until(() => expect(queryClient.isFetching()).toBe(0))
}
