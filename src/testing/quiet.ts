/**
 * Waits until nothing goes on any more: no packet on the wire, no timer of the clock, no fetch, no
 * mutation. Then, and not before, a cache must equal the server.
 */

import type { QueryClient } from '@tanstack/query-core'
import type { ManualClock } from './manual-clock.ts'
import { settle, settleObservers } from './settle.ts'

export interface QuietOptions {
  readonly clock: ManualClock
  readonly queryClients: readonly QueryClient[]
  /** How many timers may fire before it counts as a loop. @default 10000 */
  readonly maxTimers?: number | undefined
  /** How long, in real milliseconds, fetches may take that are not on the clock. @default 2000 */
  readonly patienceMs?: number | undefined
}

/** @throws Error saying what is still busy, once one of the limits is reached. */
export async function quiet(options: QuietOptions): Promise<void> {
  const { clock, queryClients, maxTimers = 10_000, patienceMs = 2000 } = options
  let timers = 0
  let waitingSince: number | undefined
  await settleObservers()
  for (;;) {
    if (clock.next()) {
      if (++timers > maxTimers) throw stillBusy(options, `after ${maxTimers} timers`)
      waitingSince = undefined
      await settle()
    } else if (queryClients.some(isBusy)) {
      waitingSince ??= performance.now()
      if (performance.now() - waitingSince > patienceMs) {
        throw stillBusy(options, `after ${patienceMs} ms without a timer`)
      }
      await settleObservers()
    } else {
      await settleObservers()
      if (clock.pending === 0 && !queryClients.some(isBusy)) return
    }
  }
}

function isBusy(client: QueryClient): boolean {
  return client.isFetching() > 0 || runningMutations(client).length > 0
}

/** A mutation that waits for the network goes on when that is back, and not before. */
function runningMutations(client: QueryClient) {
  const all = client.getMutationCache().getAll()
  return all.filter(({ state }) => state.status === 'pending' && !state.isPaused)
}

function stillBusy({ clock, queryClients }: QuietOptions, when: string): Error {
  const fetching = queryClients.flatMap((client) =>
    client
      .getQueryCache()
      .findAll({ fetchStatus: 'fetching' })
      .map(({ queryHash }) => `fetching ${queryHash}`),
  )
  const mutating = queryClients.flatMap((client) =>
    runningMutations(client).map(({ mutationId }) => `mutation ${mutationId} is running`),
  )
  const waiting =
    clock.pending > 0 ? [`${clock.pending} timers, the next at ${clock.nextAt} ms`] : []
  return new Error(`Not quiet ${when}: ${[...fetching, ...mutating, ...waiting].join('; ')}.`)
}
