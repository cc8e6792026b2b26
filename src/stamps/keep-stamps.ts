/** Stamps for `dehydrate`, where no engine runs: on a server that renders. */

import type { QueryClient } from '@tanstack/query-core'
import { setStamp, stampOf, stampOfResponse } from '../engine/stamps/query-stamp.ts'

/**
 * Puts the stamp of each query's data beside it, so that `dehydrate` takes it along; returns the
 * client. On a page an engine does so by itself.
 *
 * ```ts
 * const state = dehydrate(keepStamps(queryClient))
 * ```
 */
export function keepStamps<Client extends QueryClient>(client: Client): Client {
  for (const query of client.getQueryCache().getAll()) {
    const stamp = stampOfResponse(query.state.data)
    if (stamp !== undefined && stampOf(query) === undefined) setStamp(query, stamp)
  }
  return client
}
