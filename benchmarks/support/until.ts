/** Waits for what another process brings about. */

import { setTimeout as sleep } from 'node:timers/promises'

/** @throws after ten seconds: a benchmark fails rather than waits for ever. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let waits = 0; !isSo(); waits++) {
    if (waits > 1000) throw new Error('What a benchmark waited for has not come about.')
    await sleep(10)
  }
}
