/** Stamps without tRPC: for a `queryFn` that fetches by itself. */

import { rememberStamp } from '../engine/stamps/stamp-memory.ts'
import { readStamp } from '../stamp-header.ts'

/**
 * Says which stamp came with the data, and returns that. It must be the object that the `queryFn`
 * returns, or a page of it; a number or a text can't carry one.
 *
 * ```ts
 * const response = await fetch('/api/messages')
 * return attachStamp(await response.json(), response.headers.get(STAMP_HEADER))
 * ```
 *
 * @param header - of `SyncServer.stampRooms`; without one, nothing happens.
 */
export function attachStamp<Data>(data: Data, header: string | null | undefined): Data {
  const stamp = typeof header === 'string' ? readStamp(header, undefined) : undefined
  if (stamp !== undefined) rememberStamp(data, stamp)
  return data
}
