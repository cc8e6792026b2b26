/** Waits for something that real sockets bring about. */

import { vi } from 'vitest'

/** Resolves when `claim` stops throwing; rejects with its last error after `timeout` milliseconds. */
export function until(claim: () => void, timeout = 10_000): Promise<void> {
  return vi.waitFor(claim, { timeout, interval: 5 })
}
