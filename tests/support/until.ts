/** Waits for something that real sockets bring about. */

import { vi } from 'vitest'

/** Resolves when `claim` stops throwing; rejects with its last error after two seconds. */
export function until(claim: () => void): Promise<void> {
  return vi.waitFor(claim, { timeout: 2000, interval: 5 })
}
