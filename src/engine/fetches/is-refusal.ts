/**
 * Whether an API's error says that its caller may not see what was asked for: a network that is
 * down must not empty the screen, a refusal must.
 */

import { isRecord } from '../../is-record.ts'

/** Unauthorized, forbidden, not found, gone. */
const REFUSALS: readonly unknown[] = [401, 403, 404, 410]

/** Reads the HTTP status where tRPC's errors have it, and where other clients put it. */
export function isRefusal(error: unknown): boolean {
  if (!isRecord(error)) return false
  const { data, response, status, statusCode } = error
  const found = [
    isRecord(data) && data['httpStatus'],
    isRecord(response) && response['status'],
    status,
    statusCode,
  ]
  return found.some((each) => REFUSALS.includes(each))
}
